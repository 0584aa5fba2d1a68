"""The one table: its tiers, what it never allows, and the page that is written from it."""

import datetime as dt
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from registry.capabilities.lines import FIELDS, INPUT_FIELDS
from registry.capabilities.models import ProductionLine
from registry.demo.service import load_demo
from registry.schema import metadata
from registry.visibility.columns import COLUMNS, FIELD_OF, KEYS, may_read, only_seen
from registry.visibility.readers import OPERATOR, Scope, Standing, reader_of
from registry.visibility.table import TABLE, Field, Purpose, Reader, may_see

ROOT = Path(__file__).parents[3]
DAY = dt.date(2030, 1, 1)
CONFIDENTIAL = (Field.LINE_RATES, Field.LINE_COMMERCIAL, Field.LINE_INPUTS)
OUTSIDERS = (Reader.VISITOR, Reader.OTHER_FIRM)
PUBLIC = {
    Field.IDENTITY, Field.OWNERSHIP, Field.CAPABILITY, Field.AWARD, Field.CERTIFICATE,
    Field.LINE, Field.RANKING,
}  # fmt: skip


def test_every_field_has_its_row():
    assert set(TABLE) == set(Field)


def test_what_has_no_row_is_seen_by_no_one(monkeypatch):
    monkeypatch.delitem(TABLE, Field.IDENTITY)
    assert not any(may_see(r, Field.IDENTITY, p) for r in Reader for p in Purpose)
    monkeypatch.setitem(TABLE, Field.LINE, {})
    assert not any(may_see(r, Field.LINE, p) for r in Reader for p in Purpose)


@pytest.mark.parametrize("reader", OUTSIDERS)
def test_outsiders_see_what_is_public_and_no_more(reader):
    for purpose in set(Purpose) - {Purpose.AGGREGATE}:
        assert {field for field in Field if may_see(reader, field, purpose)} == PUBLIC


@pytest.mark.parametrize("field", CONFIDENTIAL)
def test_what_firms_give_in_confidence_is_for_them_and_those_named(field):
    for purpose in (Purpose.PAGE, Purpose.MATCH, Purpose.EXPORT):
        readers = {reader for reader in Reader if may_see(reader, field, purpose)}
        assert readers == {
            Reader.OWN_FIRM, Reader.NAMED_OFFICIAL, Reader.AUDITOR, Reader.ADMINISTRATOR,
        }  # fmt: skip


def test_nothing_but_what_is_public_goes_into_mails_and_logs():
    for purpose in (Purpose.MAIL, Purpose.LOG):
        for reader in Reader:
            assert {field for field in Field if may_see(reader, field, purpose)} == PUBLIC


def test_a_certificate_number_is_never_published():
    for purpose in set(Purpose) - {Purpose.PAGE}:
        assert not any(may_see(reader, Field.CERTIFICATE_NUMBER, purpose) for reader in Reader)


def test_need_to_know_only_adds():
    for field in Field:
        for purpose in Purpose:
            if may_see(Reader.OFFICIAL, field, purpose):
                assert may_see(Reader.NAMED_OFFICIAL, field, purpose)


def test_what_may_be_exported_or_searched_may_be_read():
    for field in Field:
        for reader in Reader:
            for purpose in (Purpose.EXPORT, Purpose.MATCH):
                assert not may_see(reader, field, purpose) or may_see(reader, field)


def test_the_page_is_true():
    """docs/visibility.md is what `python docs/write_visibility.py` writes today."""
    spec = spec_from_file_location("write_visibility", ROOT / "docs" / "write_visibility.py")
    write = module_from_spec(spec)
    spec.loader.exec_module(write)
    assert write.PAGE.read_text(encoding="utf-8") == write.page()


# Columns


@pytest.mark.parametrize("table", [name for name in COLUMNS if name in metadata.tables])
def test_every_column_says_which_field_it_holds(table):
    silent = {
        column.name
        for column in metadata.tables[table].columns
        if column.name not in KEYS and (table, column.name) not in FIELD_OF
    }
    assert not silent, f"add the columns {silent} of {table} to COLUMNS in visibility/columns.py"


