"""CSV, as exported by programs and as saved by Excel in either language."""

import csv
from collections.abc import Iterator
from itertools import chain

from registry.feeds.columns import Columns, Placed
from registry.feeds.problems import Fault, FileRefused, Problems, RowRefused
from registry.feeds.reader import Feed, Row, read_lines, refuse_empty, too_long
from registry.feeds.told import Told as _

SEPARATORS = (",", ";", "\t")  # French Excel writes semicolons
SEPARATOR_LINE = "sep="  # Excel's own note of the separator, before the headings


class _RecordLines(Iterator[str]):
    """Lines for the csv module, with a limit on how many one record may take in."""

    def __init__(self, feed: Feed):
        self._lines = read_lines(feed)
        self._limit = feed.limits.line_bytes
        self.number = self.size = self.first = 0
        self.ended = False

    def begin(self) -> None:
        """A new record begins with the next line."""
        self.size, self.first = 0, self.number + 1

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.number, self.size = line.number, self.size + line.size
        if line.text is None:
            raise FileRefused(
                _("Line %(line)d:", line=line.number) + " " + " ".join(too_long(self._limit))
            )
        if self.size > self._limit:
            raise unclosed(self.first)
        return line.text


def unclosed(line: int) -> FileRefused:
    return FileRefused(
        _(
            "The record that begins at line %(line)d does not end. "
            "Look for a quotation mark that is opened there and not closed.",
            line=line,
        )
    )


def read_csv(feed: Feed, columns: Columns, problems: Problems) -> Iterator[Row]:
    """The rows under the headings. A row that breaks the quoting rules is refused.

    Raises MissingColumn; FileRefused if the file is empty, has no row, or ends inside a quotation.
    """
    lines = _RecordLines(feed)
    reader, placed = _read_headings(lines, columns, feed)
    rows = 0
    while True:
        lines.begin()
        try:
            cells = next(reader, None)
            if cells is None:
                break
            if not any(cell.strip() for cell in cells):
                continue
            rows += 1
            yield placed.row(lines.first, lines.size, cells)
        except csv.Error as error:
            rows += 1
            if lines.ended or lines.size > csv.field_size_limit():
                raise unclosed(lines.first) from error
            problems.refuse(lines.first, RowRefused(_broken()))
        except RowRefused as refusal:
            problems.refuse(lines.first, refusal)
    if not rows:
        raise refuse_empty(feed)


def _read_headings(
    lines: _RecordLines, columns: Columns, feed: Feed
) -> tuple[Iterator[list[str]], Placed]:
    first = next(lines, "")
    given = None
    if first.lower().startswith(SEPARATOR_LINE) and len(first.strip()) == len(SEPARATOR_LINE) + 1:
        given, first = first.strip()[-1], next(lines, "")
    if not first.strip():
        raise refuse_empty(feed)
    separator = given or max(SEPARATORS, key=lambda s: columns.recognised(_cells(first, s)))
    reader = csv.reader(chain([first], lines), delimiter=separator, strict=True)
    try:
        return reader, columns.place(next(reader))
    except csv.Error as error:
        raise unclosed(lines.number) from error


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _broken() -> Fault:
    return Fault(
        "",
        "",
        _("The row breaks the quoting rules of CSV."),
        _("Double the quotation marks inside a quoted cell."),
    )
