"""The template: a firm's lines as CSV or XLSX, with headings in the reader's language."""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from registry.bulk.columns import ALL_COLUMNS, INPUT, INPUT_COLUMNS, LINE_COLUMNS, REFERENCE
from registry.capabilities.fields import YES_NO, Choice, Choices, Flag
from registry.capabilities.lines import LineField, typed
from registry.capabilities.models import ProductionLine
from registry.capabilities.service import NUMBER_SIGN
from registry.capabilities.words import GROUPS
from registry.firms.models import Site
from registry.i18n import gettext as _
from registry.sheets import csv_chunks, formats_of, new_workbook, write_cell
from registry.taxonomy.models import ShortfallCategory

Cell = str | int | float | Decimal | dt.date | None
SPARE_ROWS = 1_000  # below the firm's lines, with the same choices


def reference_of(line: ProductionLine) -> str:
    """What finds the line again: the firm's own reference, else our number."""
    return line.reference or f"{NUMBER_SIGN}{line.id}"


def rows(lines: Sequence[ProductionLine]) -> Iterator[list[Cell]]:
    """A row for each input of each line; the line's own columns are filled in its first."""
    for line in lines:
        values = typed(line)
        own = [_cell(field, values[name]) for name, field in LINE_COLUMNS.items()]
        own[list(LINE_COLUMNS).index(REFERENCE)] = reference_of(line)
        blank: list[Cell] = [
            reference_of(line) if name == REFERENCE else None for name in LINE_COLUMNS
        ]
        for place, item in enumerate(values["inputs"] or [{}]):
            inputs = [
                _cell(field, item.get(name.removeprefix(INPUT)))
                for name, field in INPUT_COLUMNS.items()
            ]
            yield (blank if place else own) + inputs


def _cell(field: LineField, value: Any) -> Cell:
    cell: Cell = field.kind.typed(value)
    return cell


def headings() -> list[str]:
    return [_(field.label) for field in ALL_COLUMNS.values()]


def to_csv(lines: Sequence[ProductionLine]) -> bytes:
    """The rows under their headings."""
    return b"".join(csv_chunks([headings(), *(map(_plain, row) for row in rows(lines))]))


def _plain(value: Cell) -> Cell:
    """A decimal without the zeros of its column."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def to_xlsx(
    lines: Sequence[ProductionLine], sites: Sequence[Site], categories: Sequence[ShortfallCategory],
    language: str,
) -> bytes:  # fmt: skip
    """A workbook of three sheets: the lines, what each column means, the codes one may choose."""
    out = io.BytesIO()
    with new_workbook(out) as book:
        formats = formats_of(book)
        sheet = book.add_worksheet(_("Lines"))
        about = book.add_worksheet(_("About"))
        codes = book.add_worksheet(_("Codes"))
        _write_lines(sheet, lines, formats)
        _write_about(about, formats)
        ranges = _write_codes(codes, sites, categories, language, formats)
        _offer_choices(sheet, len(lines) + SPARE_ROWS, ranges)
    return out.getvalue()


def _write_lines(sheet: Any, lines: Sequence[ProductionLine], formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 2)
    for column, field in enumerate(ALL_COLUMNS.values()):
        sheet.write_string(0, column, _(field.label), formats["head"])
        sheet.write_comment(0, column, _(field.hint), {"x_scale": 2})
        sheet.set_column(column, column, 18)
    for line, row in enumerate(rows(lines), start=1):
        for column, value in enumerate(row):
            write_cell(sheet, line, column, value, formats)


def _write_about(sheet: Any, formats: dict[str, Any]) -> None:
    """How the file works, then each column: its group, its unit, what to write."""
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 2, 24)
    sheet.set_column(3, 3, 90)
    how = (
        _(
            "One row for each line. A further input takes a row of its own, "
            "with the reference of its line."
        ),
        _(
            "A blank cell means “not stated”. "
            "A line or a column that is left out of the file stays as it is."
        ),
        _("Nothing is changed by uploading: you first see what would change, row by row."),
    )
    for line, text in enumerate(how):
        sheet.write_string(line, 0, text)
    top = len(how) + 1
    for column, title in enumerate((_("Column"), _("Group"), _("Unit"), _("What to write"))):
        sheet.write_string(top, column, title, formats["head"])
    for line, field in enumerate(ALL_COLUMNS.values(), start=top + 1):
        cells = (_(field.label), _(GROUPS[field.group]), _(field.unit) if field.unit else "")
        for column, text in enumerate((*cells, _(field.hint))):
            sheet.write_string(line, column, text, formats["wrap"])


def _write_codes(
    sheet: Any, sites: Sequence[Site], categories: Sequence[ShortfallCategory], language: str,
    formats: dict[str, Any],
) -> dict[str, str]:  # fmt: skip
    """The longer lists; gives the cell range of each, by the column that it is for."""
    lists = {
        "category_code": [f"{entry.code} {entry.title_in(language)}" for entry in categories],
        "site_id": [site_text(site, language) for site in sites],
    }
    ranges, title = {}, _("Codes")
    for column, (name, texts) in enumerate(lists.items()):
        sheet.write_string(0, column, _(LINE_COLUMNS[name].label), formats["head"])
        sheet.set_column(column, column, 60)
        for line, text in enumerate(texts, start=1):
            sheet.write_string(line, column, text)
        letter = xl_col_to_name(column)
        ranges[name] = f"='{title}'!${letter}$2:${letter}${max(len(texts), 1) + 1}"
    return ranges


def site_text(site: Site, language: str) -> str:
    """A site as a cell names it: its number, then its name or town."""
    name = (site.name_fr if language == "fr" else site.name_en) or site.city or ""
    return f"{site.id} {name}".strip()


def _offer_choices(sheet: Any, last: int, ranges: dict[str, str]) -> None:
    """Lists to choose from; what is not in one is only warned about, for a word may be typed."""
    for column, (name, field) in enumerate(ALL_COLUMNS.items()):
        source: Any = ranges.get(name.removeprefix(INPUT))
        if isinstance(field.kind, Flag):
            source = [_(word) for word in YES_NO.values()]
        elif isinstance(field.kind, Choice) and not isinstance(field.kind, Choices):
            source = [_(word) for word in field.kind.words.values()]
        if source:
            rule = {"validate": "list", "source": source, "error_type": "warning"}
            sheet.data_validation(1, column, last, column, rule)
