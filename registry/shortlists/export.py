"""A shortlist as CSV or XLSX: formula-safe, in the reader's language, from frozen rows alone."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from typing import Any

from registry import terms
from registry.i18n import gettext as _
from registry.matches.needs import need_sentence
from registry.sheets import csv_chunks, formats_of, new_workbook, write_cell
from registry.shortlists.models import Shortlist, ShortlistItem
from registry.visibility.table import Field, Purpose, Reader, may_see
from registry.web import number

Cell = str | int | float | dt.date | None
LEAST_POINTS = 0.05  # what rounds to nothing is left out


def columns(reader: Reader) -> list[tuple[str, Callable[[ShortlistItem, int, str], Cell]]]:
    """Heading and value of each column, in order; what `reader` may not take out is blank."""
    see_gates = may_see(reader, Field.GATES, Purpose.EXPORT)
    return [
        (_("Position"), lambda item, position, language: position),
        (_("Firm number"), lambda item, position, language: item.firm_id),
        (_("Firm"), lambda item, position, language: item.firm.name_in(language)),
        (_("City"), lambda item, position, language: _site(item, "city")),
        (_("Province"), lambda item, position, language: _province(item)),
        (_("Fit (0 to 100)"), lambda item, position, language: _fit(item)),
        (_("Reasons"), lambda item, position, language: _reasons(item)),
        (_("Requirements"), lambda item, position, language: _gates(item) if see_gates else None),
        (_("Note"), lambda item, position, language: item.note or None),
        (_("Added on"), lambda item, position, language: item.added_at.date()),
        (_("Registry version"), lambda item, position, language: item.data_version),
    ]


def _site(item: ShortlistItem, name: str) -> Cell:
    site = item.firm.main_site
    return getattr(site, name) if site else None


def _province(item: ShortlistItem) -> Cell:
    code = _site(item, "province")
    return terms.province_name(str(code)) if code else None


def _fit(item: ShortlistItem) -> Cell:
    return round(float(item.match["score"]), 1) if item.match else None


def _reasons(item: ShortlistItem) -> Cell:
    """The parts as they add up: 'words 44.0 + supply class 28.0'."""
    if not item.match:
        return None
    named = ((part["title"], part["points"]) for part in item.match["parts"])
    parts = ((title, points) for title, points in named if abs(points) >= LEAST_POINTS)
    return " + ".join(f"{_(title)} {number(points, 1)}" for title, points in parts)


def _gates(item: ShortlistItem) -> Cell:
    if not item.match:
        return None
    return "; ".join(terms.gate_sentence(gate) for gate in item.match["gates"]) or None


def rows(shortlist: Shortlist, language: str, reader: Reader) -> Iterator[list[Cell]]:
    """The values of each entry, in the order of the list."""
    takes = [take for _heading, take in columns(reader)]
    for position, item in enumerate(shortlist.items, start=1):
        yield [take(item, position, language) for take in takes]


def about(
    shortlist: Shortlist, exported_by: str, exported_at: dt.datetime
) -> list[tuple[str, Cell]]:
    """What the rows are, who took them out and when: the second sheet."""
    versions = sorted({item.data_version for item in shortlist.items})
    return [
        (_("Shortlist"), shortlist.title),
        (_("Need"), need_sentence(shortlist.need)),
        (_("Shortlist number"), shortlist.id),
        (_("Made by"), shortlist.owner.email),
        (_("Exported by"), exported_by),
        (_("Exported at (UTC)"), exported_at.strftime("%Y-%m-%d %H:%M")),
        (_("Registry version"), ", ".join(versions) or _("none")),
        (_("Firms"), len(shortlist.items)),
        (_("Meaning of a blank cell"), _("not stated")),
        (
            _("Meaning of the fit"),
            _("Points for each reason, added up, as they stood on the day the firm was added."),
        ),
    ]


def to_csv(shortlist: Shortlist, language: str, reader: Reader) -> bytes:
    """The rows under their headings."""
    headings = [heading for heading, _take in columns(reader)]
    return b"".join(csv_chunks([headings, *rows(shortlist, language, reader)]))


def to_xlsx(
    shortlist: Shortlist,
    language: str,
    reader: Reader,
    exported_by: str,
    exported_at: dt.datetime,
) -> bytes:
    """A workbook of two sheets: the firms with typed cells, and what they are."""
    out = io.BytesIO()
    with new_workbook(out) as book:
        formats = formats_of(book)
        sheet = book.add_worksheet(_("Firms"))
        sheet.freeze_panes(1, 3)
        for column, (heading, _take) in enumerate(columns(reader)):
            sheet.write_string(0, column, heading, formats["head"])
        for line, row in enumerate(rows(shortlist, language, reader), start=1):
            for column, value in enumerate(row):
                write_cell(sheet, line, column, value, formats, wrap=True)
        for column, width in enumerate((9, 9, 36, 18, 18, 10, 60, 40, 40, 12, 24)):
            sheet.set_column(column, column, width)
        _write_about(
            book.add_worksheet(_("About")), about(shortlist, exported_by, exported_at), formats
        )
    return out.getvalue()


def _write_about(sheet: Any, facts: list[tuple[str, Cell]], formats: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)
    for line, (name, value) in enumerate(facts):
        sheet.write_string(line, 0, name, formats["head"])
        write_cell(sheet, line, 1, value, formats, wrap=True)
