"""Which contracts to sign: example P1, a published program, and every subset of small ones."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.capacity import (
    Contract,
    Contradiction,
    Effort,
    FigureMissing,
    Limits,
    Loss,
    Outcome,
    Portfolio,
    Progress,
    Scenario,
    Trigger,
    choose,
    cost,
    cover,
)  # fmt: skip
from tests.matching.capacity.build import (
    make_line,
    make_need,
    make_offer,
    make_scenario,
    make_source,
    p1,
    plant,
    takes,
)  # fmt: skip

EXACT = Effort(gap=0.0, seconds=20, alternatives=0)


def chosen(limits: Limits, **effort: float) -> Portfolio:
    scenario, offers = p1()
    return choose(scenario, offers, limits, effort=replace(EXACT, **effort))


def test_p1() -> None:
    found = chosen(Limits(budget=10))
    assert found.outcome is Outcome.WITHIN_GAP
    assert (found.before, found.plan.contracts) == (0, ("A", "D"))
    assert (found.plan.coverage, found.plan.cost) == (pytest.approx(1), 10)
    assert (found.bound, found.gap) == (pytest.approx(1), pytest.approx(0, abs=1e-5))
    rules = dict(found.rules)
    assert rules["largest-surge-first"].contracts == ("A", "D")
    assert rules["largest-surge-first"].coverage == pytest.approx(1)


@pytest.mark.parametrize("gap", [0.0, 0.01])
def test_of_equal_coverage_the_cheapest_is_signed(gap: float) -> None:
    """Also where the saving is far below what a solver's tolerances tell from nothing."""
    units = {"big": 150, "mid": 60, "small": 20, "tiny": 30}
    prices = {"big": 151e6, "mid": 88e6, "small": 6e6, "tiny": 39e6}
    lines = [plant(key, "X", made) for key, made in units.items()]
    scenario = make_scenario(10, [make_need("x", (5, 40), (10, 100))], lines)
    offers = [make_offer(key, price) for key, price in prices.items()]
    found = choose(scenario, offers, Limits(budget=400e6), effort=replace(EXACT, gap=gap))
    assert found.plan.coverage == pytest.approx(1)
    assert (set(found.plan.contracts), found.plan.cost) == ({"mid", "small", "tiny"}, 133e6)


def test_nothing_on_offer_is_an_answer_too() -> None:
    scenario, _offers = p1()
    found = choose(scenario, (), Limits(budget=10), effort=EXACT)
    assert found.outcome is Outcome.WITHIN_GAP
    assert (found.plan.contracts, found.plan.coverage, found.plan.cost) == ((), 0, 0)
    assert found.bound == pytest.approx(0, abs=1e-5)
    asked = choose(scenario, (), Limits(required=0.5), effort=EXACT)
    assert (asked.outcome, [one.limit for one in asked.relaxations]) == (
        Outcome.INFEASIBLE,
        ["required"],
    )


def test_p1_with_a_budget_of_nine() -> None:
    found = chosen(Limits(budget=9), alternatives=3)
    assert found.plan.contracts == ("A",)
    assert found.plan.coverage == pytest.approx(0.6)
    assert [plan.contracts for plan in found.alternatives] == [("B", "C"), ("D",), ()]
    assert [plan.coverage for plan in found.alternatives] == pytest.approx([0.5, 0.4, 0])


def test_p1_survives_the_loss_of_any_one_firm() -> None:
    found = chosen(Limits(budget=10, survive=0.4))
    assert found.plan.contracts == ("A", "D")
    assert found.kept == (Loss("firm", "firm-A"), pytest.approx(0.4))


def test_p1_no_portfolio_keeps_more() -> None:
    found = chosen(Limits(budget=10, survive=0.41))
    assert (found.outcome, found.plan.contracts) == (Outcome.INFEASIBLE, ())
    relaxed = {one.limit: one for one in found.relaxations}
    assert relaxed["survive"].amount == pytest.approx(0.4)
    assert relaxed["survive"].contracts == ("A", "D")
    # B, C and D keep 0.4 as well; the cheapest that keep more are A with B and C.
    assert relaxed["budget"].amount == pytest.approx(5)
    assert relaxed["budget"].contracts == ("A", "B", "C")


