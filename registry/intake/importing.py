"""Importing firms: which format, which source, and the whole course of it."""

import re
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy.orm import Session

from registry.errors import RuleBroken
from registry.feeds.importing import BATCH_ROWS, Format, Importer, Run, Tally, ensure_source
from registry.feeds.reader import Feed
from registry.i18n import gettext as _
from registry.intake.ccc import SOURCE as CCC
from registry.intake.ccc import CccFormat
from registry.intake.facts import FirmFacts
from registry.intake.table import csv_format, source_note, xlsx_format
from registry.intake.writing import FirmWriter
from registry.taxonomy.codes import known_classes

FORMATS: dict[str, Callable[[Collection[str]], Format[FirmFacts]]] = {
    "ccc": CccFormat,
    "csv": csv_format,
    "xlsx": xlsx_format,
}
SOURCES = {CCC.code: CCC}
_USUAL_SOURCES = {"ccc": CCC.code}
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def import_firms(
    session: Session,
    feed: Feed,
    format_name: str,
    problems: Any,
    source_code: str | None = None,
    progress: Callable[[int], None] = lambda position: None,
    batch_rows: int = BATCH_ROWS,
) -> Tally:
    """Read firms into the registry, committing batch by batch; `problems` is a Report.

    Reading the same file again changes nothing; reading it again after an interruption ends as if
    there had been none. Raises FileRefused before anything is written, RuleBroken for a source
    code that is not one or if no taxonomy is loaded, Conflict if another import interferes.
    """
    code = source_code or _USUAL_SOURCES.get(format_name, "file")
    if not _CODE.fullmatch(code):
        raise RuleBroken(
            _("“%(code)s” is not a source code: use small letters, digits and hyphens.", code=code)
        )
    form = FORMATS[format_name](known_classes(session))
    importer = Importer(session, feed, form, problems, progress, batch_rows)
    importer.check()
    source = ensure_source(session, SOURCES.get(code) or source_note(code))
    run = Run(session, source, feed)
    importer.read(run, FirmWriter(session, source, problems).write)
    run.finish(refused=problems.refused, warned=problems.warned)
    session.commit()
    return run.total
