"""Coverage: the documented examples, exhaustive enumeration, a published program, and duals."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.plain_coverage import monthly
from matching.capacity import (
    Case,
    Contradiction,
    Line,
    Need,
    Range,
    Scenario,
    SharedLimit,
    Step,
    Stock,
    UnitsDiffer,
    cover,
    cover_range,
    fingerprint,
)  # fmt: skip
from matching.capacity.ramp import outputs
from matching.capacity.supply import arriving
from matching.capacity.triggers import openings
from tests.matching.capacity.build import (
    exactly,
    l1,
    make_line,
    make_need,
    make_offer,
    make_scenario,
    make_source,
    shells,
    takes,
)  # fmt: skip


def delivered(scenario: Scenario, case: Case = Case.BASE) -> list[float]:
    return [date.delivered for date in cover(scenario, case).dates]


def test_c1() -> None:
    found = cover(shells())
    (date,) = found.dates
    assert (date.delivered, date.gap) == (pytest.approx(17_400), pytest.approx(600))
    assert found.share == pytest.approx(17_400 / 18_000)
    (binding,) = found.bindings
    assert (binding.about, binding.subjects) == ("input", ("fuze",))
    assert (binding.first, binding.last, binding.unit) == (1, 12, "each")
    # One more fuze in each of twelve months is worth twelve shells.
    assert 12 * binding.worth * 18_000 == pytest.approx(12)


@pytest.mark.parametrize(
    ("preferred", "split"), [("shells", (17_400, 0)), ("mortar", (11_400, 6_000))]
)
def test_c2_the_split_follows_weights(preferred: str, split: tuple[float, float]) -> None:
    """With equal weight per unit 17,400 come in all; a little more weight decides of which kind."""
    one = shells()
    line = make_line("M", 600, "mortar", unit="round", inputs=(takes("fuze"),))
    mortar = make_need("mortar", (12, 6_000), item="mortar", unit="round")
    for tilt in (1.0, 1.01):
        needs = tuple(
            replace(need, priority=need.by[0][1] * (tilt if need.key == preferred else 1.0))
            for need in (*one.needs, mortar)
        )
        found = delivered(replace(one, needs=needs, lines=(*one.lines, line)))
        assert sum(found) == pytest.approx(17_400)
    assert found == pytest.approx(split)


def v1() -> Scenario:
    return make_scenario(
        12,
        [make_need("x", (12, 1_200)), make_need("y", (12, 900), item="Y")],
        [make_line("P", 100, "X", "Y"), make_line("Q", 100, "X")],
    )


def test_v1() -> None:
    found = cover(v1())
    assert [date.delivered for date in found.dates] == pytest.approx([1_200, 900])
    sent = {(flow.line, flow.to): flow.units.sum() for flow in found.flows}
    assert sent == pytest.approx({("Q", "x"): 1_200, ("P", "y"): 900})
    assert (found.share, found.bindings) == (pytest.approx(1), ())


def test_wyndor_glass() -> None:
    """Hillier and Lieberman, Introduction to Operations Research, section 3.1: 2 doors, 6 windows,
    profit 36, and shadow prices 0, 3/2 and 1 of the hours of the three plants."""
    hours = {"plant 1": 4, "plant 2": 12, "plant 3": 18}
    scenario = make_scenario(
        1,
        [
            make_need("doors", (1, 100), item="door", priority=300),
            make_need("windows", (1, 100), item="window", priority=500),
        ],
        [
            make_line("doors", 100, "door", inputs=(takes("plant 1"), takes("plant 3", 3))),
            make_line("windows", 100, "window", inputs=(takes("plant 2", 2), takes("plant 3", 2))),
        ],
        sources=tuple(make_source(plant, rate) for plant, rate in hours.items()),
    )
    found = cover(scenario)
    assert [date.delivered for date in found.dates] == pytest.approx([2, 6])
    assert found.share * 800 == pytest.approx(36)
    prices = {binding.subjects[0]: binding.worth * 800 for binding in found.bindings}
    assert prices == pytest.approx({"plant 2": 1.5, "plant 3": 1.0})
    by_hand = [
        3 * doors + 5 * windows
        for doors, windows in product(range(10), repeat=2)
        if doors <= 4 and 2 * windows <= 12 and 3 * doors + 2 * windows <= 18
    ]
    assert max(by_hand) == 36


def test_ties_go_to_earlier_dates_then_to_stronger_evidence() -> None:
    line = make_line("P", 10, "X", "Y")
    needs = [make_need("late", (24, 240)), make_need("early", (12, 240), item="Y")]
    found = {date.need: date.delivered for date in cover(make_scenario(24, needs, [line])).dates}
    assert found == pytest.approx({"late": 120, "early": 120})

    levels = ("declared", "site-verified", "documented")
    lines = [make_line(level, 10, evidence=level) for level in levels]
    (date,) = cover(make_scenario(12, [make_need("n", (12, 200))], lines)).dates
    assert dict(date.by_evidence) == pytest.approx({"documented": 80, "site-verified": 120})


def test_a_tie_goes_to_the_line_that_finishes_the_unit_with_stronger_evidence() -> None:
    """Bodies count for the need by themselves or in a shell: no more of it either way."""
    body = make_line("B", 10, "X", "body", evidence="declared")
    shell = replace(make_line("S", 10, evidence="documented"), inputs=(takes("body"),))
    (date,) = cover(make_scenario(12, [make_need("n", (12, 200))], [body, shell])).dates
    assert dict(date.by_evidence) == pytest.approx({"documented": 120})


def test_inputs_balanced_by_quarter_cover_no_less_and_little_more() -> None:
    """A line that ramps from 0 to 120 in 12 months, fuzes from month 4 on: 9 months of 60 come."""
    line = make_line("S", 0, rated=exactly(120), to_rated=exactly(12), inputs=(takes("fuze"),))
    late = make_source("fuze", 60, lead=3)
    scenario = make_scenario(
        12, [make_need("n", (12, 9_999))], [line], sources=(late,), step=Step.RATED
    )
    exact, coarse = (cover(scenario, every=every).dates[0].delivered for every in (1, 3))
    assert exact <= coarse <= 1.1 * exact
    flat = replace(scenario, lines=(make_line("S", 100, inputs=(takes("fuze"),)),))
    assert cover(flat, every=3).share == pytest.approx(cover(flat).share)


def test_a_firm_limit_caps_the_sum_of_its_lines() -> None:
    lines = [make_line("A", 100), make_line("B", 100, "Y", committed=exactly(20))]
    lines[1] = replace(lines[1], committed_until=exactly(12))
    needs = [make_need("x", (12, 1_200)), make_need("y", (12, 1_200), item="Y")]
    press = SharedLimit("press", ("A", "B"), exactly(150), "each")
    found = cover(make_scenario(12, needs, lines, shared=(press,)))
    # 150 a month, of which 20 are sold; B alone could do 80.
    assert sum(date.delivered for date in found.dates) == pytest.approx(12 * 130)
    assert ("limit", ("press",)) in {(one.about, one.subjects) for one in found.bindings}
    with pytest.raises(UnitsDiffer):
        cover(make_scenario(12, needs, lines, shared=(replace(press, unit="kg"),)))


def test_a_limit_binds_month_by_month_and_not_on_the_whole() -> None:
    """Two lines that both start late cannot use a crew's early months."""
    late = {"rated": exactly(10), "to_rated": exactly(0)}
    lines = [make_line(key, 0, key, **late) for key in "XY"]
    needs = [make_need(key, (2, 20), item=key) for key in "XY"]
    crew = SharedLimit("crew", ("X", "Y"), exactly(10), "each")
    signed = tuple(make_offer(key, start=1) for key in "XY")
    found = delivered(make_scenario(2, needs, lines, shared=(crew,), signed=signed))
    assert sum(found) == pytest.approx(10)


