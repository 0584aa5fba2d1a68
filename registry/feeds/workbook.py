"""Excel workbooks (.xlsx): the first sheet, streamed, after a look at the archive around it."""

import datetime as dt
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from registry.feeds.columns import Columns
from registry.feeds.problems import FileRefused, Problems, RowRefused
from registry.feeds.reader import CHUNK, MIB, OLE_MAGIC, Feed, Limits, Row, refuse_empty
from registry.feeds.told import Told as _

LAST_ROW = 1_048_576  # of any sheet that Excel can write
_PARTS = 2_000
_SHEETS = "xl/worksheets/"
# Parts that openpyxl turns into many objects; it streams the sheets and skips most others.
_OBJECTS = ("[Content_Types].xml", "_rels/", "docProps/", "xl/workbook.xml", "xl/_rels/")
_STYLES = ("xl/styles.xml", "xl/theme/")
# What openpyxl raises for parts that are there but not as the standard says. DefusedXML's
# refusals of entities are ValueErrors.
_UNREADABLE = (
    ParseError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    EOFError,
    OSError,
    zlib.error,
    zipfile.BadZipFile,
    InvalidFileException,
)


def read_workbook(feed: Feed, columns: Columns, problems: Problems) -> Iterator[Row]:
    """The rows of the first sheet under its headings, which are its first filled row.

    Raises MissingColumn; FileRefused if the file is no workbook, expands beyond the limits or has
    no row.
    """
    stream = feed.seekable()
    _check_archive(stream, feed)
    placed, rows = None, 0
    for line, cells, size in _filled_rows(stream):
        if size > feed.limits.line_bytes:
            raise _unreadable(_("row %(row)d is too long", row=line))
        if placed is None:
            placed = columns.place(cells)
            continue
        rows += 1
        try:
            yield placed.row(line, size, cells)
        except RowRefused as refusal:
            problems.refuse(line, refusal)
    if not rows:
        raise refuse_empty(feed)


def _filled_rows(stream: BinaryIO) -> Iterator[tuple[int, list[str], int]]:
    """(row number, cells as text, their length); blank rows are passed over."""
    book = None
    line = 0
    try:
        stream.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl names features that it does not read
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a false one hides cells
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            if line > LAST_ROW:
                raise _unreadable(_("it has more rows than Excel allows"))
            cells = [_as_text(value) for value in values]
            if any(cells):
                yield line, cells, sum(map(len, cells))
    except _UNREADABLE as error:
        raise _unreadable(_("it is damaged at row %(row)d", row=line + 1)) from error
    finally:
        if book:
            book.close()


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)


def _check_archive(stream: BinaryIO, feed: Feed) -> None:
    """Refuse what is no archive, and one that claims, or turns out, to be larger than allowed."""
    stream.seek(0)
    if stream.read(4) == OLE_MAGIC:
        raise _unreadable(_("it is protected by a password, or in the old .xls format"))
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_claims(archive, feed)
            for member in archive.infolist():
                _check_member(archive, member, feed.limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        # RuntimeError is how the module says "encrypted".
        raise _unreadable(_("it is damaged, encrypted or of another kind")) from error


def _check_claims(archive: zipfile.ZipFile, feed: Feed) -> None:
    members, limits = archive.infolist(), feed.limits
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    large = total > limits.workbook_bytes or len(members) > _PARTS
    # Members that overlap in the archive claim more packed bytes than the file has.
    if large or packed > max(feed.size, 1) * (limits.ratio if feed.is_gzip else 1):
        raise _too_large(limits.workbook_bytes)
    if total > limits.ratio_from_bytes and total > limits.ratio * max(packed, 1):
        raise _too_large(limits.workbook_bytes)
    for member in members:
        if member.file_size > _part_limit(member.filename, limits):
            raise _too_large(_part_limit(member.filename, limits))


def _part_limit(name: str, limits: Limits) -> int:
    name = name.lstrip("/")
    if name.startswith(_SHEETS):
        return limits.workbook_bytes
    small = name.startswith((*_OBJECTS, *_STYLES))
    return limits.workbook_style_bytes if small else limits.workbook_part_bytes


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> None:
    """Read the member once, keeping nothing: its true size, its checksum, its longest piece.

    zipfile stops at the size that the directory claims and compares the checksum there, so a
    member cannot be larger than it says. A piece without markup is held whole by the XML parser.
    """
    piece = 0
    with archive.open(member) as content:
        while chunk := content.read(CHUNK):
            piece = piece + len(chunk) if b"<" not in chunk else len(chunk) - chunk.rfind(b"<")
            if piece > limits.line_bytes and member.filename.endswith(".xml"):
                raise _too_large(limits.line_bytes)


def _too_large(limit: int) -> FileRefused:
    return FileRefused(
        _(
            "A part of the workbook expands to more than %(limit)d MiB, or far beyond its packed "
            "size. Nothing was imported. Split the sheet, or save it as CSV UTF-8.",
            limit=max(limit // MIB, 1),
        )
    )


def _unreadable(why: str) -> FileRefused:
    return FileRefused(
        _(
            "The file cannot be read as an Excel workbook (.xlsx): %(why)s. "
            "Open it in Excel and save it again, without a password.",
            why=why,
        )
    )
