"""One portfolio for several scenarios of need: by hand, and against every subset of contracts."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.capacity import Contract, Contradiction, Limits, Loss, Scenario, choose, cover
from matching.capacity.portfolio import choose_for
from tests.matching.capacity.build import make_need, make_offer, make_scenario, p1, plant
from tests.matching.capacity.test_portfolio import EXACT, keeps, losses, offered


def with_needs(scenario: Scenario, *needs: tuple[str, str, float]) -> Scenario:
    """The scenario with (key, item, wanted by month 10) needs instead."""
    made = tuple(make_need(key, (10, wanted), item=item) for key, item, wanted in needs)
    return replace(scenario, needs=made)


@pytest.mark.parametrize("budget", [4.0, 9.0, 10.0, 15.0])
def test_one_scenario_is_todays_answer(budget: float) -> None:
    scenario, offers = p1()
    limits = Limits(budget=budget, survive=0.0)
    alone = choose(scenario, offers, limits, effort=EXACT)
    same = choose_for([(scenario, 3.0)], offers, limits, effort=EXACT)
    assert replace(same, seconds=0) == replace(alone, seconds=0)


@pytest.mark.parametrize("budget", [4.0, 9.0, 10.0, 15.0])
def test_two_equal_scenarios_sign_the_same_contracts(budget: float) -> None:
    scenario, offers = p1()
    again = replace(scenario, needs=tuple(replace(one, key="again") for one in scenario.needs))
    alone = choose(scenario, offers, Limits(budget=budget), effort=EXACT)
    both = choose_for([(scenario, 1.0), (again, 2.0)], offers, Limits(budget=budget), effort=EXACT)
    assert both.plan.contracts == alone.plan.contracts
    assert both.plan.coverage == pytest.approx(alone.plan.coverage)
    assert [one.order for one in both.choices] == [one.order for one in alone.choices]
    losses_of = [[one.reason.loss for one in found.choices] for found in (both, alone)]
    assert losses_of[0] == pytest.approx(losses_of[1])


def two_plants() -> tuple[Scenario, tuple[Contract, ...]]:
    """A makes 100 of X, B 100 of Y, and the money is for one of them."""
    scenario = make_scenario(
        10, [make_need("x", (10, 1))], [plant("A", "X", 100), plant("B", "Y", 100)]
    )
    return scenario, (make_offer("A", 5), make_offer("B", 5))


@pytest.mark.parametrize(
    ("weights", "signed", "coverage"),
    [((1.0, 1.0), "A", 0.75), ((1.0, 3.0), "B", 0.75), ((1.0, 2.0), "B", 2 / 3)],
)
def test_weights_decide_between_scenarios(
    weights: tuple[float, float], signed: str, coverage: float
) -> None:
    """Base wants 100 of X; high 100 of X and 100 of Y, or of Y alone where Y weighs more.

    A covers all of base and half of high: (1 + 0.5) / 2. B covers none of base and all of high
    where that wants Y alone: 3/4 at a weight of 3 to 1, 2/3 at 2 to 1.
    """
    scenario, offers = two_plants()
    base = with_needs(scenario, ("x", "X", 100))
    wanted = [("hx", "X", 100), ("hy", "Y", 100)] if signed == "A" else [("hy", "Y", 100)]
    high = with_needs(scenario, *wanted)
    found = choose_for(
        list(zip((base, high), weights, strict=True)), offers, Limits(budget=5), effort=EXACT
    )
    assert found.plan.contracts == (signed,)
    assert found.plan.coverage == pytest.approx(coverage)
    assert found.bound == pytest.approx(coverage)


def test_the_worst_loss_is_of_the_weighted_mean() -> None:
    scenario, offers = two_plants()
    base, high = with_needs(scenario, ("x", "X", 100)), with_needs(scenario, ("y", "Y", 100))
    asked = [(base, 3.0), (high, 1.0)]
    found = choose_for(asked, offers, Limits(survive=0.2), effort=EXACT)
    assert found.plan.contracts == ("A", "B")
    assert found.kept == (Loss("firm", "firm-A"), pytest.approx(0.25))
    assert {one.contract: one.reason.meets for one in found.choices} == {"A": ("x",), "B": ("y",)}


def test_scenarios_differ_in_their_needs_alone() -> None:
    scenario, offers = two_plants()
    with pytest.raises(Contradiction, match="scenarios-differ"):
        choose_for([(scenario, 1), (replace(scenario, months=11), 1)], offers, Limits())
    with pytest.raises(Contradiction, match="named-twice"):
        choose_for([(scenario, 1), (scenario, 1)], offers, Limits())
    with pytest.raises(Contradiction, match="weight-not-positive"):
        choose_for([(scenario, 0.0)], offers, Limits())


@settings(max_examples=12, deadline=None)
@given(offered(), st.integers(1, 4), st.integers(20, 200))
def test_no_subset_of_contracts_covers_more_of_both(
    offer: tuple[Scenario, tuple[Contract, ...], Limits], weight: int, wanted: int
) -> None:
    scenario, offers, given_limits = offer
    limits = replace(given_limits, required=None)
    high = with_needs(scenario, ("high-x", "X", wanted), ("high-y", "Y", 90))

    def covered(one: Scenario, other: Scenario) -> float:
        return (cover(one).share + weight * cover(other).share) / (1 + weight)

    def kept(signed: tuple[Contract, ...]) -> float:
        pair = (losses(replace(one, signed=signed)) for one in (scenario, high))
        return min(covered(*both) for both in zip(*pair, strict=True))

    subsets = [s for size in range(len(offers) + 1) for s in combinations(offers, size)]
    money = replace(limits, survive=None)
    possible = [
        signed
        for signed in subsets
        if keeps(scenario, signed, money)
        and (limits.survive is None or kept(signed) >= limits.survive - 1e-6)
    ]
    found = choose_for([(scenario, 1.0), (high, float(weight))], offers, limits, effort=EXACT)
    if not possible:
        assert not found.plan.contracts and found.bound is None
        return
    best = max(
        covered(replace(scenario, signed=signed), replace(high, signed=signed))
        for signed in possible
    )
    assert found.plan.coverage == pytest.approx(best, abs=1e-5)
