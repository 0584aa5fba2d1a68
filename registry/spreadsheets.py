"""Whole tables as files: XLSX and OpenDocument, row by row, so that memory does not grow with them.

A library for OpenDocument that streams was looked for: odfdo and odfpy hold the whole document as a
tree. What is written here are three small parts of a ZIP, of the standard's plainest subset.
"""

import datetime as dt
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from registry.sheets import formats_of, new_workbook, write_cell

Cell = str | int | float | dt.date | None
Facts = Sequence[tuple[str, Cell]]


def write_xlsx(
    out: IO[bytes],
    names: tuple[str, str],
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    about: Facts,
    widths: Sequence[int] = (),
    wrap: bool = True,
) -> None:
    """A workbook of two sheets with these names: the rows with typed cells, and what they are.

    No text is taken for a formula or a link. The heading and its first columns stay in view.
    """
    with new_workbook(out, by_row=True) as book:
        formats = formats_of(book)
        sheet = book.add_worksheet(names[0])
        sheet.freeze_panes(1, min(3, len(headings)))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, formats["head"])
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                write_cell(sheet, line, column, value, formats, wrap=wrap)
        facts = book.add_worksheet(names[1])
        facts.set_column(0, 0, 28)
        facts.set_column(1, 1, 80)
        for line, (name, value) in enumerate(about):
            facts.write_string(line, 0, name, formats["head"])
            write_cell(facts, line, 1, value, formats, wrap=True)


MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
    for name, path in (
        ("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"),
        ("fo", "xsl-fo-compatible"), ("number", "datastyle"), ("config", "config"),
    )
)  # fmt: skip
_STYLES = (
    '<office:automatic-styles><number:date-style style:name="iso">'
    '<number:year number:style="long"/>'
    '<number:text>-</number:text><number:month number:style="long"/><number:text>-</number:text>'
    '<number:day number:style="long"/></number:date-style>'
    '<style:style style:name="day" style:family="table-cell" style:data-style-name="iso"/>'
    '<style:style style:name="head" style:family="table-cell">'
    '<style:text-properties fo:font-weight="bold"/></style:style></office:automatic-styles>'
)
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest manifest:version="1.3" '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
# XML 1.0 has no place for these.
_UNWRITABLE = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None}


def write_ods(
    out: IO[bytes],
    names: tuple[str, str],
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    about: Facts,
) -> None:
    """The same two sheets as OpenDocument; a text is a text, whatever it begins with."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)  # first and plain, by the standard
        with book.open("content.xml", "w", force_zip64=True) as content:
            begin = f'<office:document-content {_SPACES} office:version="1.3">{_STYLES}'
            content.write(f'<?xml version="1.0" encoding="UTF-8"?>{begin}'.encode())
            content.write(b"<office:body><office:spreadsheet>")
            content.write(f"<table:table table:name={quoteattr(names[0])}>".encode())
            head = "".join(_ods_cell(heading, "head") for heading in headings)
            row = f"<table:table-row>{head}</table:table-row>"
            content.write(f"<table:table-header-rows>{row}</table:table-header-rows>".encode())
            for cells in rows:
                content.write(_ods_row(map(_ods_cell, cells)))
            content.write(f"</table:table><table:table table:name={quoteattr(names[1])}>".encode())
            for name, value in about:
                content.write(_ods_row((_ods_cell(name, "head"), _ods_cell(value))))
            content.write(b"</table:table></office:spreadsheet></office:body>")
            content.write(b"</office:document-content>")
        book.writestr("META-INF/manifest.xml", _MANIFEST)


def _ods_row(cells: Iterable[str]) -> bytes:
    return f"<table:table-row>{''.join(cells)}</table:table-row>".encode()


def _ods_cell(value: Cell, style: str = "") -> str:
    named = f' table:style-name="{style}"' if style else ""
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, dt.date):
        day = value.isoformat()
        kind = f'office:value-type="date" office:date-value="{day}" table:style-name="day"'
        return f"<table:table-cell {kind}><text:p>{day}</text:p></table:table-cell>"
    if isinstance(value, str):
        lines = escape(value.translate(_UNWRITABLE)).splitlines() or [""]
        text = "".join(f"<text:p>{line}</text:p>" for line in lines)
        return f'<table:table-cell{named} office:value-type="string">{text}</table:table-cell>'
    shown = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {shown}><text:p>{value}</text:p></table:table-cell>"
