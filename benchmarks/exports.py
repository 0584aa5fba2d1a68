"""How long does a table of 10,000 rows and 40 columns take as a file, and how much memory?

    python -m benchmarks.exports [--rows 10000] [--columns 40]

Each form is written in a process of its own, so that its peak of memory is its own. Beside ours
stand the plainest programs that write the same cells: XlsxWriter without constant memory, and
openpyxl in its write-only mode.
"""

import argparse
import datetime as dt
import io
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import IO, Any

import openpyxl
import xlsxwriter

from registry.sheets import csv_chunks
from registry.spreadsheets import write_ods, write_xlsx

ABOUT = [("What", "A table made up to be measured")]
TARGET_SECONDS = 5.0


def table(rows: int, columns: int) -> Iterator[list[Any]]:
    """Rows like those of an export: texts with accents, numbers, days, and blanks."""
    day = dt.date(2026, 1, 1)
    for row in range(rows):
        kinds = (f"Entreprise à l’étude {row}", row * 1.25, day, None, row)
        yield [kinds[(row + column) % 5] for column in range(columns)]


def _heads(columns: int) -> list[str]:
    return [f"Column {column}" for column in range(columns)]


def ours_xlsx(out: IO[bytes], rows: int, columns: int) -> None:
    write_xlsx(out, ("Firms", "About"), _heads(columns), table(rows, columns), ABOUT, wrap=False)


def ours_ods(out: IO[bytes], rows: int, columns: int) -> None:
    write_ods(out, ("Firms", "About"), _heads(columns), table(rows, columns), ABOUT)


def ours_csv(out: IO[bytes], rows: int, columns: int) -> None:
    for chunk in csv_chunks(table(rows, columns)):
        out.write(chunk)


def plain_xlsxwriter(out: IO[bytes], rows: int, columns: int) -> None:
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(table(rows, columns)):
            sheet.write_row(line, 0, row)


def plain_openpyxl(out: IO[bytes], rows: int, columns: int) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in table(rows, columns):
        sheet.append(row)
    book.save(out)


def _measure(write: Callable[[IO[bytes], int, int], None], rows: int, columns: int) -> Any:
    with tempfile.TemporaryFile() as out:
        write(io.BytesIO(), 10, columns)  # what is imported and made once
        began = time.perf_counter()
        write(out, rows, columns)
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return seconds, peak / 1024, out.tell() / 1e6


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--columns", type=int, default=40)
    chosen = options.parse_args()
    print(f"{chosen.rows} rows x {chosen.columns} columns")
    taken = {}
    for write in (ours_xlsx, plain_xlsxwriter, plain_openpyxl, ours_ods, ours_csv):
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            seconds, memory, size = alone.apply(_measure, (write, chosen.rows, chosen.columns))
        taken[write] = seconds
        print(f"{write.__name__:17} {seconds:6.2f} s  {memory:7.1f} MB at most  {size:5.1f} MB")
    ours = taken[ours_xlsx]
    for plain in (plain_xlsxwriter, plain_openpyxl):
        print(f"ours / {plain.__name__}: {ours / taken[plain]:.2f}")
    print(f"target {TARGET_SECONDS:.0f} s: {'met' if ours <= TARGET_SECONDS else 'missed'}")


if __name__ == "__main__":
    main()
