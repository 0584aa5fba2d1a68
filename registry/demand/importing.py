"""Importing contracts, and attaching them to firms through their vendors."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.demand.dnd import SOURCE as DND
from registry.demand.dnd import ContractFacts, DndFormat
from registry.demand.links import link_vendors
from registry.demand.writing import ContractWriter
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

FORMATS: dict[str, tuple[SourceNote, Callable[[Collection[str]], Format[ContractFacts]]]] = {
    "dnd": (DND, DndFormat),
}
FIRMS_SEEN = "firms_seen"  # the last change of firms that the vendors were compared with


def import_contracts(
    session: Session,
    feed: Feed,
    format_name: str,
    problems: Any,
    progress: Callable[[int], None] = lambda position: None,
    batch_rows: int = BATCH_ROWS,
) -> Tally:
    """Read contracts into the registry, then link vendors; `problems` is a Report.

    Commits batch by batch. Reading the same file again changes nothing, except that vendors
    without a firm are compared with firms that have changed since. Raises as `import_firms`.
    """
    note, make = FORMATS[format_name]
    importer = Importer(session, feed, make(known_classes(session)), problems, progress, batch_rows)
    importer.check()
    source = ensure_source(session, note)
    run = Run(session, source, feed)
    importer.read(run, ContractWriter(session, source).write)
    if run.row is not None or _firms_seen(session, source) != _last_change(session):
        link_vendors(session, source)
        run.open()
    if run.row is not None:
        counts = {"refused": problems.refused, "warned": problems.warned}
        run.finish(**counts, **{FIRMS_SEEN: _last_change(session)})
    session.commit()
    return run.total


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
