"""CSV and workbooks that a spreadsheet opens with their accents, running nothing that they hold."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import IO, Any

import xlsxwriter

# A spreadsheet reads a cell that starts with one of these as a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
QUOTE = "'"
MARK = "\ufeff".encode()  # Excel needs the byte-order mark to read accents
CHUNK = 64 * 1024  # bytes, about


def harmless(value: Any) -> Any:
    """A cell that is shown and not run: an apostrophe before what would be a formula.

    Dates as ISO 8601.
    """
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str) and value.lstrip(QUOTE).startswith(FORMULA_STARTS):
        return QUOTE + value
    return value


def as_typed(cell: str) -> str:
    """The text of a cell that `harmless` wrote."""
    guarded = cell.startswith(QUOTE) and cell.lstrip(QUOTE).startswith(FORMULA_STARTS)
    return cell[1:] if guarded else cell


def csv_chunks(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """The rows, headings first, as UTF-8 with a byte-order mark, piece by piece."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    yield MARK
    for row in rows:
        writer.writerow([harmless(value) for value in row])
        if out.tell() >= CHUNK:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def new_workbook(out: IO[bytes], *, by_row: bool = False) -> xlsxwriter.Workbook:
    """A workbook in which no text is taken for a formula or a link; a context manager.

    Written `by_row`, each row is done with once the next begins, and memory does not grow.
    """
    memory = "constant_memory" if by_row else "in_memory"
    options = {memory: True, "strings_to_formulas": False, "strings_to_urls": False}
    return xlsxwriter.Workbook(out, options)


def formats_of(book: xlsxwriter.Workbook) -> dict[str, Any]:
    """The formats of our workbooks: `head`, `date`, `wrap`."""
    return {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }


def write_cell(
    sheet: Any, line: int, column: int, value: Any, formats: dict[str, Any], wrap: bool = False
) -> None:
    """A day, a text or a number as a cell of its type; None leaves it blank."""
    if value is None:
        return
    if isinstance(value, dt.date):
        moment = dt.datetime.combine(value, dt.time())
        sheet.write_datetime(line, column, moment, formats["date"])
    elif isinstance(value, str):
        sheet.write_string(line, column, value, formats["wrap"] if wrap else None)
    else:
        sheet.write_number(line, column, value)
