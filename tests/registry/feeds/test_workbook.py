"""Workbooks: what is in the first sheet, and archives that mean harm."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from registry.feeds.columns import Columns
from registry.feeds.problems import FileRefused, Silence
from registry.feeds.reader import Feed, Limits
from registry.feeds.workbook import read_workbook

COLUMNS = Columns({"key": ("cle",), "name": ("nom",), "size": ()}, required=("key", "name"))


def rows_of(path, limits=None):
    with Feed(path, limits) as feed:
        return [(r.line, dict(r.values)) for r in read_workbook(feed, COLUMNS, Silence())]


@pytest.fixture
def workbook(tmp_path):
    def write(*rows):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        path = tmp_path / "a.xlsx"
        book.save(path)
        return path

    return write


def repacked(path, **changed):
    """The workbook with some parts replaced; part names have their dots and slashes as `_`."""
    target = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = changed.get(name.replace("/", "_").replace(".", "_"))
            content = old.read(name)
            new.writestr(name, change(content) if change else content)
    path.write_bytes(target.getvalue())
    return path


def test_cells_become_text(workbook):
    path = workbook(["Clé", "Nom", "size"], [1, "Forge", 2.0], [], ["b", dt.date(2020, 1, 2), 2.5])
    assert rows_of(path) == [
        (2, {"key": "1", "name": "Forge", "size": "2"}),
        (4, {"key": "b", "name": "2020-01-02", "size": "2.5"}),
    ]


def test_a_missing_column(workbook):
    with pytest.raises(FileRefused, match="“name / nom” is missing"):
        rows_of(workbook(["key", "size"], [1, 2]))


def test_no_rows(workbook):
    with pytest.raises(FileRefused, match="is empty"):
        rows_of(workbook(["key", "name"]))


@pytest.mark.parametrize(
    "content", [b"", b"key,name\n1,a\n", b"PK\x03\x04 cut", b"\xd0\xcf\x11\xe0" + b"\0" * 600]
)
def test_what_is_no_workbook(tmp_path, content):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match="cannot be read as an Excel workbook"):
        rows_of(path)


def test_a_bomb_by_claimed_size(workbook):
    path = repacked(
        workbook(["key", "name"], [1, "a"]),
        xl_worksheets_sheet1_xml=lambda content: content + b" " * 3_000_000,
    )
    with pytest.raises(FileRefused, match="far beyond its packed size"):
        rows_of(path, Limits(ratio_from_bytes=1_000_000))
    with pytest.raises(FileRefused, match="more than 2 MiB"):
        rows_of(path, Limits(workbook_bytes=2 * 1024 * 1024))


def test_a_bomb_that_claims_to_be_small(workbook):
    path = repacked(
        workbook(["key", "name"], [1, "a"]),
        xl_worksheets_sheet1_xml=lambda content: content + b" " * 3_000_000,
    )
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        true = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    path.write_bytes(data.replace(true, (900).to_bytes(4, "little")))
    with pytest.raises(FileRefused, match="cannot be read as an Excel workbook"):
        rows_of(path)


def test_a_cell_without_end(workbook):
    path = repacked(
        workbook(["key", "name"], [1, "a"]),
        xl_worksheets_sheet1_xml=lambda content: content.replace(b">1<", b">" + b"1" * 9**7 + b"<"),
    )
    with pytest.raises(FileRefused, match="expands to more than 1 MiB"):
        rows_of(path)


def test_styles_are_held_to_less(workbook):
    path = repacked(
        workbook(["key", "name"], [1, "a"]),
        xl_styles_xml=lambda content: content + b" " * 5_000_000,
    )
    with pytest.raises(FileRefused, match="more than 4 MiB"):
        rows_of(path)


def test_entities_are_refused(workbook):
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    path = repacked(
        workbook(["key", "name"], [1, "a"]),
        xl_worksheets_sheet1_xml=lambda content: (
            entities + content[content.index(b"<worksheet") :].replace(b">1<", b">&b;<")
        ),
    )
    with pytest.raises(FileRefused, match="damaged"):
        rows_of(path)


def test_a_cell_of_the_wrong_kind_or_a_row_beyond_excel(workbook):
    path = repacked(
        workbook(["key", "name"], [1, "a"]),
        xl_worksheets_sheet1_xml=lambda content: content.replace(b"<v>1</v>", b"<v>one</v>"),
    )
    with pytest.raises(FileRefused, match="damaged at row 2"):
        rows_of(path)
    path = repacked(
        workbook(["key", "name"], [1, "a"]),
        xl_worksheets_sheet1_xml=lambda content: content.replace(b'r="2"', b'r="99999999"'),
    )
    with pytest.raises(FileRefused, match="more rows than Excel"):
        rows_of(path)
