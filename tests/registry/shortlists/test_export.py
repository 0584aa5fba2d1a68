"""Shortlists as CSV and XLSX."""

import csv
import datetime as dt
import io

import pytest
from flask_babel import force_locale, gettext
from openpyxl import load_workbook

from registry.shortlists import export
from registry.shortlists.service import add_firm, get_shortlist, note_item
from registry.visibility.table import Field, Purpose, Reader, may_see

LOCALES = {"en": "en_CA", "fr": "fr_CA"}
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
    content = export.to_xlsx(shortlist, language, Reader.OFFICIAL, someone, EXPORTED_AT)
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
        "Requirements", "Note", "Added on", "Registry version",
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
    assert [cell.data_type for cell in first] == list("nnsssnsssds")
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