def test_reasons_are_data() -> None:
    scenario, offers = p1()
    found = choose(scenario, offers, Limits(budget=9, firm_share=0.6), effort=EXACT)
    assert found.plan.contracts == ("B", "C")
    maker, feeder = sorted(found.choices, key=lambda choice: choice.contract)
    assert (maker.reason.code, maker.reason.meets, maker.reason.feeds) == (
        "adds-coverage", ("x",), (),
    )  # fmt: skip
    assert (feeder.reason.meets, feeder.reason.feeds) == ((), ("Z",))
    assert (feeder.reason.loss, feeder.reason.exact) == (pytest.approx(0.5), True)
    assert maker.reason.effect.added == ((10, pytest.approx(50)),)
    assert [choice.order for choice in found.choices] == [1, 2]


def test_cost_is_least_at_the_required_coverage() -> None:
    found = chosen(Limits(required=0.5))
    assert (found.plan.contracts, found.plan.cost) == (("A",), 6)
    assert found.bound == pytest.approx(6)
    assert chosen(Limits(required=0.9)).plan.contracts == ("A", "D")


def test_the_smallest_relaxation() -> None:
    found = chosen(Limits(required=0.9, budget=9))
    assert found.outcome is Outcome.INFEASIBLE
    assert (found.bound, found.gap) == (None, None)
    amounts = {one.limit: (one.amount, one.contracts) for one in found.relaxations}
    assert amounts == {
        "required": (pytest.approx(0.6), ("A",)),
        "budget": (pytest.approx(1), ("A", "D")),
    }


def test_shares_are_of_the_value_signed() -> None:
    found = chosen(Limits(required=0.5, firm_share=0.4))
    assert found.plan.contracts == ("B", "C", "D")
    found = chosen(Limits(required=0.9, firm_share=0.3))
    (share,) = (one for one in found.relaxations if one.limit == "firm_share")
    assert (share.contracts, share.amount) == (("A", "D"), pytest.approx(0.6))


def test_shares_of_regions() -> None:
    scenario, offers = p1()
    regions = {"A": "QC", "B": "ON", "C": "ON", "D": "QC"}
    lines = tuple(replace(line, region=regions[line.key]) for line in scenario.lines)
    limits = Limits(budget=15, region_share=0.65)
    found = choose(replace(scenario, lines=lines), offers, limits, effort=EXACT)
    spent = {"QC": 0.0, "ON": 0.0}
    for choice in found.choices:
        spent[regions[choice.contract]] += choice.cost
    assert max(spent.values()) <= 0.65 * sum(spent.values())
    assert found.plan.coverage == pytest.approx(1)


def test_money_is_there_only_in_its_year() -> None:
    """A pays 6 evenly over two years; B pays 8 in the first."""
    scenario = make_scenario(
        24, [make_need("x", (24, 100))], [plant("A", "X", 30), plant("B", "X", 40)]
    )
    offers = (make_offer("A", 6, term=24), make_offer("B", 8, term=12))
    for yearly, signed in (((3, 3), ("A",)), ((8, 0), ("B",)), ((11, 3), ("A", "B")), ((2,), ())):
        found = choose(scenario, offers, Limits(yearly=yearly), effort=EXACT)
        assert found.plan.contracts == signed


def test_a_line_signs_one_contract_at_most() -> None:
    scenario = make_scenario(10, [make_need("x", (10, 100))], [plant("A", "X", 30)])
    offers = tuple(make_offer("A", price, key=key) for key, price in (("cheap", 1), ("dear", 2)))
    assert choose(scenario, offers, Limits(), effort=EXACT).plan.contracts == ("cheap",)
    signed = replace(scenario, signed=offers[:1])
    with pytest.raises(Contradiction, match="line-signed"):
        choose(signed, offers, Limits())


def test_a_smallest_order_that_is_not_reached_opens_nothing() -> None:
    line = replace(plant("A", "X", 100), rated_trigger=Trigger(order=50, term=10))
    scenario = make_scenario(10, [make_need("x", (10, 100))], [line])
    offers = (
        make_offer("A", 1, quantity=49, key="small"),
        make_offer("A", 9, quantity=50, key="enough"),
    )
    assert choose(scenario, offers, Limits(budget=9), effort=EXACT).plan.contracts == ("enough",)
    assert choose(scenario, offers, Limits(budget=8), effort=EXACT).plan.contracts == ()


