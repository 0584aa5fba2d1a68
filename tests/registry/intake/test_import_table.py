"""Importing our own template, as CSV and as a workbook."""

import openpyxl
import pytest
from sqlalchemy import func, select

from registry.capabilities.models import Capability, ClassDeclaration
from registry.feeds.problems import FileRefused
from registry.firms.models import Firm, Identifier
from registry.intake.importing import import_firms

ENGLISH = [
    "key", "legal_name_en", "legal_name_fr", "operating_name_en", "business_number", "ncage",
    "website", "activity", "employees", "exports", "province", "city", "postal_code", "latitude",
    "site_kind", "owner_country", "canadian_control", "profile_fr", "capabilities_en",
    "capabilities_fr", "supply_classes", "certificates", "naics", "not known",
]  # fmt: skip
FRENCH = [
    "Clé", "nom_legal_en", "nom_legal_fr", "nom commercial en", "Numéro d’entreprise", "Code NCAGE",
    "Site Web", "Activité", "Effectif", "Exporte", "province", "Ville", "Code postal", "latitude",
    "type_lieu", "pays_proprietaire", "Contrôle canadien", "Profil fr", "Capacités en",
    "Capacités fr", "Classes d’approvisionnement", "Certificats", "SCIAN", "inconnue",
]  # fmt: skip
ROW = [
    "A-1", "Zorvex Forge Ltd.", "Forge Zorvex ltée", "Zorvex", "123456782", "l0a1b",
    "zorvex.example", "manufacturer", "1 234", "yes", "Ontario", "North Bay", "p1a 2b3", "46,31",
    "plant", "Canada", "yes", "Nous forgeons « à chaud ».", "Rings | Gears",
    "Anneaux | Engrenages", "1005; 1010", "ISO 9001 | CGP", "332113 - Forging", "?",
]  # fmt: skip
IN_FRENCH = {7: "Fabricant", 9: "oui", 10: "Ontario", 14: "usine", 16: "Oui"}


@pytest.fixture
def load(session, with_report):
    def run(path, source=None, form="csv"):
        return with_report(import_firms, session, path, form, source)

    return run


@pytest.fixture
def small(write_csv):
    """A file of key, name and one more column."""

    def write(column, *cells):
        rows = [[f"K{n}", f"Firm {n}", cell] for n, cell in enumerate(cells, start=1)]
        return write_csv([["key", "legal_name_en", column], *rows])

    return write


def check(firm, session):
    assert (firm.website, firm.activity, firm.employees) == (
        "http://zorvex.example",
        "manufacturer",
        1234,
    )
    assert {(name.kind, name.language, name.name) for name in firm.names} == {
        ("legal", "en", "Zorvex Forge Ltd."),
        ("legal", "fr", "Forge Zorvex ltée"),
        ("operating", "en", "Zorvex"),
    }
    assert {(i.scheme, i.value) for i in firm.identifiers} == {
        ("bn", "123456782"),
        ("ncage", "L0A1B"),
    }
    (site,) = firm.sites
    assert (site.kind, site.province, site.postal_code, site.latitude) == (
        "plant",
        "ON",
        "P1A 2B3",
        46.31,
    )
    assert (firm.exports, firm.ownership.canadian_control) == (True, True)
    assert firm.profile_fr == "Nous forgeons « à chaud »."
    offers = select(Capability.kind, Capability.name_en, Capability.name_fr).order_by(Capability.id)
    assert session.execute(offers).all() == [
        ("product", "Rings", "Anneaux"),
        ("product", "Gears", "Engrenages"),
    ]
    assert set(session.scalars(select(ClassDeclaration.class_code))) == {"1005", "1010"}
    assert [c.scheme for c in firm.certificates] == ["CGP", "ISO 9001"]
    assert [(i.code, i.title) for i in firm.industries] == [("332113", "Forging")]


