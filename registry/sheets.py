"""CSV that a spreadsheet opens with its accents, and without running what a cell holds."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import Any

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
