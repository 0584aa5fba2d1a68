"""Importing award notices of CanadaBuys and contract history: evidence on the firms that won."""

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from benchmarks.canadabuys_awards import HEADINGS as PUBLISHED
from benchmarks.canadabuys_awards import write_feed
from registry.demand.awards import _HISTORY_HEADINGS, HEADINGS
from registry.demand.importing import import_awards
from registry.demand.models import Contract, Vendor
from registry.feeds.cli import FILE_REFUSED
from registry.matches.candidates import suppliers_of

FIRM = "Zorvex Forge Ltd."


def award(number=1, **other):
    """A row by our names of the columns."""
    return {
        "reference": f"ca-{number}",
        "contract": f"W0000-{number}/001/XX",
        "amendment": "000",
        "title_en": "Guns",
        "title_fr": "Canons",
        "supplier_en": FIRM,
        "status_en": "Active",
        "gsin_codes": "*N1005A",
        "awarded_on": "2024-05-01",
        "total": "1000.00",
        "currency": "CAD",
        **other,
    }


@pytest.fixture
def write_awards(write_published):
    def write(*rows, names=HEADINGS, headings=PUBLISHED):
        return write_published(rows, names, headings, "awards.csv")

    return write


@pytest.fixture
def load_awards(session, write_awards, with_report):
    def run(*rows, form="canadabuys", batch_rows=1000, **layout):
        path = write_awards(*rows, **layout)
        return with_report(import_awards, session, path, form, lambda _: None, batch_rows)

    return run


@pytest.fixture
def stored(session):
    def find():
        session.expire_all()
        return session.scalars(select(Contract)).one()

    return find


def test_every_column_finds_its_place(load_awards, stored):
    tally, report = load_awards(
        award(
            title_en="Guns,\n“light”",
            description_en="First line.\n\nSecond line.",
            description_fr="Première ligne.",
            amended_on="2024-06-01",
            ends_on="2025-05-01",
            unspsc_codes="*46101500\n*46100000",
            city_en="North Bay",
        )
    )
    assert (tally.new, report.refused, report.warned) == (1, 0, 0)
    found = stored()
    assert (found.notice, found.reference) == ("ca-1", "W0000-1/001/XX")
    assert (found.title_en, found.title_fr) == ("Guns, “light”", "Canons")
    assert found.description == "First line.\n\nSecond line."
    assert found.unspsc_codes == ["46101500", "46100000"]
    assert (found.class_code, found.value_cad) == ("1005", Decimal("1000.00"))
    assert (found.delivery_on, found.as_of) == (dt.date(2025, 5, 1), dt.date(2024, 6, 1))
    assert (found.vendor.name, found.vendor.city) == (FIRM, "North Bay")


@pytest.mark.parametrize("batch_rows", [1, 1000])
@pytest.mark.parametrize("turned", [False, True])
def test_the_highest_amendment_counts_and_no_total_is_added_up(
    load_awards, stored, batch_rows, turned
):
    rows = [
        award(),
        award(amendment="001", total="1500.00", amount="500.00"),
        award(amendment="T02", total="1700.00", amount="200.00"),
    ]
    load_awards(*(rows[::-1] if turned else rows), batch_rows=batch_rows)
    assert (stored().amendment, stored().value_cad) == ("T02", Decimal("1700.00"))


def test_an_older_file_never_brings_back_what_was_amended(load_awards, stored):
    load_awards(award(amendment="002", total="2000.00"))
    tally, _report = load_awards(award(amendment="001"))
    assert (tally.written, stored().value_cad) == (0, Decimal("2000.00"))


def test_the_same_file_again_changes_nothing(load_awards, everything, add_firm):
    add_firm(FIRM)
    rows = (award(1), award(1, amendment="001"), award(2, supplier_en="Quux Marine Inc."))
    load_awards(*rows)
    before = everything()
    tally, _report = load_awards(*rows)
    assert (tally.written, everything()) == (0, before)


@pytest.mark.parametrize(
    ("change", "column", "kept", "warned"),
    [
        ({"currency": "USD"}, "value_cad", None, 0),
        ({"currency": ""}, "value_cad", None, 0),
        ({"total": "0.00", "amount": "12.50"}, "value_cad", Decimal("12.50"), 0),
        ({"total": "", "amount": "0"}, "value_cad", None, 0),
        ({"total": "a lot"}, "value", None, 1),
        ({"status_en": "Cancelled"}, "status", "cancelled", 0),
        ({"status_en": "", "status_fr": "Annulé"}, "status", "cancelled", 0),
        ({"status_en": "Asleep"}, "status", None, 1),
        ({"title_en": ""}, "description", "Canons", 0),
        ({"gsin_codes": "", "title_en": "Guns, NSC 1010"}, "class_code", "1010", 0),
        ({"gsin_codes": ""}, "class_code", None, 0),
        ({"awarded_on": "yesterday"}, "awarded_on", None, 1),
    ],
)
def test_what_is_not_stated_is_unknown(load_awards, stored, change, column, kept, warned):
    _tally, report = load_awards(award(**change))
    assert (report.refused, report.warned) == (0, warned)
    assert getattr(stored(), column) == kept


