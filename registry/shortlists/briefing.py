"""The briefing of a shortlist: an accessible PDF (PDF/UA-1) set by Typst from data alone."""

import datetime as dt
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import typst

from registry.i18n import gettext as _
from registry.i18n import ngettext
from registry.shortlists.export import Column
from registry.shortlists.models import Shortlist
from registry.spreadsheets import Cell, Facts
from registry.web import number

COLUMNS = ("position", "firm", "province", "fit", "status", "reason", "gates", "note", "consensus")


def briefing_pdf(
    shortlist: Shortlist,
    chosen: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    facts: Facts,
    language: str,
    at: dt.datetime,
) -> bytes:
    """The briefing as bytes of a PDF, dated `at`."""
    data: dict[str, Any] = {
        "language": language,
        "title": _("Shortlist: %(title)s", title=shortlist.title),
        "footer": _("Cadence, shortlist %(number)s", number=shortlist.id),
        "page": _("page"),
        "answer": ngettext("%(num)s firm", "%(num)s firms", len(rows)),
        "firms": {
            "title": _("Firms"),
            "head": [column.heading for column in chosen],
            "rows": [[_written(value) for value in row] for row in rows],
        },
        "about": {
            "title": _("About"),
            "points": [_("%(name)s: %(value)s", name=name, value=value) for name, value in facts],
        },
    }
    template = files("registry.shortlists").joinpath("briefing.typ").read_bytes()
    pdf = typst.compile(
        template,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="ua-1",
        ignore_system_fonts=True,
        timestamp=at.replace(microsecond=0),
    )
    return bytes(pdf)


def _written(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return number(value, 1)
    return value.isoformat() if isinstance(value, dt.date) else str(value)