@pytest.mark.parametrize("form", [{}, {"delimiter": ";"}, {"encoding": "utf-8-sig"}])
def test_english_headings(load, session, write_csv, firm_called, form):
    tally, report = load(write_csv([ENGLISH, ROW], **form))
    assert (tally.new, report.refused, report.warned) == (1, 0, 0)
    check(firm_called("Zorvex"), session)


def test_french_headings_and_words(load, session, write_csv, firm_called):
    row = [IN_FRENCH.get(place, cell) for place, cell in enumerate(ROW)]
    tally, report = load(write_csv([FRENCH, row], delimiter=";"))
    assert (tally.new, report.refused, report.warned) == (1, 0, 0)
    check(firm_called("Zorvex"), session)


def test_a_workbook(load, session, tmp_path, firm_called):
    book = openpyxl.Workbook()
    book.active.append(ENGLISH)
    book.active.append([1234 if cell == "1 234" else cell for cell in ROW])
    book.save(tmp_path / "a.xlsx")
    tally, report = load(tmp_path / "a.xlsx", form="xlsx")
    assert (tally.new, report.refused, report.warned) == (1, 0, 0)
    check(firm_called("Zorvex"), session)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("employees", "many"),
        ("employees", "12,5"),
        ("employees", "-3"),
        ("activity", "piracy"),
        ("province", "Ohio"),
        ("postal_code", "90210"),
        ("website", "javascript:alert(1)"),
        ("latitude", "91"),
        ("exports", "perhaps"),
        ("capabilities_en", "x" * 501),
        ("city", "x\0y"),
    ],
)
def test_a_cell_that_is_not_understood_refuses_its_row(load, small, read_report, column, cell):
    tally, report = load(small(column, "", cell, ""))
    assert (tally.new, report.refused) == (2, 1)
    (row,) = read_report()
    assert (row["Line"], row["Column"]) == ("3", column)
    assert row["Reason"] and row["What to do"]


def test_every_bad_cell_of_a_row_is_told(load, write_csv, read_report):
    rows = [["key", "legal_name_en", "employees", "province"], ["1", "A", "x", "y"]]
    _tally, report = load(write_csv(rows))
    assert report.refused == 1
    assert {row["Column"] for row in read_report()} == {"employees", "province"}


def test_a_row_without_key_or_name(load, write_csv, read_report):
    rows = [["Clé", "nom_legal_fr"], ["", "Sans clé"], ["2", ""]]
    _tally, report = load(write_csv(rows))
    assert report.refused == 2
    assert [row["Column"] for row in read_report()] == ["Clé", "legal_name_en"]


def test_unknown_codes_and_odd_identifiers_warn(load, write_csv, session, read_report):
    rows = [
        ["key", "legal_name_en", "supply_classes", "business_number", "naics"],
        ["1", "A", "1005 9x", "123456789", "332 - Metal | none"],
    ]
    tally, report = load(write_csv(rows))
    assert (tally.new, report.refused, report.warned) == (1, 0, 3)
    assert [row["Column"] for row in read_report()] == [
        "business_number",
        "supply_classes",
        "naics",
    ]
    assert session.scalars(select(Identifier.well_formed)).all() == [False]


def test_the_same_key_in_two_sources_is_two_firms(load, small, session):
    path = small("city", "Ottawa")
    assert load(path)[0].new == 1
    assert load(path, "other-list")[0].new == 1
    assert session.scalar(select(func.count(Firm.id))) == 2


def test_a_name_used_in_both_languages_is_one_row(load, write_csv, firm_called):
    load(write_csv([["key", "legal_name_en", "legal_name_fr"], ["1", "Zorvex", "Zorvex"]]))
    assert [(n.language, n.name) for n in firm_called("Zorvex").names] == [(None, "Zorvex")]


def test_a_missing_column_leaves_the_database_as_it_was(load, write_csv, everything):
    before = everything()
    with pytest.raises(FileRefused, match="key / cle"):
        load(write_csv([["legal_name_en"], ["Zorvex"]]))
    assert everything() == before