def test_a_price_that_is_not_stated_cannot_be_optimised() -> None:
    scenario, offers = p1()
    with pytest.raises(FigureMissing):
        choose(scenario, (replace(offers[0], price=None), *offers[1:]), Limits())


def test_losing_an_outside_source() -> None:
    """One line on two sources survives either; one on a single source does not."""
    lines = [plant("A", "X", 100, takes("p")), plant("B", "X", 100, takes("q"))]
    sources = (
        make_source("p", 10, key="p1"), make_source("p", 10, key="p2"),
        make_source("q", 10, key="q1"),
    )  # fmt: skip
    scenario = make_scenario(
        10, [make_need("x", (10, 100))], [*lines, make_line("C", 6)], sources=sources
    )
    offers = (make_offer("A", 5), make_offer("B", 3))
    assert choose(scenario, offers, Limits(), effort=EXACT).plan.contracts == ("B",)
    found = choose(scenario, offers, Limits(survive=0.6), effort=EXACT)
    assert found.plan.contracts == ("B",)  # C keeps 60 whatever becomes of B
    kept = choose(scenario, offers, Limits(survive=0.9), effort=EXACT)
    assert kept.plan.contracts == ("A", "B")


# Four plants by month 10, two of them on an input with two sources, and 100 wanted:
#   A makes 60 for 6, B 50 for 5 and C 40 for 4 of Z, D 10 for 3; Z comes 30 from the east and 50
#   from the west.
#
#   signed   dollars  covers                     worst loss
#   B, C, D  12       80 (all of Z) + 10 = 90    the west: 30 + 10 = 40
#   A, B     11       100 of 110                 A: 50
#   A, C, D  13       100 of 110                 A: 40 + 10 = 50
UNITS = {"A": (60, 6.0), "B": (50, 5.0), "C": (40, 4.0), "D": (10, 3.0)}


def on_two_sources(
    size: float = 1, ratio: float = 1, dollars: float = 1
) -> tuple[Scenario, tuple[Contract, ...]]:
    lines = [
        plant(key, "X", size * units, *((takes("Z", ratio),) if key in "BC" else ()))
        for key, (units, _price) in UNITS.items()
    ]
    each = size * ratio
    sources = (make_source("Z", 3 * each, key="east"), make_source("Z", 5 * each, key="west"))
    scenario = make_scenario(10, [make_need("x", (10, 100 * size))], lines, sources=sources)
    offers = (make_offer(key, dollars * price) for key, (_units, price) in UNITS.items())
    return scenario, tuple(offers)


def test_units_change_no_answer() -> None:
    """By the million, for hundreds of millions, on an input of which a unit takes next to none.

    The limit is so near to what can be kept that a solver's own tolerance, in dies, would hide it.
    """
    scenario, offers = on_two_sources(size=20_000, ratio=1 / 3_200_000, dollars=3e7)
    for survive, signed in ((0.399, ("B", "C", "D")), (0.401, ())):
        limits = Limits(budget=12 * 3e7, firm_share=0.5, survive=survive)
        assert choose(scenario, offers, limits, effort=EXACT).plan.contracts == signed


def test_robust_and_shared_out() -> None:
    """For 12, and no firm above half of it, only B, C and D together can be signed."""
    scenario, offers = on_two_sources()
    limits = Limits(budget=12, firm_share=0.5, survive=0.4)
    found = choose(scenario, offers, limits, effort=EXACT)
    assert (found.plan.contracts, found.plan.cost) == (("B", "C", "D"), 12)
    assert (found.plan.coverage, found.bound) == (pytest.approx(0.9), pytest.approx(0.9))
    assert found.kept == (Loss("source", "west"), pytest.approx(0.4))

    more = choose(scenario, offers, replace(limits, survive=0.5), effort=EXACT)
    assert (more.outcome, more.plan.contracts) == (Outcome.INFEASIBLE, ())
    assert {one.limit: (one.amount, one.contracts) for one in more.relaxations} == {
        "survive": (pytest.approx(0.4), ("B", "C", "D")),
        "budget": (pytest.approx(1), ("A", "C", "D")),
        "firm_share": (pytest.approx(6 / 11), ("A", "B")),
    }