def test_forms_and_spreadsheets_call_a_field_what_the_table_calls_it():
    """Who types a figure is told who will see it."""
    for field in (*FIELDS, *INPUT_FIELDS):
        table = "line_inputs" if field in INPUT_FIELDS else "production_lines"
        if (table, field.name) in FIELD_OF:
            assert field.seen == FIELD_OF[table, field.name], field.name


def test_a_column_that_says_nothing_is_read_by_no_one():
    assert not any(may_read(reader, "production_lines", "new_figure") for reader in Reader)
    assert not may_read(Reader.ADMINISTRATOR, "firms", "secret")


@pytest.mark.parametrize("reader", Reader)
def test_a_hidden_column_is_not_read_and_raises_when_touched(app, session, reader):
    load_demo(session)
    session.commit()
    with Session(session.get_bind()) as fresh:
        line = fresh.scalars(select(ProductionLine).options(*only_seen(ProductionLine, reader)))
        line = line.first()
        for attribute in inspect(ProductionLine).column_attrs:
            column = attribute.key
            if may_read(reader, "production_lines", column):
                getattr(line, column)
            else:
                with pytest.raises(InvalidRequestError):
                    getattr(line, column)


# Readers


class Someone:
    def __init__(self, *roles, is_authenticated=True):
        self.roles, self.is_authenticated = roles, is_authenticated

    def has_role(self, role):
        return role in self.roles


@pytest.mark.parametrize(
    ("person", "own", "reader"),
    [
        (Someone(is_authenticated=False), False, Reader.VISITOR),
        (Someone(is_authenticated=False), True, Reader.VISITOR),
        (Someone(), False, Reader.OTHER_FIRM),
        (Someone("firm"), False, Reader.OTHER_FIRM),
        (Someone("firm"), True, Reader.OWN_FIRM),
        (Someone("official"), False, Reader.OFFICIAL),
        (Someone("official"), True, Reader.OWN_FIRM),
        (Someone("auditor"), False, Reader.AUDITOR),
        (Someone("official", "auditor"), False, Reader.AUDITOR),
        (Someone("administrator", "official"), True, Reader.ADMINISTRATOR),
    ],
)
def test_the_widest_relation_holds(person, own, reader):
    assert reader_of(person, own) is reader


def test_standing_differs_from_firm_to_firm():
    member = Standing(Reader.OTHER_FIRM, frozenset({1}))
    assert (member.to(1), member.to(2)) == (Reader.OWN_FIRM, Reader.OTHER_FIRM)
    assert member.to(None) is Reader.OTHER_FIRM
    assert OPERATOR.to(1, "AMM-01") is Reader.ADMINISTRATOR


@pytest.mark.parametrize(
    ("scope", "named"),
    [
        ({"everything": True}, {(1, "AMM-01"), (1, "AIR-01"), (2, "AMM-01"), (2, "AIR-01")}),
        ({"category": "AMM-01"}, {(1, "AMM-01"), (2, "AMM-01")}),
        ({"firm_id": 1}, {(1, "AMM-01"), (1, "AIR-01")}),
        ({}, set()),
    ],
)
def test_need_to_know_names_an_official_within_its_scope(scope, named):
    official = Standing(Reader.OFFICIAL, scopes=(Scope(DAY, **scope),))
    places = {(firm, category) for firm in (1, 2) for category in ("AMM-01", "AIR-01")}
    assert {place for place in places if official.to(*place) is Reader.NAMED_OFFICIAL} == named
    assert {place for place in places if official.need_to_know(*place) == DAY} == named
    # It makes nothing of anyone else, however it came to be there.
    firm = Standing(Reader.OTHER_FIRM, scopes=official.scopes)
    assert {firm.to(*place) for place in places} == {Reader.OTHER_FIRM}


def test_a_scope_without_a_subject_does_not_cover_what_has_none():
    assert not Scope(DAY).covers(None, None)
    assert not Scope(DAY, category="AMM-01").covers(None, None)


def test_the_grant_that_lasts_longest_is_told():
    scopes = (Scope(DAY, firm_id=1), Scope(DAY.replace(year=2031), everything=True))
    assert Standing(Reader.OFFICIAL, scopes=scopes).need_to_know(1).year == 2031
