"""Inputs that other registered firms make: counted once, and only as far as the reader may know."""

import datetime as dt
from collections import OrderedDict
from decimal import Decimal

import pytest
from sqlalchemy import event

from matching.capacity import Step, cover
from registry.coverage import plan
from registry.coverage.network import read_network
from registry.coverage.service import output_in
from registry.coverage.words import assumptions
from registry.visibility.readers import OPERATOR, Scope, Standing
from registry.visibility.table import Reader
from tests.registry.coverage.conftest import takes

DAY = dt.date(2026, 11, 25)
SHELLS, FUZES, FILL = "AMM-01", "AMM-03", "AMM-10"
LATER = dt.date(2099, 1, 1)


def output(session, code=SHELLS, standing=OPERATOR):
    return output_in(read_network(session, standing, code, DAY), Step.CURRENT)


def by_12(found):
    return float(found.plan.base[12])


def counted(found):
    return {line.facts.seen.line.product_en: float(line.counted[12]) for line in found.lines}


def test_a_line_makes_no_more_than_its_supplier_sends(session, make):
    """1,000 a month, fuzes 600 a month and 1,200 in stock: 12 x 600 + 1,200 = 8,400 by month 12."""
    fuzes = make("Fuzes", FUZES, 600, unit="each")
    make("Shells", SHELLS, 1000, takes(fuzes, FUZES, stock_units=Decimal(1200)))
    found = output(session)
    assert by_12(found) == pytest.approx(8400)
    (supply,) = found.supplies(12)
    assert (supply.facts.seen.line.product_en, supply.units) == ("Fuzes", pytest.approx(7200))
    first = found.held_back(12)[0]
    assert (first.facts.seen.line, first.item) == (fuzes, None)
    assert first.bound.a_month == pytest.approx(12)  # one more fuze a month is 12 shells more


def test_what_two_lines_need_is_counted_once(session, make):
    """Each alone could have all fuzes; together they have them once."""
    fuzes = make("Fuzes", FUZES, 600, unit="each")
    make("One", SHELLS, 600, takes(fuzes, FUZES))
    make("Two", SHELLS, 500, takes(fuzes, FUZES))
    found = output(session)
    assert [float(line.base[12]) for line in found.lines] == pytest.approx([7200, 6000])
    assert by_12(found) == pytest.approx(7200)


def test_units_of_an_input_convert(session, make):
    """10 kg of fill for each shell, of 3 tonnes a month: 300 shells a month."""
    fill = make("Fill", FILL, 3, unit="tonne")
    make("Shells", SHELLS, 1000, takes(fill, FILL, "0.01", unit="tonne"))
    found = output(session)
    assert by_12(found) == pytest.approx(3600)
    assert found.supplies(12)[0].units == pytest.approx(36)  # tonnes again
    assert found.held_back(12)[0].bound.a_month == pytest.approx(1200)  # for one more tonne


def test_tonnes_of_a_need_are_tonnes(session, make):
    make("Fill", FILL, 3, unit="tonne")
    found = output(session, FILL)
    assert by_12(found) == pytest.approx(36)
    assert found.held_back(12)[0].bound.a_month == pytest.approx(12)


def test_a_body_that_goes_into_a_shell_is_no_second_shell(session, make):
    bodies = make("Bodies", SHELLS, 500)
    make("Shells", SHELLS, 400, takes(bodies, SHELLS, unit="round")).evidence = "documented"
    session.flush()
    found = output(session)
    assert by_12(found) == pytest.approx(6000)
    assert counted(found) == pytest.approx({"Bodies": 1200, "Shells": 4800})


def test_suppliers_of_suppliers_are_followed(session, make):
    boards = make("Boards", "MAT-07", 100, unit="each")
    fuzes = make("Fuzes", FUZES, 600, takes(boards, "MAT-07"), unit="each")
    make("Shells", SHELLS, 1000, takes(fuzes, FUZES))
    assert by_12(output(session)) == pytest.approx(1200)


def test_whoever_would_supply_itself_is_taken_at_its_word(session, make):
    """A circle: neither is led to the other's line, and no figure of theirs is lost."""
    fuzes = make("Fuzes", FUZES, 600, unit="each")
    shells = make("Shells", SHELLS, 1000, takes(fuzes, FUZES))
    fuzes.inputs.append(takes(shells, SHELLS, unit="round"))
    session.flush()
    assert by_12(output(session)) == pytest.approx(12_000)