@pytest.mark.parametrize(
    ("change", "heading"),
    [
        ({"reference": "", "contract": ""}, HEADINGS["reference"]),
        ({"supplier_en": ""}, HEADINGS["supplier_en"]),
        ({"supplier_en": "x" * 301}, HEADINGS["supplier_en"]),
        ({"amendment": "first"}, HEADINGS["amendment"]),
        ({"title_en": "", "title_fr": ""}, HEADINGS["title_en"]),
    ],
)
def test_a_bad_row_is_reported_and_the_others_are_kept(load_awards, read_report, change, heading):
    tally, report = load_awards(award(1), award(2, **change), award(3))
    assert (tally.new, report.refused) == (2, 1)
    assert [(row["Line"], row["Column"]) for row in read_report()] == [("3", heading)]


def test_one_notice_may_tell_of_several_contracts(load_awards, session):
    load_awards(award(1, contract="A"), award(1, contract="B", supplier_en="Quux Marine Inc."))
    assert set(session.scalars(select(Contract.reference))) == {"A", "B"}


def wins(session, firm):
    [supplier] = suppliers_of(session, [firm.id])
    return [(win.class_code, win.contracts) for win in supplier.wins]


def test_a_contract_of_both_sources_is_one_win(load_awards, load, row, session, add_firm):
    firm = add_firm(FIRM)
    load(row(1, reference_number="W0000-1/001/xx"), row(2))
    load_awards(award(1), award(5, reference="another", contract="W0000-1/001/XX"))
    assert wins(session, firm) == [("1005", 2)]
    load_awards(award(3))
    assert wins(session, firm) == [("1005", 3)]


def test_a_cancelled_award_is_no_win(load_awards, session, add_firm):
    firm = add_firm(FIRM)
    load_awards(award(1), award(2))
    assert wins(session, firm) == [("1005", 2)]
    load_awards(award(1, amendment="001", status_en="Cancelled"))
    assert wins(session, firm) == [("1005", 1)]


def test_a_name_that_is_not_sure_waits_for_a_person(load_awards, vendor_called, add_firm):
    firms = {add_firm("Zorvex Forge", city).id for city in ("North Bay", "Sudbury")}
    load_awards(award(), award(2, supplier_en="Nothing Like It Marine Inc."))
    vendor = vendor_called(FIRM)
    assert (vendor.link, {one["firm_id"] for one in vendor.candidates}) == ("unsure", firms)
    assert vendor_called("Nothing Like It Marine Inc.").link == "none"


def test_the_place_tells_namesakes_apart(load_awards, vendor_called, add_firm):
    _other, firm = (add_firm("Zorvex Forge", city) for city in ("North Bay", "Sudbury"))
    load_awards(award(city_en="SUDBURY", province_en="ON"))
    assert vendor_called(FIRM).firm_id == firm.id


def test_spellings_of_capitals_are_one_supplier(load_awards, session):
    load_awards(award(1), award(2, supplier_en=FIRM.upper()))
    assert session.scalar(select(func.count(Vendor.id))) == 1


def test_contract_history_is_read_the_same_way(load_awards, stored, add_firm, session):
    firm = add_firm(FIRM)
    headings = [_HISTORY_HEADINGS.get(column, heading) for column, heading in HEADINGS.items()]
    history = {"names": _HISTORY_HEADINGS, "headings": headings, "form": "canadabuys-history"}
    load_awards(award(reference="", status_en="Cancelled"), **history)
    assert (stored().notice, stored().status) == (None, "cancelled")
    load_awards(award(reference="", amendment="001"), **history)
    load_awards(award())
    assert wins(session, firm) == [("1005", 1)]


def test_a_missing_column_stops_the_import(run_cadence, write_awards):
    path = write_awards(award(), headings=[h for h in PUBLISHED if "awardStatus" not in h])
    result = run_cadence("import", "awards", str(path))
    assert result.exit_code == FILE_REFUSED and "status_en" in result.output


def test_a_made_up_feed_comes_in(run_cadence, tmp_path, session):
    path = tmp_path / "feed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_feed(file, 300)
    result = run_cadence("import", "awards", str(path))
    assert result.exit_code == 0, result.output
    assert "Refused: 0. Warnings: 0." in result.output
    references = session.scalars(select(Contract.notice)).all()
    assert len(references) == len(set(references)) > 200
