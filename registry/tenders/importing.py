"""Importing notices of tenders."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy.orm import Session

from registry.feeds.importing import (
    BATCH_ROWS,
    Format,
    Importer,
    Run,
    SourceNote,
    Tally,
    ensure_source,
)
from registry.feeds.reader import Feed
from registry.taxonomy.codes import known_classes
from registry.tenders.canadabuys import SOURCE as CANADABUYS
from registry.tenders.canadabuys import CanadaBuysFormat, TenderFacts
from registry.tenders.ocds import SOURCE as OCDS
from registry.tenders.ocds import OcdsFormat
from registry.tenders.writing import ReleaseWriter, TenderWriter

FORMATS: dict[
    str, tuple[SourceNote, Callable[[Collection[str]], Format[TenderFacts]], type[TenderWriter]]
] = {
    "canadabuys": (CANADABUYS, CanadaBuysFormat, TenderWriter),
    "ocds": (OCDS, OcdsFormat, ReleaseWriter),
}


def import_tenders(
    session: Session,
    feed: Feed,
    format_name: str,
    problems: Any,
    progress: Callable[[int], None] = lambda position: None,
    batch_rows: int = BATCH_ROWS,
) -> Tally:
    """Read notices into the registry, committing batch by batch; `problems` is a Report.

    Reading the same file again changes nothing; reading it again after an interruption ends as if
    there had been none. Raises as `import_firms`.
    """
    note, make, writer = FORMATS[format_name]
    importer = Importer(session, feed, make(known_classes(session)), problems, progress, batch_rows)
    importer.check()
    source = ensure_source(session, note)
    run = Run(session, source, feed)
    importer.read(run, writer(session, source).write)
    run.finish(refused=problems.refused, warned=problems.warned)
    session.commit()
    return run.total
