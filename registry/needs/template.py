"""The template: an office's needs as CSV or XLSX, with headings in the reader's language."""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from registry.capabilities.fields import YES_NO, Choice, Flag
from registry.i18n import gettext as _
from registry.needs.columns import FIELDS
from registry.needs.models import OfficeNeed
from registry.sheets import csv_chunks, formats_of, new_workbook, write_cell

SPARE_ROWS = 1_000
LONGEST_LIST = 255  # characters of a list that Excel keeps with its cells


def rows(needs: Sequence[OfficeNeed]) -> Iterator[list[Any]]:
    """The cells of each need, as a person would type them."""
    for need in needs:
        yield [_cell(field.kind.typed(getattr(need, field.name))) for field in FIELDS]


def _cell(value: Any) -> str | int | float | dt.date | None:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    cell: str | int | float | dt.date | None = value or None
    return cell


def to_csv(needs: Sequence[OfficeNeed]) -> bytes:
    """The rows under their headings."""
    return b"".join(csv_chunks([[_(field.label) for field in FIELDS], *rows(needs)]))


def to_xlsx(needs: Sequence[OfficeNeed]) -> bytes:
    """A workbook of two sheets: the needs with lists to choose from, what each column means."""
    out = io.BytesIO()
    with new_workbook(out) as book:
        formats = formats_of(book)
        sheet, about = book.add_worksheet(_("Needs")), book.add_worksheet(_("About"))
        sheet.freeze_panes(1, 2)
        about.set_column(0, 0, 30)
        about.set_column(1, 1, 100)
        for column, field in enumerate(FIELDS):
            sheet.write_string(0, column, _(field.label), formats["head"])
            sheet.write_comment(0, column, _(field.hint), {"x_scale": 2})
            sheet.set_column(column, column, 20)
            _offer(sheet, column, field.kind, len(needs) + SPARE_ROWS)
            about.write_string(column, 0, _(field.label), formats["head"])
            about.write_string(column, 1, _(field.hint), formats["wrap"])
        for line, row in enumerate(rows(needs), start=1):
            for column, value in enumerate(row):
                write_cell(sheet, line, column, value, formats)
    return out.getvalue()


def _offer(sheet: Any, column: int, kind: Any, last: int) -> None:
    """A list to choose from; what is not in it is only warned about, for a word may be typed."""
    words = YES_NO if isinstance(kind, Flag) else kind.words if isinstance(kind, Choice) else {}
    source = [_(word) for word in words.values()]
    if source and len(",".join(source)) <= LONGEST_LIST:
        rule = {"validate": "list", "source": source, "error_type": "warning"}
        sheet.data_validation(1, column, last, column, rule)
