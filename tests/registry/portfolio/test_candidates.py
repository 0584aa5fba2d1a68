"""Contracts from what lines state: each step by its own trigger, nothing guessed but where said."""

import datetime as dt
from decimal import Decimal

import pytest

from registry.capabilities.models import ProductionLine
from registry.capabilities.seen import SeenLine
from registry.coverage.lines import read_lines
from registry.portfolio.candidates import candidates_of
from registry.portfolio.facts import limits_of
from registry.portfolio.forms import blank_document, typed_of
from registry.visibility.table import Reader

DAY = dt.date(2026, 11, 25)
PLANT = {"rated_rate_per_month": Decimal(3000), "months_to_rated": Decimal(6)}
INVESTMENT = {"surge_rate_per_month": Decimal(5000), "months_to_surge": Decimal(18)}


def facts_of(**stated):
    stated = {"unit": "round", "category_code": "AMM-01", "evidence": "declared", **stated}
    row = ProductionLine(id=7, firm_id=3, product_en="Shells", **stated)
    rates = tuple(getattr(row, f"{s}_rate_per_month") for s in ("current", "rated", "surge"))
    read, left_out = read_lines([SeenLine(row, Reader.NAMED_OFFICIAL, rates=rates)], DAY)
    assert not left_out
    return read


def offered(edits=None, **stated):
    return {one.option: one for one in candidates_of(facts_of(**stated), edits or {})}


def test_a_line_that_states_no_step_offers_nothing():
    assert offered(current_rate_per_month=Decimal(1000)) == {}


def test_the_smallest_order_opens_the_existing_plant():
    (one,) = offered(
        **PLANT,
        smallest_order_units=Decimal(27_900),
        smallest_term_months=Decimal("17.5"),
        unit_price_low_cad=Decimal(4200),
        unit_price_high_cad=Decimal(6100),
    ).values()
    assert (one.key, one.quantity, one.term, one.capital_share) == ("7-rated", 27_900, 18, 0)
    contract = one.contract()
    assert (contract.price, contract.unit, contract.start) == (27_900 * 5150, "round", 0)


def test_what_is_not_stated_is_a_year_of_the_rate_over_three():
    (one,) = offered(**PLANT).values()
    assert (one.quantity, one.term, one.unit_price) == (36_000, 36, None)
    assert one.signable and not one.priced  # a price must be entered


def test_an_investment_by_its_order_and_by_its_capital():
    found = offered(
        **PLANT,
        **INVESTMENT,
        smallest_order_units=Decimal(1000),
        smallest_term_months=Decimal(12),
        investment_order_units=Decimal(40_000),
        investment_term_months=Decimal(24),
        capital_low_cad=10,
        capital_high_cad=20,
    )
    assert set(found) == {"rated", "surge", "capital"}
    assert (found["surge"].quantity, found["surge"].term) == (40_000, 24)
    assert (found["capital"].quantity, found["capital"].capital_share) == (1000, 1)


def test_an_investment_whose_order_is_not_stated_is_opened_by_capital_alone():
    found = offered(**PLANT, **INVESTMENT, capital_low_cad=10, capital_high_cad=20)
    assert set(found) == {"rated", "capital"}
    assert set(offered(**PLANT, **INVESTMENT)) == {"rated"}


def test_an_edit_counts_and_the_rest_follows_the_line():
    edits = {"7-rated": {"unit_price": 5.0, "term": 24.0, "signable": False}}
    (one,) = offered(edits, **PLANT, smallest_order_units=Decimal(100)).values()
    assert (one.unit_price, one.term, one.quantity, one.signable) == (5.0, 24, 100, False)
    assert one.edited == {"unit_price", "term", "signable"}


@pytest.mark.parametrize(
    ("yearly", "expected"),
    [([None] * 5, None), ([1.0, None, 3.0, None, None], (1.0, 0.0, 3.0, 0.0, 0.0))],
)
def test_a_blank_year_has_nothing_once_any_is_filled_in(yearly, expected):
    assert limits_of({**blank_document(DAY), "yearly": yearly}).yearly == expected


def test_coverage_is_required_only_where_cost_is_the_aim():
    document = {**blank_document(DAY), "required": 0.9, "survive": 0.2}
    assert limits_of(document).required is None
    assert limits_of({**document, "objective": "cost"}).required == 0.9
    assert limits_of(document).survive == 0.2


def test_a_blank_document_is_a_blank_form():
    text = typed_of(blank_document(DAY), lambda value: "" if value is None else str(value))
    assert text.pop("starts_on") == "2026-11-25" and text.pop("objective") == "coverage"
    assert text.pop("s0-weight") == "1" and set(text.values()) == {""}
