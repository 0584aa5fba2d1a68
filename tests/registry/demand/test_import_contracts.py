"""Importing contracts of National Defence."""

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.demand.models import Contract
from registry.feeds.cli import FILE_REFUSED, ROWS_REFUSED
from registry.feeds.models import ImportRun
from registry.firms.models import FirmChange


def test_every_column_finds_its_place(load, session, row):
    tally, report = load(row(1, flag_amended="1"))
    assert (tally.new, report.refused, report.warned) == (1, 0, 0)
    contract = session.scalars(select(Contract)).one()
    assert contract.source_key == f"{1:032x}"
    assert (contract.reference, contract.class_code) == ("W0000-1", "1005")
    assert (contract.awarded_on, contract.delivery_on) == (
        dt.date(2010, 4, 1),
        dt.date(2010, 9, 30),
    )
    assert (contract.value_cad, contract.amended) == (Decimal("29775.00"), True)
    assert contract.as_of == dt.date(2013, 12, 31)
    assert (contract.vendor.name, contract.vendor.key) == ("Zorvex Forge Ltd.", "zorvex forge ltd.")


@pytest.mark.parametrize(
    ("change", "column", "kept"),
    [
        ({"reference_number": ""}, "reference", None),
        ({"value_cad": "0.00"}, "value_cad", None),
        ({"value_cad": ""}, "value_cad", None),
        ({"value_cad": "1 234,50"}, "value_cad", Decimal("1234.50")),
        ({"value_cad": "-12.00"}, "value_cad", Decimal("-12.00")),
        ({"delivery_date": ""}, "delivery_on", None),
        ({"fsc_code": ""}, "class_code", None),
    ],
)
def test_what_is_blank_or_zero_is_unknown(load, session, row, change, column, kept):
    _tally, report = load(row(1, **change))
    assert (report.refused, report.warned) == (0, 0)
    assert getattr(session.scalars(select(Contract)).one(), column) == kept


def test_an_unknown_class_is_dropped_with_a_warning(load, session, row, read_report):
    _tally, report = load(row(1, fsc_code="0000"))
    assert (report.refused, report.warned) == (0, 1)
    assert session.scalars(select(Contract.class_code)).all() == [None]
    assert [(r["Line"], r["Column"], r["Value"]) for r in read_report()] == [
        ("2", "fsc_code", "0000")
    ]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("source_id", ""),
        ("source_id", "x" * 65),
        ("vendor_key", ""),
        ("vendor_name", ""),
        ("description", ""),
        ("contract_date", "04/01/2010"),
        ("delivery_date", "2010-02-30"),
        ("value_cad", "a lot"),
        ("value_cad", "1e99"),
        ("value_cad", "9" * 20),
        ("flag_amended", "x"),
        ("vendor_name", "a\0b"),
    ],
)
def test_a_bad_cell_refuses_its_row(load, row, read_report, column, cell):
    tally, report = load(row(1), row(2, **{column: cell}), row(3))
    assert (tally.new, report.refused) == (2, 1)
    assert [(r["Line"], r["Column"]) for r in read_report()] == [("3", column)]


def test_the_same_file_again_changes_nothing(load, session, row, add_firm, everything):
    add_firm("Zorvex Forge")
    rows = [row(1), row(2), row(3, vendor="Nobody Knows Inc."), row(2)]
    assert load(*rows)[0].unchanged == 1
    before = everything()
    tally, _report = load(*rows, batch_rows=2)
    assert (tally.new, tally.changed, tally.unchanged) == (0, 0, 4)
    assert everything() == before
    assert len(session.scalars(select(ImportRun)).all()) == 1


def test_a_changed_row_is_updated_and_announced(load, session, row, add_firm, vendor_called):
    firm = add_firm("Zorvex Forge")
    load(row(1), row(2))
    before = len(session.scalars(select(FirmChange)).all())
    other = "Quillmark Optics Inc."
    tally, _report = load(row(1, value_cad="5.00"), row(2, vendor=other))
    assert (tally.new, tally.changed) == (0, 2)
    first, second = session.scalars(select(Contract).order_by(Contract.id))
    session.refresh(first)
    session.refresh(second)
    assert first.value_cad == 5 and second.vendor_id == vendor_called(other).id
    changes = session.scalars(select(FirmChange.firm_id).order_by(FirmChange.seq)).all()
    assert changes[before:] == [firm.id]


def test_the_same_key_with_other_content(load, row, read_report):
    tally, report = load(row(1), row(1, value_cad="5.00"))
    assert (tally.new, report.refused) == (1, 1)
    assert "Line 2 has the same key" in read_report()[0]["Reason"]


def test_the_command(run_cadence, session, row, write_contracts, add_firm):
    add_firm("Zorvex Forge")
    path = write_contracts(row(1), row(2, vendor_key=""), row(3, vendor="Quillmark Optics Inc."))
    done = run_cadence("import", "contracts", path, "--format", "dnd")
    assert done.exit_code == ROWS_REFUSED
    assert "New: 2. Changed: 0. Unchanged: 0. Refused: 1. Warnings: 0." in done.output
    assert "Suppliers: 1 attached to a firm, 0 waiting for a person, 1 without" in done.output


def test_a_missing_column_stops_at_once(run_cadence, write_csv, everything):
    before = everything()
    path = write_csv([["source_id", "vendor_name"], ["1", "A"]])
    done = run_cadence("import", "contracts", path, "--format", "dnd")
    assert done.exit_code == FILE_REFUSED and "“vendor_key” is missing" in done.output
    assert everything() == before
