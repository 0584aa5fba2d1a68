"""`cadence import firms`: what it says, how it ends, what it leaves in the database."""

import gzip
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.feeds.cli import FILE_REFUSED, ROWS_REFUSED
from registry.firms.models import Firm

ROOT = Path(__file__).parents[3]


def count_firms(session):
    session.rollback()
    return session.scalar(select(func.count(Firm.id)))


def test_a_good_file(run_cadence, session, write_json_lines, profiles, tmp_path):
    path = write_json_lines(profiles(3))
    done = run_cadence("import", "firms", path, "--format", "ccc")
    assert done.exit_code == 0, done.output
    assert "New: 3. Changed: 0. Unchanged: 0. Refused: 0. Warnings: 0." in done.output
    (report,) = (tmp_path / "reports").iterdir()
    assert str(report) in done.output.replace("\n", "")
    assert count_firms(session) == 3


def test_gzip_is_read_by_content(run_cadence, session, write_json_lines, profiles, tmp_path):
    path = tmp_path / "firms.data"
    path.write_bytes(gzip.compress(write_json_lines(profiles(2)).read_bytes()))
    assert run_cadence("import", "firms", path, "--format", "ccc").exit_code == 0
    assert count_firms(session) == 2


def test_bad_rows_are_reported_and_good_ones_kept(
    run_cadence, session, write_json_lines, profiles, tmp_path, read_report
):
    path = write_json_lines(profiles(3))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"ccc_id": "9"\n' + lines[1] + b'{"a": "\0"}\n' + lines[2])
    report = tmp_path / "mine.csv"
    done = run_cadence("import", "firms", path, "--format", "ccc", "--report", report)
    assert done.exit_code == ROWS_REFUSED
    assert "New: 3." in done.output and "Refused: 2." in done.output
    assert [row["Line"] for row in read_report(report)] == ["2", "4"]
    assert count_firms(session) == 3


UNREADABLE = {
    "empty": ("ccc", b"", "is empty"),
    "cp1252": ("ccc", '{"name": "Métaux"}\n'.encode("cp1252"), "Line 1 is not UTF-8: byte 12 is"),
    "bomb": ("ccc", gzip.compress(b"0" * 80_000_000), "more than 200 times its size"),
    "cut": ("ccc", gzip.compress(b"{}\n" * 999)[:-9], "damaged or cut short"),
    "empty csv": ("csv", b"", "is empty"),
    "no name": ("csv", b"cle;ville\n1;Laval\n", "at least one of these columns"),
    "no key": ("csv", b"legal_name_en\nA\n", "“key / cle” is missing"),
    "cp1252 csv": ("csv", "key,legal_name_en\n1,Métaux\n".encode("cp1252"), "Line 2 is not UTF-8"),
    "open quotation": ("csv", b'key,legal_name_en\n1,A\n2,"B\n', "begins at line 3 does not end"),
    "workbook": ("csv", b"PK\x03\x04" + b"\1" * 99, "--format xlsx"),
    "no workbook": ("xlsx", b"key,legal_name_en\n1,A\n", "cannot be read as an Excel workbook"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_read(run_cadence, tmp_path, everything, case):
    form, content, message = UNREADABLE[case]
    path = tmp_path / "firms"
    path.write_bytes(content)
    before = everything()
    done = run_cadence("import", "firms", path, "--format", form)
    assert done.exit_code == FILE_REFUSED
    assert message in done.output
    assert everything() == before


def test_the_report_never_overwrites_the_file(run_cadence, write_json_lines, profiles):
    path = write_json_lines(profiles(1))
    before = path.read_bytes()
    done = run_cadence("import", "firms", path, "--format", "ccc", "--report", path)
    assert done.exit_code == FILE_REFUSED and path.read_bytes() == before


# Peak memory is of a whole process, so each of these runs in its own.
MEASURED = """
    import resource, sys
    from pathlib import Path
    from registry.feeds.problems import FileRefused, Silence
    from registry.feeds.reader import Feed
    from registry.intake.ccc import CccFormat
    from registry.intake.table import csv_format

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    class Count(Silence):
        refused = 0
        def refuse(self, line, refusal):
            self.refused += 1

    before, count, kept = peak(), Count(), 0
    form = {"ccc": CccFormat, "csv": csv_format}[sys.argv[2]](frozenset())
    try:
        with Feed(Path(sys.argv[1])) as feed:
            for row in form.rows(feed, count):
                kept += 1
    except FileRefused:
        kept = -1
    print(kept, count.refused, peak() - before)
"""


@pytest.mark.parametrize(("form", "kept", "refused"), [("ccc", 2, 1), ("csv", -1, 0)])
def test_a_line_of_100_mb_is_never_in_memory(tmp_path, form, kept, refused):
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.write(b'{"ccc_id": "1"}\n' if form == "ccc" else b"key,legal_name_en\n1,A\n")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b'\n{"ccc_id": "2"}\n' if form == "ccc" else b"\n2,B\n")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MEASURED), path, form],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told_kept, told_refused, mebibytes = map(int, done.stdout.split())
    assert (told_kept, told_refused) == (kept, refused)
    assert mebibytes < 20