STATED = {"supplier_rate_per_month": Decimal(300), "lead_time_weeks": Decimal(0)}


@pytest.mark.parametrize(
    ("listed", "scope", "units"),
    [
        ("listed", Scope(LATER, everything=True), 7200),
        ("withdrawn", Scope(LATER, everything=True), 3600),
        ("listed", Scope(LATER, category=SHELLS), 3600),
    ],
    ids=["all", "withdrawn", "one-category"],
)
def test_a_supplier_that_is_not_for_the_reader_counts_as_its_buyer_states_it(
    session, make, listed, scope, units
):
    fuzes = make("Fuzes", FUZES, 600, unit="each", listed=listed)
    make("Shells", SHELLS, 1000, takes(fuzes, FUZES, **STATED))
    found = output(session, standing=Standing(Reader.OFFICIAL, scopes=(scope,)))
    assert by_12(found) == pytest.approx(units)
    assert [one.line for one in found.reached] == ([fuzes] if units == 7200 else [])


def test_a_supplier_without_a_line_of_the_category_counts_as_its_buyer_states_it(session, make):
    other = make("Boards", "MAT-07", 600, unit="each")
    make("Shells", SHELLS, 1000, takes(other, FUZES, **STATED))
    assert by_12(output(session)) == pytest.approx(3600)


def test_a_firm_sees_its_own_lines_and_their_statements_alone(session, make):
    fuzes = make("Fuzes", FUZES, 600, unit="each")
    shells = make("Shells", SHELLS, 1000, takes(fuzes, FUZES, **STATED))
    make("Others", SHELLS, 1000)
    own = Standing(Reader.OTHER_FIRM, firms=frozenset({shells.firm_id}))
    found = output(session, standing=own)
    assert by_12(found) == pytest.approx(3600) and counted(found) == {"Shells": 3600}


def test_more_lines_take_no_more_queries(session, make):
    def queries():
        sent = []
        note = lambda *args: sent.append(args[2])  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", note)
        session.expire_all()
        output(session)
        event.remove(session.get_bind(), "before_cursor_execute", note)
        return len(sent)

    fuzes = make("Fuzes", FUZES, 600, unit="each")
    make("Shells", SHELLS, 1000, takes(fuzes, FUZES))
    before = queries()
    for place in range(5):
        more = make(f"Fuzes {place}", FUZES, 600, unit="each")
        make(f"Shells {place}", SHELLS, 1000, takes(more, FUZES))
    assert queries() == before


def test_the_same_facts_are_not_asked_twice(session, make, monkeypatch):
    asked = []

    def counting(scenario, case, every):
        asked.append(case)
        return cover(scenario, case, every)

    monkeypatch.setattr(plan, "cover", counting)
    monkeypatch.setattr(plan, "_answers", OrderedDict())
    fuzes = make("Fuzes", FUZES, 613, unit="each")
    line = make("Shells", SHELLS, 1000, takes(fuzes, FUZES))
    first, again = output(session), output(session)
    assert len(asked) == 3  # cases, "nothing signed" being the likely one here; no second time
    assert list(first.plan.base) == list(again.plan.base)
    line.current_rate_per_month = 1001
    session.flush()
    output(session)
    assert len(asked) == 6


def test_a_reader_who_may_know_less_is_not_answered_from_what_is_kept(session, make):
    fuzes = make("Fuzes", FUZES, 600, unit="each")
    make("Shells", SHELLS, 1000, takes(fuzes, FUZES, **STATED))
    assert by_12(output(session)) == pytest.approx(7200)
    less = Standing(Reader.OFFICIAL, scopes=(Scope(LATER, category=SHELLS),))
    assert by_12(output(session, standing=less)) == pytest.approx(3600)


def test_many_lines_are_balanced_more_rarely_and_it_is_said(app, session, make, monkeypatch):
    fuzes = make("Fuzes", FUZES, 600, unit="each")
    make("Shells", SHELLS, 1000, takes(fuzes, FUZES))
    exact = output(session)
    monkeypatch.setattr(plan, "BALANCED", ((2, 3), (0, 1)))
    rarely = output(session)
    assert by_12(rarely) == pytest.approx(by_12(exact))  # rates are flat, so nothing is lost
    with app.test_request_context("/en/"):
        assert any("every 3 months" in one for one in assumptions(rarely))
        monkeypatch.undo()
        assert not any("every 3 months" in one for one in assumptions(exact))