def test_stock_of_one_line_serves_no_other() -> None:
    lines = [make_line(key, 10, key, inputs=(takes("part"),)) for key in "XY"]
    needs = [make_need(key, (6, 60), item=key) for key in "XY"]
    stocks = (Stock("part", 25, "each", line="X"), Stock("part", 10, "each"))
    found = delivered(make_scenario(6, needs, lines, stocks=stocks))
    assert found[0] >= 25 - 1e-6
    assert sum(found) == pytest.approx(35)


def test_an_input_that_is_also_needed_comes_from_lines_alone() -> None:
    """Outside fuzes let a line's own fuzes go to the need, but are not delivered themselves."""
    scenario = make_scenario(
        10,
        [make_need("fuzes", (10, 500), item="fuze"), make_need("x", (10, 100))],
        [make_line("F", 20, "fuze"), make_line("S", 10, inputs=(takes("fuze"),))],
        sources=(make_source("fuze", 1_000),),
    )
    assert delivered(scenario) == pytest.approx([200, 100])


def test_nobody_makes_it() -> None:
    found = cover(make_scenario(6, [make_need("n", (6, 10), item="Z")], [make_line("A", 5)]))
    assert (found.share, found.dates[0].gap, found.flows) == (0, 10, ())


def test_low_base_and_high() -> None:
    low, base, high = cover_range(make_scenario(24, [make_need("n", (24, 50_000))], [l1()]))
    assert [one.dates[0].delivered for one in (low, base, high)] == pytest.approx([18_000] * 3)


