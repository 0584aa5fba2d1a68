"""Shortlists as CSV and XLSX."""

import csv
import datetime as dt
import io
import json
import tempfile
import tracemalloc
import zipfile

import pikepdf
import pytest
from defusedxml import ElementTree
from flask_babel import force_locale, gettext
from openpyxl import load_workbook

from registry.shortlists import briefing, export
from registry.shortlists.service import add_firm, get_shortlist, note_item
from registry.spreadsheets import write_xlsx
from registry.visibility.table import Field, Purpose, Reader, may_see

LOCALES = {"en": "en_CA", "fr": "fr_CA"}
NEED = "shortfall category AMM-01"
EXPORTED_AT = dt.datetime(2026, 11, 24, 13, 45, tzinfo=dt.UTC)
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "=cmd|' /C calc'!A0",
    "'=1",
]
# How a cell is written has nothing to do with where it was stored.
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(params=["en", "fr"])
def language(request, app):
    with force_locale(LOCALES[request.param]):
        yield request.param


@pytest.fixture
def filled(session, owner, shortlist, make_firm, frozen):
    """Two firms: one with a match and a note, one added by hand."""
    matched = make_firm("Forge", french="Forges")
    item = add_firm(session, owner.id, shortlist, matched.id, frozen, "20261101T000000-7-abcdef")
    item.added_at = dt.datetime(2026, 11, 5, 23, 30, tzinfo=dt.UTC)
    note_item(session, owner.id, item, "Déjà vu, « oui »;\n2 lines")
    by_hand = add_firm(session, owner.id, shortlist, make_firm("Bakery").id, None, "v2")
    by_hand.firm.sites.clear()
    session.commit()
    return get_shortlist(session, shortlist.id, owner.id)


def csv_rows(shortlist, language, reader=Reader.OFFICIAL) -> list[list[str]]:
    content = export.to_csv(shortlist, language, reader)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def workbook(shortlist, language):
    someone = "someone@cadence.example"
    content = export.to_xlsx(shortlist, language, Reader.OFFICIAL, NEED, someone, EXPORTED_AT)
    return load_workbook(io.BytesIO(content))


def cells(sheet) -> list[list]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_csv_begins_with_the_mark_that_excel_needs(filled, language):
    content = export.to_csv(filled, language, Reader.OFFICIAL)
    assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\xef\xbb\xbf") == 1
    assert content.endswith(b"\r\n")


def test_csv_columns(filled, language):
    headings, first, second = csv_rows(filled, language)
    english = [
        "Position", "Firm number", "Firm", "City", "Province", "Fit (0 to 100)", "Reasons",
        "Requirements", "Note", "Added on", "Registry version", "Status", "Reason of rejection",
        "Tags", "Consensus",
    ]  # fmt: skip
    assert headings == [gettext(heading) for heading in english]
    assert headings[2] == {"en": "Firm", "fr": "Entreprise"}[language]
    row = dict(zip(english, first, strict=True))
    assert row["Position"] == "1" and row["Firm number"] == str(filled.items[0].firm_id)
    assert row["Firm"] == {"en": "Forge", "fr": "Forges"}[language]
    assert (row["City"], row["Province"]) == ("Trois-Rivières", gettext("Quebec"))
    assert row["Fit (0 to 100)"] == "23.5"  # a number, whatever the language
    declared = gettext("Supply class declared")
    assert row["Reasons"].startswith(f"{declared} 20")
    assert {"en": "3.5", "fr": "3,5"}[language] in row["Reasons"]
    assert gettext("Controlled goods") in row["Requirements"]
    assert row["Note"] == "Déjà vu, « oui »;\n2 lines"
    assert row["Added on"] == "2026-11-05"
    assert row["Registry version"] == "20261101T000000-7-abcdef"
    by_hand = dict(zip(english, second, strict=True))
    blank = ("City", "Province", "Fit (0 to 100)", "Reasons", "Requirements", "Note")
    assert [by_hand[name] for name in blank] == [""] * 6


def test_an_empty_list(shortlist, language):
    assert len(csv_rows(shortlist, language)) == 1
    book = workbook(shortlist, language)
    assert book.worksheets[0].max_row == 1
    assert gettext("none") in [row[1] for row in cells(book.worksheets[1])]