def test_robust_and_shared_out_against_every_subset() -> None:
    """By hand, from the units alone: what is left of each subset after each loss."""

    def covered(signed: str, east: int = 30, west: int = 50) -> float:
        of_z = sum(UNITS[key][0] for key in signed if key in "BC")
        rest = sum(UNITS[key][0] for key in signed if key in "AD")
        return min(100, min(of_z, east + west) + rest) / 100

    def kept(signed: str) -> float:
        firms = [covered(signed.replace(key, "")) for key in signed]
        return min(*firms, covered(signed, east=0), covered(signed, west=0), 1.0)

    def spent(signed: str) -> list[float]:
        return [UNITS[key][1] for key in signed]

    scenario, offers = on_two_sources()
    subsets = ["".join(s) for size in range(5) for s in combinations("ABCD", size)]
    for budget, share, least in product((12, 18), (0.4, 0.5), (0.4, 0.5)):
        possible = [
            covered(one)
            for one in subsets
            if sum(spent(one)) <= budget
            and max(spent(one), default=0) <= share * sum(spent(one)) + 1e-9
            and kept(one) >= least
        ]
        limits = Limits(budget=budget, firm_share=share, survive=least)
        found = choose(scenario, offers, limits, effort=EXACT)
        assert (found.outcome is Outcome.INFEASIBLE) == (not possible), limits
        assert found.plan.coverage == pytest.approx(max(possible, default=0)), limits


def test_stockco() -> None:
    """Winston, Operations Research: Applications and Algorithms, section 9.2: of four investments
    costing 5, 7, 4 and 3 with 14 to spend and worth 16, 22, 12 and 8, the last three, worth 42.
    Taking the best ratio first gives 38."""
    worth, prices = (16, 22, 12, 8), (5, 7, 4, 3)
    lines = [plant(f"{number}", "X", units) for number, units in enumerate(worth, start=1)]
    offers = [make_offer(line.key, price) for line, price in zip(lines, prices, strict=True)]
    scenario = make_scenario(10, [make_need("x", (10, sum(worth)))], lines)
    found = choose(scenario, offers, Limits(budget=14), effort=EXACT)
    assert found.plan.contracts == ("2", "3", "4")
    assert found.plan.coverage * sum(worth) == pytest.approx(42)
    rules = {name: plan.coverage * sum(worth) for name, plan in found.rules}
    assert rules["cheapest-added-unit-first"] == pytest.approx(38)
    subsets = (s for size in range(5) for s in combinations(range(4), size))
    assert (
        max(
            sum(worth[at] for at in subset)
            for subset in subsets
            if sum(prices[at] for at in subset) <= 14
        )
        == 42
    )


def test_progress_is_told_and_the_search_can_be_stopped() -> None:
    scenario, offers = p1()
    told: list[Progress] = []

    def stop(progress: Progress) -> bool:
        told.append(progress)
        return False

    found = choose(scenario, offers, Limits(budget=10), effort=EXACT, watch=stop)
    assert found.outcome is Outcome.STOPPED
    assert found.plan == dict(found.rules)["largest-surge-first"]  # never worse than a plain rule
    assert (found.bound, found.alternatives) == (1.0, ())
    assert [one.phase for one in told] == ["search"]

    phases = []
    choose(scenario, offers, Limits(budget=10), watch=lambda one: not phases.append(one.phase))
    assert {"search", "reasons"} <= set(phases)


def test_the_hash_of_the_inputs() -> None:
    scenario, offers = p1()
    one = choose(scenario, offers, Limits(budget=10), effort=EXACT).fingerprint
    mixed = replace(scenario, lines=scenario.lines[::-1])
    assert choose(mixed, offers[::-1], Limits(budget=10), effort=EXACT).fingerprint == one
    assert choose(scenario, offers, Limits(budget=9), effort=EXACT).fingerprint != one


# Every subset of contracts.