@pytest.mark.parametrize(
    "facts",
    [
        {"needs": (make_need("n", (12, 5)), make_need("n", (12, 5)))},
        {"needs": (make_need("n", (13, 5)),)},
        {"stocks": (Stock("part", 1, "each", line="nobody"),)},
    ],
)
def test_scenarios_that_contradict_themselves_are_refused(facts: dict[str, object]) -> None:
    with pytest.raises(Contradiction):
        replace(make_scenario(12, [make_need("m", (12, 5))], [make_line("A", 5)]), **facts)


@pytest.mark.parametrize("by", [((6, 5), (3, 9)), ((3, 9), (6, 5)), ((0, 5),), ()])
def test_dates_and_quantities_rise(by: tuple[tuple[int, float], ...]) -> None:
    with pytest.raises(Contradiction):
        make_need("n", *by)


# Exhaustive enumeration in whole units.

MONTHS = 4
ITEMS = ("X", "Y", "Z")


@st.composite
def small(draw: st.DrawFn) -> Scenario:
    """Up to 3 lines of up to 2 units a month, 3 needs of up to 2 dates, 4 months."""
    lines = [
        make_line(
            f"line-{number}", draw(st.integers(0, 2)),
            *sorted(draw(st.sets(st.sampled_from(ITEMS), min_size=1))),
            committed=exactly(draw(st.integers(0, 1))),
            committed_until=exactly(draw(st.integers(0, MONTHS))),
        )
        for number in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    needs = []
    for number in range(draw(st.integers(1, 3))):
        months = sorted(draw(st.sets(st.integers(1, MONTHS), min_size=1, max_size=2)))
        wanted = sorted(draw(st.lists(st.integers(1, 9), min_size=2, max_size=2)))
        needs.append(
            make_need(
                f"need-{number}", *zip(months, wanted, strict=False),
                item=draw(st.sampled_from(ITEMS)), priority=float(draw(st.integers(1, 4))),
            )
        )  # fmt: skip
    return make_scenario(MONTHS, needs, lines)


def splits(units: int, ways: int) -> Iterator[tuple[int, ...]]:
    """Every way to give up to so many whole units to so many needs."""
    for shares in product(range(units + 1), repeat=ways):
        if sum(shares) <= units:
            yield shares


def enumerated(scenario: Scenario) -> float:
    """The best coverage over all assignments of whole units, month after month.

    Assignments that have delivered the same by the end of a month go on alike; the best is kept.
    """
    best: dict[tuple[int, ...], float] = {tuple(0 for _ in scenario.needs): 0.0}
    for month in range(1, scenario.months + 1):
        reached: dict[tuple[int, ...], float] = {}
        for before, gained in best.items():
            for now in assigned(scenario, before, month):
                total = gained + scored(scenario.needs, now, month)
                reached[now] = max(total, reached.get(now, 0.0))
        best = reached
    return max(best.values()) / sum(need.priority for need in scenario.needs for _ in need.by)


def assigned(scenario: Scenario, before: tuple[int, ...], month: int) -> Iterator[tuple[int, ...]]:
    """Everything that may have been delivered once all lines have used this month.

    What is delivered beyond the last date's quantity changes nothing and is left out.
    """
    states = {before}
    for line in scenario.lines:
        served = [at for at, need in enumerate(scenario.needs) if need.item in line.makes]
        states = {
            tuple(
                min(units + (shares[served.index(at)] if at in served else 0), need.by[-1][1])
                for at, (units, need) in enumerate(zip(state, scenario.needs, strict=True))
            )
            for state in states
            for shares in splits(net_units(line, month), len(served))
        }
    yield from states


def net_units(line: Line, month: int) -> int:
    assert line.current and line.committed and line.committed_until
    sold = line.committed.base if month <= line.committed_until.base else 0
    return max(0, int(line.current.base - sold))


def scored(needs: Sequence[Need], state: tuple[int, ...], month: int) -> float:
    return sum(
        need.priority * min(units, wanted) / wanted
        for need, units in zip(needs, state, strict=True)
        for date, wanted in need.by
        if date == month
    )


@settings(max_examples=40, deadline=None)
@given(small())
def test_no_assignment_of_whole_units_is_better_and_one_is_as_good(scenario: Scenario) -> None:
    assert cover(scenario).share == pytest.approx(enumerated(scenario), abs=1e-7)


# Properties of any scenario, with inputs, limits, ramps and contracts.


@st.composite
def plants(draw: st.DrawFn) -> Scenario:
    """Lines that ramp, feed one another and share a crew; stocks and sources; several dates."""
    months = 8
    rates = st.integers(0, 20).map(float)
    lines = []
    for number in range(draw(st.integers(1, 5))):
        current, first = draw(rates), draw(st.floats(0, 4))
        finishing = draw(st.booleans())
        makes = draw(st.sampled_from([("X",), ("Y",), ("X", "Y")])) if finishing else ("part",)
        inputs = (takes("part", draw(st.sampled_from([0.5, 1.0, 3.0]))),)
        lines.append(
            make_line(
                f"line-{number}", current, *makes,
                rated=exactly(current + draw(rates)), to_rated=exactly(first),
                committed=exactly(draw(rates)), committed_until=exactly(draw(st.floats(0, 8))),
                inputs=inputs if finishing and draw(st.booleans()) else (),
                evidence=draw(st.sampled_from(["declared", "delivered"])),
            )
        )  # fmt: skip
    needs = [
        make_need("x", (3, 30), (8, draw(st.integers(30, 200)))),
        make_need("y", (8, draw(st.integers(1, 100))), item="Y", priority=2),
        make_need("z", (5, 40), priority=0.5),
    ]
    crew = tuple(line.key for line in lines[:2])
    return make_scenario(
        months, needs, lines,
        sources=(make_source("part", draw(rates), lead=draw(st.floats(0, 9))),),
        stocks=(
            Stock("part", draw(rates), "each"), Stock("part", draw(rates), "each", lines[0].key),
        ),
        shared=(SharedLimit("crew", crew, exactly(draw(rates)), "each"),),
        signed=tuple(make_offer(line.key) for line in lines if draw(st.booleans())),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(plants(), st.sampled_from(Case))
def test_what_keeps_the_program_small_changes_nothing(scenario: Scenario, case: Case) -> None:
    """Against the same program with a column for each line, month and use."""
    assert cover(scenario, case).share == pytest.approx(monthly(scenario, case), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(plants())
def test_nothing_is_counted_twice_and_nothing_comes_from_nowhere(scenario: Scenario) -> None:
    found = cover(scenario)
    limit = outputs(scenario.lines, openings(scenario), Case.BASE, scenario.months)
    sent = {line.key: np.zeros(scenario.months) for line in scenario.lines}
    for flow in found.flows:
        sent[flow.line] += flow.units
    for line, net in zip(scenario.lines, limit.net, strict=True):
        assert (sent[line.key] <= net + 1e-6).all()
    for shared in scenario.shared:
        assert (sum(sent[key] for key in shared.lines) <= shared.rate.base + 1e-6).all()
    made = sum((flow.units for flow in found.flows if not flow.need), np.zeros(scenario.months))
    used = sum(
        (one.ratio * sent[line.key] for line in scenario.lines for one in line.inputs),
        np.zeros(scenario.months),
    )
    come = sum(stock.quantity for stock in scenario.stocks) + sum(
        arriving(source, Case.BASE, scenario.months).cumsum() for source in scenario.sources
    )
    assert (used.cumsum() <= come + made.cumsum() + 1e-5).all()
    for date in found.dates:
        last = max(
            wanted for need in scenario.needs if need.key == date.need for _, wanted in need.by
        )
        assert 0 <= date.coverage <= 1
        assert date.delivered <= last + 1e-6


@settings(max_examples=20, deadline=None)
@given(plants(), st.integers(0, 4), st.floats(0.5, 30))
def test_more_never_covers_less(scenario: Scenario, which: int, more: float) -> None:
    before = cover(scenario).share
    line = scenario.lines[which % len(scenario.lines)]
    assert line.current and line.rated
    better = replace(
        line, current=exactly(line.current.base + more), rated=exactly(line.rated.base + more)
    )
    richer = (
        {"lines": tuple(better if one is line else one for one in scenario.lines)},
        {"stocks": (*scenario.stocks, Stock("part", more, "each"))},
        {"sources": (*scenario.sources, make_source("part", more, key="another"))},
        {"shared": ()},
    )
    for facts in richer:
        assert cover(replace(scenario, **facts)).share >= before - 1e-7


@settings(max_examples=20, deadline=None)
@given(plants(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(scenario: Scenario, chance: Random) -> None:
    mixed = {
        rows: tuple(chance.sample(getattr(scenario, rows), len(getattr(scenario, rows))))
        for rows in ("needs", "lines", "sources", "stocks", "shared", "signed")
    }
    one, other = cover(scenario), cover(replace(scenario, **mixed))
    assert one.share == other.share
    dates = {(date.need, date.month): date for date in one.dates}
    assert dates == {(date.need, date.month): date for date in other.dates}
    assert fingerprint(scenario) == fingerprint(replace(scenario, **mixed))


@settings(max_examples=20, deadline=None)
@given(plants())
def test_two_halves_are_one_line(scenario: Scenario) -> None:
    """A line without a stock of its own, split into two equal halves."""
    whole = scenario.lines[-1]
    own = tuple(stock for stock in scenario.stocks if stock.line != whole.key)
    scenario = replace(scenario, stocks=own)
    halves = [replace(halved(whole), key=f"{whole.key}{half}") for half in "ab"]
    split = replace(
        scenario,
        lines=(*scenario.lines[:-1], *halves),
        shared=tuple(replace(one, lines=renamed(one.lines, whole.key)) for one in scenario.shared),
        signed=tuple(
            replace(one, key=key, line=key)
            for one in scenario.signed
            for key in renamed((one.line,), whole.key)
        ),
    )
    assert cover(split).share == pytest.approx(cover(scenario).share, abs=1e-9)


def halved(line: Line) -> Line:
    def half(figure: Range | None) -> Range | None:
        return figure and exactly(figure.base / 2)

    return replace(
        line, current=half(line.current), rated=half(line.rated), committed=half(line.committed)
    )


def renamed(keys: tuple[str, ...], whole: str) -> tuple[str, ...]:
    return tuple(
        name for key in keys for name in ((f"{key}a", f"{key}b") if key == whole else (key,))
    )


@settings(max_examples=40, deadline=None)
@given(plants(), st.floats(0.01, 1.0))
def test_duals_are_slopes(scenario: Scenario, step: float) -> None:
    """One more stocked part gains no more than its dual says, one less loses no less.

    A dual of an input is of a unit that arrives in a month; a unit in stock comes in the first.
    """
    found = cover(scenario)
    worth = sum(
        binding.worth
        for binding in found.bindings
        if binding.about == "input" and binding.first == 1
    )
    parts = scenario.stocks[0].quantity

    def share(change: float) -> float:
        stock = replace(scenario.stocks[0], quantity=parts + change)
        return cover(replace(scenario, stocks=(stock, *scenario.stocks[1:]))).share

    assert share(step) - found.share <= worth * step + 1e-8
    if parts >= step:
        assert found.share - share(-step) >= worth * step - 1e-8


def test_duals_by_finite_differences() -> None:
    """Of a line, a limit and an input, each the only one that binds."""
    needs = [make_need("n", (6, 1_000))]
    lines = [make_line("A", 50, inputs=(takes("part", 2),))]
    plenty, few = (make_source("part", rate) for rate in (500, 80))
    crew = SharedLimit("crew", ("A",), exactly(30), "each")
    for about, scenario, more in (
        ("line", make_scenario(6, needs, lines, sources=(plenty,)),
         {"lines": (replace(lines[0], current=exactly(51)),)}),
        ("input", make_scenario(6, needs, lines, sources=(few,)),
         {"sources": (make_source("part", 81),)}),
        ("limit", make_scenario(6, needs, lines, sources=(plenty,), shared=(crew,)),
         {"shared": (replace(crew, rate=exactly(31)),)}),
    ):  # fmt: skip
        found = cover(scenario)
        (binding,) = found.bindings
        assert (binding.about, binding.first, binding.last) == (about, 1, 6)
        gained = cover(replace(scenario, **more)).share - found.share
        assert gained == pytest.approx(6 * binding.worth, rel=1e-6)