@sqlite_only
@pytest.mark.parametrize("text", FORMULAS)
def test_csv_cells_are_no_formulas(session, owner, filled, language, text):
    item = filled.items[0]
    item.note = text
    item.firm.names.clear()
    item.firm.name = text
    _headings, row, _second = csv_rows(filled, language)
    assert row[8] == row[2] == "'" + text


@sqlite_only
@pytest.mark.parametrize("text", ["a=1", "3-1", "É", "'a", " plain"])
def test_csv_cells_that_are_no_danger_are_as_they_were(filled, language, text):
    filled.items[0].note = text
    assert csv_rows(filled, language)[1][8] == text


@sqlite_only
@pytest.mark.parametrize("text", [*FORMULAS, "https://cadence.example/", "{=1}"])
def test_xlsx_cells_are_text(filled, language, text):
    item = filled.items[0]
    item.note = text
    item.firm.names.clear()
    item.firm.name = filled.title = text
    book = workbook(filled, language)
    firms, about = book.worksheets
    for cell in (firms["C2"], firms["I2"], about["B1"]):
        assert cell.data_type == "s" and cell.hyperlink is None
        assert cell.value.replace("_x000D_", "\r").strip() == text.strip()


def test_xlsx_cells_have_types(filled, language):
    sheet = workbook(filled, language).worksheets[0]
    first, second = list(sheet.iter_rows(min_row=2))
    assert [cell.data_type for cell in first] == list("nnsssnsssdssnnn")
    assert (first[0].value, first[1].value, first[5].value) == (1, filled.items[0].firm_id, 23.5)
    assert first[9].value.date() == dt.date(2026, 11, 5)
    assert first[9].number_format == "yyyy-mm-dd"
    assert [second[place].value for place in (3, 4, 5, 6, 7, 8)] == [None] * 6


def test_xlsx_header_is_frozen_and_bold(filled, language):
    sheet = workbook(filled, language).worksheets[0]
    assert sheet.freeze_panes == "D2"
    assert [cell.value for cell in sheet[1]] == csv_rows(filled, language)[0]
    assert all(cell.font.bold for cell in sheet[1])


def test_the_second_sheet_says_what_the_first_one_is(filled, language):
    book = workbook(filled, language)
    assert book.sheetnames == [gettext("Firms"), gettext("About")]
    said = dict(cells(book.worksheets[1]))
    assert said[gettext("Shortlist")] == "Shells"
    assert "AMM-01" in said[gettext("Need")]
    assert said[gettext("Made by")] == "owner@cadence.example"
    assert said[gettext("Exported by")] == "someone@cadence.example"
    assert said[gettext("Exported at (UTC)")] == "2026-11-24 13:45"
    assert said[gettext("Registry version")] == "20261101T000000-7-abcdef, v2"
    assert said[gettext("Firms")] == 2
    assert said[gettext("Shortlist number")] == filled.id


def test_the_two_languages_differ_and_hold_the_same_firms(app, filled):
    tables = {}
    for language, locale in LOCALES.items():
        with force_locale(locale):
            tables[language] = csv_rows(filled, language)
    assert tables["en"][0] != tables["fr"][0]
    assert [row[:2] for row in tables["en"][1:]] == [row[:2] for row in tables["fr"][1:]]


def test_the_frozen_match_is_exported_after_the_firm_changed(session, filled, language):
    before = csv_rows(filled, language)[1]
    firm = filled.items[0].firm
    firm.listed, firm.activity, firm.profile_en = "withdrawn", "retailer", "Now we sell shoes."
    session.commit()
    session.expire_all()
    assert csv_rows(filled, language)[1] == before


@pytest.mark.parametrize("reader", Reader)
def test_requirements_leave_the_house_as_the_table_says(filled, language, reader):
    """A list may be read by someone else than who made it."""
    _headings, row, _second = csv_rows(filled, language, reader)
    assert bool(row[7]) == may_see(reader, Field.GATES, Purpose.EXPORT)


