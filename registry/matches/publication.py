"""Publishing the index and opening it: built beside the old one, switched by one rename.

`home/index/<name>/` holds a published index and `home/index/current` its name. A process that
serves looks at most once a second whether firms changed since, and ranks those few afresh beside
the index (an overlay), so that a change shows without a rebuild. An index of another engine, of
another database or damaged is never served: it is built again.
"""

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import matching
from registry.db import utcnow
from registry.firms.models import FirmChange
from registry.matches.candidates import count_suppliers, suppliers_of, supply_classes
from registry.matches.reading import read_firms
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
    """A digest of the taxonomy files in force and of when they were loaded.

    The moments tell two databases apart that hold the same files.
    """
    newest = select(func.max(TaxonomyVersion.id)).group_by(TaxonomyVersion.kind)
    loaded = session.execute(
        select(TaxonomyVersion.file_sha256, TaxonomyVersion.loaded_at)
        .where(TaxonomyVersion.id.in_(newest))
        .order_by(TaxonomyVersion.kind)
    )
    state = ";".join(f"{digest} {moment.timestamp()}" for digest, moment in loaded)
    return hashlib.sha256(state.encode()).hexdigest()[:16]


def publish(session: Session, folder: Path, progress: Progress | None = None) -> Version:
    """Build an index of all listed firms, save it, and make it the current one.

    The one being served stays untouched until the rename at the end, whatever happens before.
    """
    with _alone(folder):
        return _publish(session, folder, progress)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One build at a time among all processes; the lock goes when its process does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _publish(session: Session, folder: Path, progress: Progress | None) -> Version:
    seq, taxonomy, firms = newest_change(session), taxonomy_state(session), count_suppliers(session)
    readings = _watched(read_firms(session, firms), firms, progress)
    index = matching.join(readings, supply_classes(session))
    built_at = utcnow()
    stamp = built_at.strftime("%Y%m%dT%H%M%S")
    name = f"{stamp}-{seq}-{os.urandom(3).hex()}"
    version = Version(name, matching.ENGINE, built_at, seq, taxonomy, firms)
    partial = folder / f"{name}.partial"
    matching.save_index(index, partial)
    _write_version(partial, version)
    partial.rename(folder / name)
    _point_to(folder, name)
    _sweep(folder, name)
    if progress:
        progress(1, 1)
    return version


def _write_version(path: Path, version: Version) -> None:
    values = json.dumps(version.as_json())
    (path / "version.json").write_text(f"{hashlib.sha256(values.encode()).hexdigest()} {values}")


def _read_version(path: Path) -> Version:
    """Raises OSError, ValueError, TypeError or KeyError for what `_write_version` did not write."""
    digest, values = (path / "version.json").read_text().split(" ", 1)
    if hashlib.sha256(values.encode()).hexdigest() != digest:
        raise ValueError(f"{path} is not as it was written")
    return Version.from_json(json.loads(values))


def _watched(
    readings: Iterable[matching.Reading], total: int, progress: Progress | None
) -> Iterator[matching.Reading]:
    """Pass the readings on, telling how far it is: reading is half of the work."""
    done = 0
    for reading in readings:
        done += len(reading)
        if progress:
            progress(done, 2 * total)
        yield reading


def _point_to(folder: Path, name: str) -> None:
    pointer = folder / f"current.{os.getpid()}"
    pointer.write_text(name)
    pointer.replace(folder / "current")


def _sweep(folder: Path, current: str) -> None:
    """Remove what crashed builds left and what no process can still be reading."""
    for stale in folder.glob("*.partial"):
        shutil.rmtree(stale, ignore_errors=True)
    for stale in folder.glob("current.*"):
        stale.unlink(missing_ok=True)
    published = sorted(
        (path for path in folder.iterdir() if path.is_dir()),
        key=lambda path: path.stat().st_mtime_ns,
        reverse=True,
    )
    for old in [path for path in published if path.name != current][KEEP - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def open_current(folder: Path) -> tuple[matching.Index, Version] | None:
    """The published index, or None if there is none that this engine can trust."""
    try:
        path = folder / (folder / "current").read_text().strip()
        version = _read_version(path)
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
    return _open_or_build(session, progress)[1]


def _open_or_build(
    session: Session, progress: Progress | None = None
) -> tuple[matching.Index, Version]:
    folder = current_app.config["SETTINGS"].index_dir
    if opened := _usable(session, folder):
        return opened
    with _alone(folder):
        # Another process may have built it while this one waited.
        if opened := _usable(session, folder):
            return opened
        version = _publish(session, folder, progress)
        if opened := open_current(folder):
            return opened
    raise RuntimeError(f"the index {version.name} could not be opened after it was built")


def _usable(session: Session, folder: Path) -> tuple[matching.Index, Version] | None:
    """The published index if it fits the database and few enough firms changed since."""
    opened = open_current(folder)
    if opened is None or not _fits(opened[1], session):
        return None
    return opened if _changed_since(session, opened[1].change_seq) is not None else None


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
        base, version = _open_or_build(session)
        live = LiveIndex(base, version, base, version.change_seq)
    if live.seen_seq == seq:
        return live
    changed = _changed_since(session, live.version.change_seq)
    if changed is None:
        return _refreshed(None, session)
    overlaid = matching.overlay(live.base, suppliers_of(session, changed), removed=changed)
    return LiveIndex(live.base, live.version, overlaid, seq)


def _is_current(live: LiveIndex, folder: Path, session: Session) -> bool:
    with contextlib.suppress(OSError):
        same = (folder / "current").read_text().strip() == live.version.name
        return same and _fits(live.version, session)
    return False
