"""Publishing the index and opening it: built beside the old one, switched by one rename.

`home/index/<name>/` holds a published index and `home/index/current` its name. A process that
serves looks at most once a second whether firms changed since, and ranks those few afresh beside
the index (an overlay), so that a change shows without a rebuild. An index of another engine, of
another database or damaged is never served: it is built again.
"""

import contextlib
import datetime as dt
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import matching
from registry.db import utcnow
from registry.firms.models import FirmChange
from registry.matches.candidates import (
    all_suppliers,
    count_suppliers,
    suppliers_of,
    supply_classes,
)
from registry.taxonomy.models import TaxonomyVersion

LOOK_EVERY_SECONDS = 1.0
REBUILD_AFTER_CHANGES = 2_000  # beyond this the overlay would slow every ranking
KEEP = 2  # the one being served and the one before it, which a slower process may still read
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Version:
    """Which data an index was made of; every figure shown can be traced to it."""

    name: str
    engine: str
    built_at: dt.datetime
    change_seq: int
    taxonomy: str
    firms: int

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "built_at": self.built_at.isoformat()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Version":
        return cls(**{**values, "built_at": dt.datetime.fromisoformat(values["built_at"])})


@dataclass(frozen=True)
class LiveIndex:
    """An open index with the firms that changed since it was built laid over it."""

    base: matching.Index
    version: Version
    index: matching.Index
    seen_seq: int
    counts: dict[str, int] = field(default_factory=dict)  # firms that fit each category, once asked


@dataclass
class Shelf:
    """What one process has open; `lock` lets one thread refresh while others wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    live: LiveIndex | None = None
    looked_at: float = 0.0


def newest_change(session: Session) -> int:
    return session.scalar(select(func.max(FirmChange.seq))) or 0


def taxonomy_state(session: Session) -> str:
    """A digest of the taxonomy files in force."""
    newest = select(func.max(TaxonomyVersion.id)).group_by(TaxonomyVersion.kind)
    digests = session.scalars(
        select(TaxonomyVersion.file_sha256)
        .where(TaxonomyVersion.id.in_(newest))
        .order_by(TaxonomyVersion.kind)
    )
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:16]


def publish(session: Session, folder: Path, progress: Progress | None = None) -> Version:
    """Build an index of all listed firms, save it, and make it the current one.

    The one being served stays untouched until the rename at the end, whatever happens before.
    """
    seq, taxonomy, firms = newest_change(session), taxonomy_state(session), count_suppliers(session)
    suppliers = _watched(all_suppliers(session), firms, progress)
    index = matching.build_index(suppliers, supply_classes(session))
    built_at = utcnow()
    stamp = built_at.strftime("%Y%m%dT%H%M%S")
    name = f"{stamp}-{seq}-{os.urandom(3).hex()}"
    version = Version(name, matching.ENGINE, built_at, seq, taxonomy, firms)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.partial"
    matching.save_index(index, partial)
    (partial / "version.json").write_text(json.dumps(version.as_json()))
    partial.rename(folder / name)
    _point_to(folder, name)
    _sweep(folder, name)
    return version


def _watched(items: Iterator[Any], total: int, progress: Progress | None) -> Iterator[Any]:
    for done, item in enumerate(items, start=1):
        if progress and (done % 500 == 0 or done == total):
            progress(done, total)
        yield item


def _point_to(folder: Path, name: str) -> None:
    pointer = folder / f"current.{os.getpid()}"
    pointer.write_text(name)
    pointer.replace(folder / "current")


def _sweep(folder: Path, current: str) -> None:
    """Remove what crashed builds left and what no process can still be reading."""
    for stale in folder.glob("*.partial"):
        shutil.rmtree(stale, ignore_errors=True)
    published = sorted((path for path in folder.iterdir() if path.is_dir()), reverse=True)
    for old in [path for path in published if path.name != current][KEEP - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def open_current(folder: Path) -> tuple[matching.Index, Version] | None:
    """The published index, or None if there is none that this engine can trust."""
    try:
        path = folder / (folder / "current").read_text().strip()
        version = Version.from_json(json.loads((path / "version.json").read_text()))
        if version.engine != matching.ENGINE:
            return None
        return matching.open_index(path), version
    except (OSError, ValueError, TypeError, KeyError, matching.IndexUnusable):
        return None


def _fits(version: Version, session: Session) -> bool:
    """Whether the index is of this database: not ahead of it, and of its taxonomies."""
    return version.change_seq <= newest_change(session) and version.taxonomy == taxonomy_state(
        session
    )


def ensure_index(session: Session, progress: Progress | None = None) -> Version:
    """The current version, built now if there is none that fits the database."""
    folder = current_app.config["SETTINGS"].index_dir
    opened = open_current(folder)
    if opened is not None:
        version = opened[1]
        changed = _changed_since(session, version.change_seq)
        if _fits(version, session) and changed is not None:
            return version
    return publish(session, folder, progress)


def _changed_since(session: Session, seq: int) -> list[int] | None:
    """Firms changed after `seq`; None when they are too many, or unknown, for an overlay."""
    ids = session.scalars(
        select(FirmChange.firm_id)
        .where(FirmChange.seq > seq)
        .distinct()
        .limit(REBUILD_AFTER_CHANGES + 1)
    ).all()
    if len(ids) > REBUILD_AFTER_CHANGES or None in ids:
        return None
    return [firm_id for firm_id in ids if firm_id is not None]


def live_index(session: Session) -> LiveIndex:
    """The index to rank with, fresh to within LOOK_EVERY_SECONDS."""
    shelf: Shelf = current_app.extensions.setdefault("cadence_index", Shelf())
    live = shelf.live
    if live is not None and time.monotonic() - shelf.looked_at < LOOK_EVERY_SECONDS:
        return live
    with shelf.lock:
        if shelf.live is None or time.monotonic() - shelf.looked_at >= LOOK_EVERY_SECONDS:
            shelf.live = _refreshed(shelf.live, session)
            shelf.looked_at = time.monotonic()
        return shelf.live


def _refreshed(live: LiveIndex | None, session: Session) -> LiveIndex:
    folder = current_app.config["SETTINGS"].index_dir
    seq = newest_change(session)
    if live is None or not _is_current(live, folder, session):
        version = ensure_index(session)
        opened = open_current(folder)
        if opened is None:  # another process may have swept between the two lines
            raise RuntimeError(f"the index {version.name} could not be opened after it was built")
        live = LiveIndex(opened[0], opened[1], opened[0], opened[1].change_seq)
    if live.seen_seq == seq:
        return live
    changed = _changed_since(session, live.version.change_seq)
    if changed is None:
        publish(session, folder)
        return _refreshed(None, session)
    overlaid = matching.overlay(live.base, suppliers_of(session, changed), removed=changed)
    return LiveIndex(live.base, live.version, overlaid, seq)


def _is_current(live: LiveIndex, folder: Path, session: Session) -> bool:
    with contextlib.suppress(OSError):
        same = (folder / "current").read_text().strip() == live.version.name
        return same and _fits(live.version, session)
    return False