def taken(filled, form, **pick):
    out = io.BytesIO()
    chosen = export.Pick(**pick)
    table = export.rows(filled, "en", Reader.OFFICIAL, chosen)
    facts = export.about(filled, NEED, "someone@cadence.example", EXPORTED_AT, chosen)
    columns = export.columns(Reader.OFFICIAL, chosen.columns)
    export.write_table(out, form, columns, table, facts)
    return out.getvalue()


def ods_rows(content, sheet=0):
    """(type, value or text) of each cell, as another program reads the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.infolist()[0].filename == "mimetype"
        assert book.infolist()[0].compress_type == zipfile.ZIP_STORED
        root = ElementTree.fromstring(book.read("content.xml"))
    name = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
    table, office = name % "table", name % "office"
    found = []
    for row in root.findall(f".//{table}table")[sheet].iter(f"{table}table-row"):
        cells = row.findall(f"{table}table-cell")
        kinds = [cell.get(f"{office}value-type") for cell in cells]
        texts = ["\n".join(part.text or "" for part in cell) for cell in cells]
        found.append(list(zip(kinds, texts, strict=True)))
    return found


@sqlite_only
def test_ods_has_typed_cells_and_runs_nothing(filled, app):
    filled.items[0].note = '=cmd|"/c"<&>\x01'
    head, first, second = ods_rows(taken(filled, "ods"))
    assert [text for _kind, text in head][:2] == ["Position", "Firm number"]
    by_name = dict(zip([text for _kind, text in head], first, strict=True))
    assert by_name["Fit (0 to 100)"] == ("float", "23.5")
    assert by_name["Added on"] == ("date", "2026-11-05")
    assert by_name["Note"] == ("string", '=cmd|"/c"<&>')
    assert second[5] == (None, "")
    said = [cell for row in ods_rows(taken(filled, "ods"), sheet=1) for cell in row]
    assert ("string", "someone@cadence.example") in said


@sqlite_only
def test_json_has_names_that_stay(filled, app):
    for language in ("en_CA", "fr_CA"):
        with force_locale(language):
            first, second = json.loads(taken(filled, "json"))["firms"]
        assert (first["fit"], first["added_on"], second["fit"]) == (23.5, "2026-11-05", None)


@sqlite_only
def test_what_is_picked_is_taken_in_its_order(filled, app):
    rows = list(export.rows(filled, "en", Reader.OFFICIAL, export.Pick(order="name")))
    assert [(row[0], row[2]) for row in rows] == [(2, "Bakery"), (1, "Forge")]
    filled.items[0].status, filled.items[0].tags = "shortlisted", ["East"]
    for pick in (
        {"status": "shortlisted"},
        {"tag": "East"},
        {"items": frozenset({filled.items[0].id})},
    ):
        told = json.loads(taken(filled, "json", columns=frozenset({"firm_id"}), **pick))
        assert told["firms"] == [{"firm_id": filled.items[0].firm_id}], pick
        assert "Only firms that are" in [fact["name"] for fact in told["about"]]


@sqlite_only
@pytest.mark.parametrize("spoken", ["en", "fr"])
def test_the_briefing_is_accessible(filled, app, spoken):
    with force_locale(LOCALES[spoken]):
        chosen = export.columns(Reader.OFFICIAL, briefing.COLUMNS)
        pick = export.Pick(columns=frozenset(briefing.COLUMNS))
        rows = list(export.rows(filled, spoken, Reader.OFFICIAL, pick))
        facts = export.about(filled, NEED, "someone@cadence.example", EXPORTED_AT)
        content = briefing.briefing_pdf(filled, chosen, rows, facts, spoken, EXPORTED_AT)
        title = gettext("Shortlist: %(title)s", title="Shells")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.MarkInfo.Marked and "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == f"{spoken}-CA"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == title and metadata["pdfuaid:part"] == "1"


@sqlite_only
def test_a_wide_table_is_written_row_by_row(app):
    """Ten times the rows, hardly more memory: nothing is held but the compressed file."""

    def peak(rows: int) -> int:
        tracemalloc.start()
        with tempfile.TemporaryFile() as out:
            table = ([f"firm {row}", row * 1.5] * 10 for row in range(rows))
            write_xlsx(out, ("A", "B"), ["x"] * 20, table, [("a", "b")])
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(2_000) < 1.5 * peak(200)