@st.composite
def offered(draw: st.DrawFn) -> tuple[Scenario, tuple[Contract, ...], Limits]:
    """Up to five plants, some on a part that another makes, with every kind of limit."""
    lines, offers = [], []
    for number in range(draw(st.integers(2, 5))):
        item = draw(st.sampled_from(["X", "X", "Y", "part"]))
        inputs = (takes("part"),) if item != "part" and draw(st.booleans()) else ()
        key = f"line-{number}"
        made = plant(key, item, draw(st.integers(10, 90)), *inputs)
        firm = f"firm-{draw(st.integers(0, 3))}"
        lines.append(replace(made, firm=firm, region=draw(st.sampled_from(["QC", "ON"]))))
        offers.append(make_offer(key, draw(st.integers(1, 9)), start=draw(st.integers(0, 4))))
    needs = [make_need("x", (5, 40), (10, 150)), make_need("y", (10, 60), item="Y", priority=2)]
    maybe = st.none() | st.sampled_from([0.3, 0.5, 0.7])
    limits = Limits(
        budget=draw(st.none() | st.integers(5, 20).map(float)),
        firm_share=draw(maybe), region_share=draw(maybe),
        required=draw(st.none() | st.sampled_from([0.1, 0.3])),
        survive=draw(st.none() | st.sampled_from([0.05, 0.2])),
    )  # fmt: skip
    sources = (make_source("part", draw(st.integers(0, 3)), key="abroad"),)
    return make_scenario(10, needs, lines, sources=sources), tuple(offers), limits


def keeps(scenario: Scenario, signed: tuple[Contract, ...], limits: Limits) -> bool:
    """Whether some contracts are within limits, by the words of the limits."""
    lines = {line.key: line for line in scenario.lines}
    spent = [(cost(lines[one.line], one).total, lines[one.line]) for one in signed]
    total = sum(amount for amount, _ in spent)
    if limits.budget is not None and total > limits.budget:
        return False
    for share, name in ((limits.firm_share, "firm"), (limits.region_share, "region")):
        for value in {getattr(line, name) for _, line in spent}:
            part = sum(amount for amount, line in spent if getattr(line, name) == value)
            if share is not None and part > share * total + 1e-9:
                return False
    under = replace(scenario, signed=signed)
    if limits.required is not None and cover(under).share < limits.required - 1e-6:
        return False
    left = min(cover(lost).share for lost in losses(under))
    return limits.survive is None or left >= limits.survive - 1e-6


def losses(scenario: Scenario) -> Iterator[Scenario]:
    """The scenario with each firm, and each source, gone."""
    for firm in {line.firm for line in scenario.lines}:
        kept = tuple(line for line in scenario.lines if line.firm != firm)
        running = {line.key for line in kept}
        signed = tuple(one for one in scenario.signed if one.line in running)
        yield replace(scenario, lines=kept, signed=signed)
    yield replace(scenario, sources=(make_source("part", 0, key="none"),))


@settings(max_examples=15, deadline=None)
@given(offered())
def test_no_subset_of_contracts_is_better(
    offer: tuple[Scenario, tuple[Contract, ...], Limits],
) -> None:
    scenario, offers, limits = offer
    subsets = (s for size in range(len(offers) + 1) for s in combinations(offers, size))
    possible = [subset for subset in subsets if keeps(scenario, subset, limits)]
    found = choose(scenario, offers, limits, effort=EXACT)
    if not possible:
        assert found.outcome is Outcome.INFEASIBLE
        return
    assert found.outcome is Outcome.WITHIN_GAP
    signed = tuple(one for one in offers if one.key in found.plan.contracts)
    assert keeps(scenario, signed, limits)
    assert cover(replace(scenario, signed=signed)).share == pytest.approx(found.plan.coverage)
    if limits.required is None:
        best = max(cover(replace(scenario, signed=subset)).share for subset in possible)
        assert found.plan.coverage == pytest.approx(best, abs=1e-5)
        equal = [
            sum(one.price or 0 for one in subset)
            for subset in possible
            if cover(replace(scenario, signed=subset)).share >= best - 1e-9
        ]
        assert found.plan.cost <= min(equal) + 1e-6  # of equal coverage the cheapest
    else:
        prices = [sum(one.price or 0 for one in subset) for subset in possible]
        assert found.plan.cost == pytest.approx(min(prices))


@settings(max_examples=10, deadline=None)
@given(offered(), st.integers(1, 10))
def test_more_budget_never_covers_less(
    offer: tuple[Scenario, tuple[Contract, ...], Limits], more: int
) -> None:
    scenario, offers, limits = offer
    given_now = replace(limits, budget=8.0, required=None, survive=None)
    before = choose(scenario, offers, given_now, effort=EXACT)
    after = choose(scenario, offers, replace(given_now, budget=8.0 + more), effort=EXACT)
    assert after.plan.coverage >= before.plan.coverage - 1e-5
    for _, plan in before.rules:
        if limits.firm_share is None and limits.region_share is None:
            assert plan.coverage <= before.plan.coverage + 1e-5
