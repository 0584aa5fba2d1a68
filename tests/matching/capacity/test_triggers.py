"""What a contract opens, adds and costs: example T1 to the unit."""

from dataclasses import replace

import pytest

from matching.capacity import (
    Case,
    Contract,
    FigureMissing,
    Step,
    Trigger,
    UnitsDiffer,
    cost,
    cover,
    effect,
    opens,
    unlocks,
)  # fmt: skip
from tests.matching.capacity.build import exactly, l1, make_need, make_offer, make_scenario

INVEST = Trigger(order=40_000, term=24, capital=exactly(9e6), jobs=exactly(35))
LINE = l1(surge_trigger=INVEST)


def order(quantity: float, **facts: object) -> Contract:
    return make_offer("L1", 12e6, **{"quantity": quantity, "term": 24, **facts})


@pytest.mark.parametrize(
    ("quantity", "step", "more"), [(30_000, Step.RATED, 42_000), (40_000, Step.SURGE, 66_000)]
)
def test_t1(quantity: float, step: Step, more: float) -> None:
    found = effect(LINE, order(quantity), (6, 12, 24))
    assert found.step is step
    assert found.added[-1] == (24, pytest.approx(more))
    assert found.cost_per_added_unit == pytest.approx(12e6 / more)
    assert found.first_added == 1


def test_t1_through_a_scenario() -> None:
    """What a signed contract adds is what coverage then delivers."""
    needs = [make_need("x", (24, 100_000))]
    delivered = [
        cover(make_scenario(24, needs, [LINE], signed=signed)).dates[0].delivered
        for signed in ((), (order(30_000),), (order(40_000),))
    ]
    assert delivered == pytest.approx([18_000, 60_000, 84_000])


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"term": 23}, Step.RATED),
        ({"term": 23, "capital_share": 1.0}, Step.SURGE),
        ({"quantity": 39_999}, Step.RATED),
    ],
)
def test_both_order_and_term_must_be_large_enough(facts: dict[str, float], step: Step) -> None:
    assert opens(LINE, order(**{"quantity": 40_000, **facts})) is step


def test_capital_paid_otherwise_needs_no_order() -> None:
    paid = l1(surge_trigger=replace(INVEST, paid=True))
    needs = [make_need("x", (24, 100_000))]
    assert cover(make_scenario(24, needs, [paid])).dates[0].delivered == pytest.approx(84_000)
    assert effect(paid, order(1), (24,)).added == ((24, 0.0),)
    assert effect(paid, order(1), (24,)).first_added is None


def test_without_a_rule_no_order_justifies_the_investment() -> None:
    assert opens(l1(), order(1e9)) is Step.RATED


def test_an_order_in_another_unit() -> None:
    line = l1(unit="kg", surge_trigger=INVEST)
    assert opens(line, order(40, unit="tonne")) is Step.SURGE
    with pytest.raises(UnitsDiffer):
        opens(line, order(40, unit="round"))


def test_price_is_spread_and_capital_is_paid_first() -> None:
    found = cost(LINE, order(40_000, start=6, capital_share=0.5))
    assert found.yearly == pytest.approx((3e6 + 4.5e6, 6e6, 3e6))
    assert found.total == pytest.approx(16.5e6)
    assert sum(found.yearly) == pytest.approx(found.total)


def test_a_cost_that_cannot_be_told_is_not_zero() -> None:
    with pytest.raises(FigureMissing, match="price-not-stated"):
        cost(LINE, replace(order(1), price=None))
    assert effect(LINE, replace(order(40_000), price=None), (24,)).cost_per_added_unit is None
    unstated = l1(surge_trigger=replace(INVEST, capital=None))
    with pytest.raises(FigureMissing, match="capital-not-stated"):
        cost(unstated, order(40_000, capital_share=0.5))


def test_jobs_are_those_of_the_opened_steps() -> None:
    assert effect(LINE, order(40_000), (24,)).jobs == 35
    assert effect(LINE, order(30_000), (24,)).jobs is None


def test_added_units_in_the_low_case_come_late() -> None:
    found = effect(LINE, order(30_000), (6, 24), Case.LOW)
    assert found.added == ((6, 0.0), (24, pytest.approx(36_000)))
    assert found.first_added == 7


def test_unlocks_list_both_steps() -> None:
    plant, investment = unlocks(LINE)
    assert (plant.adds_per_month, plant.months, plant.trigger) == (2_000, 6, None)
    assert (investment.adds_per_month, investment.months) == (2_000, 18)
    assert investment.dollars_per_monthly_unit == 4_500
    assert unlocks(l1(surge=None, to_surge=None))[1].adds_per_month is None
