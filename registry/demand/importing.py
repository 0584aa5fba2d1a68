"""Importing contracts, and attaching them to firms through their vendors."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.demand.awards import AWARDS, HISTORY, award_format, history_format
from registry.demand.dnd import SOURCE as DND
from registry.demand.dnd import DndFormat
from registry.demand.links import link_vendors
from registry.demand.ocds import SOURCE as OCDS
from registry.demand.ocds import OcdsAwardFormat
from registry.demand.writing import AwardWriter, ContractWriter, ReleasedAwardWriter
from registry.feeds.importing import (
    BATCH_ROWS,
    Format,
    Importer,
    Run,
    SourceNote,
    Tally,
    ensure_source,
)
from registry.feeds.models import ImportRun, Source
from registry.feeds.reader import Feed
from registry.firms.models import FirmChange
from registry.taxonomy.codes import known_classes

Formats = Mapping[
    str, tuple[SourceNote, Callable[[Collection[str]], Format[Any]], type[ContractWriter]]
]
FORMATS: Formats = {"dnd": (DND, DndFormat, ContractWriter)}
AWARD_FORMATS: Formats = {
    "canadabuys": (AWARDS, award_format, AwardWriter),
    "canadabuys-history": (HISTORY, history_format, AwardWriter),
    "ocds": (OCDS, OcdsAwardFormat, ReleasedAwardWriter),
}
FIRMS_SEEN = "firms_seen"  # the last change of firms that the vendors were compared with


def import_contracts(
    session: Session,
    feed: Feed,
    format_name: str,
    problems: Any,
    progress: Callable[[int], None] = lambda position: None,
    batch_rows: int = BATCH_ROWS,
    formats: Formats = FORMATS,
) -> Tally:
    """Read contracts into the registry, then link vendors; `problems` is a Report.

    Commits batch by batch. Reading the same file again changes nothing, except that vendors
    without a firm are compared with firms that have changed since. Raises as `import_firms`.
    """
    note, make, writer = formats[format_name]
    importer = Importer(session, feed, make(known_classes(session)), problems, progress, batch_rows)
    importer.check()
    source = ensure_source(session, note)
    run = Run(session, source, feed)
    importer.read(run, writer(session, source).write)
    if run.row is not None or _firms_seen(session, source) != _last_change(session):
        link_vendors(session, source)
        run.open()
    if run.row is not None:
        counts = {"refused": problems.refused, "warned": problems.warned}
        run.finish(**counts, **{FIRMS_SEEN: _last_change(session)})
    session.commit()
    return run.total


def import_awards(
    session: Session,
    feed: Feed,
    format_name: str,
    problems: Any,
    progress: Callable[[int], None] = lambda position: None,
    batch_rows: int = BATCH_ROWS,
) -> Tally:
    """Read award notices into the registry as contracts, then link vendors; as contracts are."""
    return import_contracts(
        session, feed, format_name, problems, progress, batch_rows, AWARD_FORMATS
    )


def _last_change(session: Session) -> int:
    return session.scalar(select(func.max(FirmChange.seq))) or 0


def _firms_seen(session: Session, source: Source) -> int | None:
    """Up to which change of firms the last complete run looked; None if there was none."""
    newest = session.scalars(
        select(ImportRun)
        .where(ImportRun.source_id == source.id, ImportRun.finished_at.is_not(None))
        .order_by(ImportRun.id.desc())
        .limit(1)
    ).first()
    return newest.counts.get(FIRMS_SEEN) if newest else None
