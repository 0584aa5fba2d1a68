"""Rows to the planner's facts: unknown stays unknown, low is what the low case must reckon with."""

import datetime as dt
from decimal import Decimal

import pytest

from matching.capacity import Case, Range, Step, Trigger, opens
from matching.capacity import Contract as Order
from registry.capabilities.models import LineInput, ProductionLine
from registry.capabilities.seen import SeenLine
from registry.coverage.lines import read_lines
from registry.coverage.service import chain_in
from registry.visibility.table import Reader

DAY = dt.date(2026, 11, 25)


def a_line(**stated):
    stated = {"unit": "round", "category_code": "AMM-01", "evidence": "declared", **stated}
    return ProductionLine(id=7, firm_id=3, product_en="Shells", **stated)


def seen(line):
    rates = tuple(getattr(line, f"{s}_rate_per_month") for s in ("current", "rated", "surge"))
    return SeenLine(line, Reader.OWN_FIRM, rates=rates)


def facts_of(**stated):
    (facts,), left_out = read_lines([seen(a_line(**stated))], DAY)
    assert not left_out
    return facts


def test_nothing_stated_is_nothing_known():
    line = facts_of().line
    unknown = ("current", "rated", "surge", "to_rated", "to_surge", "committed", "committed_until")
    assert [getattr(line, name) for name in unknown] == [None] * len(unknown)
    assert (line.rated_trigger, line.surge_trigger, line.as_of) == (None, None, None)


def test_a_rate_has_its_range_and_a_delay_is_exact():
    line = facts_of(
        current_rate_per_month=Decimal(1000),
        current_rate_low_per_month=Decimal(800),
        months_to_rated=Decimal("6.5"),
    ).line
    assert line.current == Range(800, 1000, 1000)
    assert line.to_rated == Range.exactly(6.5)


def test_what_is_sold_is_a_share_of_the_rate_now():
    line = facts_of(
        current_rate_per_month=Decimal(1000),
        current_rate_low_per_month=Decimal(800),
        committed_share=Decimal("0.6"),
        committed_until=dt.date(2027, 11, 25),
    ).line
    assert line.committed == Range.exactly(600)
    assert line.committed_until.base == pytest.approx(12)


def test_a_share_of_an_unknown_rate_is_unknown():
    assert facts_of(committed_share=Decimal("0.6")).line.committed is None


def test_what_ended_is_no_commitment_any_more():
    line = facts_of(committed_until=dt.date(2020, 1, 1)).line
    assert line.committed_until == Range.exactly(0)


def test_the_low_case_reckons_with_the_highest_capital():
    trigger = facts_of(capital_low_cad=12, capital_high_cad=15).line.surge_trigger
    assert trigger.capital == Range(15, 13.5, 12)


def test_no_order_opens_an_investment_whose_order_was_not_stated():
    line = facts_of(
        capital_low_cad=12, smallest_order_units=Decimal(100), smallest_term_months=Decimal(18)
    ).line
    assert line.rated_trigger == Trigger(100, 18)
    assert opens(line, Order("c", "7", 1e9, "round", 60)) is Step.RATED
    assert opens(line, Order("c", "7", 1, "round", 1, capital_share=1)) is Step.SURGE


def an_input(number, **stated):
    return LineInput(id=number, name_en="Fuze", **stated)


def test_inputs_bind_with_what_their_supply_states():
    """1,500 a month, fuzes 1,200 a month from day 0 and 3,000 in stock: example C1 of capacity."""
    fuze = an_input(
        1, unit="each", units_per_unit=Decimal(1), supplier_rate_per_month=Decimal(1200),
        lead_time_weeks=Decimal(0), stock_units=Decimal(3000),
    )  # fmt: skip
    facts = facts_of(
        current_rate_per_month=Decimal(1500), committed_share=Decimal(0), inputs=[fuze]
    )
    chain = chain_in(facts, Step.CURRENT, Case.BASE)
    assert chain.output[11] == pytest.approx(17_400)
    assert chain.bounds[1].by == "input:1" and chain.bounds[1].first == 11
    assert facts.items["input:1"] is fuze and not facts.unsure


def test_an_input_of_unknown_supply_binds_the_low_case_alone():
    fuze = an_input(1, units_per_unit=Decimal(2), stock_days=Decimal(365))
    facts = facts_of(current_rate_per_month=Decimal(10), committed_share=Decimal(0), inputs=[fuze])
    by_case = {case: chain_in(facts, Step.CURRENT, case).output[23] for case in Case}
    assert by_case == pytest.approx({Case.LOW: 120, Case.BASE: 240, Case.HIGH: 240})
    assert facts.unsure == (fuze,)


def test_an_input_that_takes_nothing_is_skipped_and_an_unknown_ratio_is_said():
    none, unknown = an_input(1, units_per_unit=Decimal(0)), an_input(2)
    facts = facts_of(inputs=[none, unknown])
    assert facts.line.inputs == () and facts.unsure == (unknown,)


def test_a_contradiction_leaves_out_its_line_alone():
    wrong = a_line(current_rate_per_month=Decimal(9), rated_rate_per_month=Decimal(3))
    good = a_line(current_rate_per_month=Decimal(9))
    read, left_out = read_lines([seen(wrong), seen(good)], DAY)
    assert [facts.seen.line for facts in read] == [good]
    assert [(one.seen.line, one.code) for one in left_out] == [(wrong, "steps-out-of-order")]


def test_figures_that_the_reader_may_not_see_are_not_read():
    assert read_lines([SeenLine(a_line(), Reader.OFFICIAL, bands=(3, None, None))], DAY) == ([], [])
