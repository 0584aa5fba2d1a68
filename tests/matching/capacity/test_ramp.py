"""Curves: example L1 to the unit, ranges, and how each unknown figure is read."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from matching.capacity import Case, Contradiction, Line, Opening, Range, Step, curve, curves
from tests.matching.capacity.build import exactly, l1, make_line

RATED, SURGE = Opening.of(Step.RATED), Opening.of(Step.SURGE)


@pytest.mark.parametrize(
    ("case", "opening", "figure", "expected"),
    [
        (Case.BASE, RATED, "gross", (12_000, 30_000, 66_000)),
        (Case.BASE, RATED, "net", (9_000, 24_000, 60_000)),
        (Case.BASE, SURGE, "gross", (12_000, 33_000, 90_000)),
        (Case.BASE, SURGE, "net", (9_000, 27_000, 84_000)),
        (Case.LOW, RATED, "net", (3_000, 18_000, 54_000)),
        (Case.LOW, SURGE, "net", (3_000, 18_000, 66_000)),
    ],
)
def test_l1(case: Case, opening: Opening, figure: str, expected: tuple[int, ...]) -> None:
    total = getattr(curve(l1(), opening, case, 24), figure).cumsum()
    assert total[[5, 11, 23]] == pytest.approx(expected, abs=1e-6)


def test_l1_between_months_12_and_24() -> None:
    total = curve(l1(), SURGE, Case.BASE, 24).gross.cumsum()
    assert total[17] - total[11] == pytest.approx(27_000)
    assert total[23] - total[17] == pytest.approx(30_000)


def test_months_are_split_where_the_rate_bends() -> None:
    """Against numerical integration of the rate itself, with knots inside months."""
    line = l1(to_rated=exactly(2.3), to_surge=exactly(5.75), committed_until=exactly(3.5))

    def rate(at: float) -> float:
        return float(np.interp(at, [0.4, 2.7, 6.15], [1_000, 3_000, 5_000]))

    found = curve(line, Opening.of(Step.SURGE, 0.4), Case.BASE, 8)
    for month in range(8):
        knots = [knot for knot in (0.4, 2.7, 6.15) if month < knot < month + 1] or None
        expected, _ = quad(rate, month, month + 1, points=knots)
        assert found.gross[month] == pytest.approx(expected, rel=1e-9)
    assert found.committed[3] == pytest.approx(250)


def test_net_is_never_below_zero_in_any_month() -> None:
    found = curve(l1(committed=exactly(2_000)), RATED, Case.BASE, 12)
    assert found.net[0] == 0
    assert (found.net == np.maximum(found.gross - 2_000, 0)).all()


def test_a_line_without_a_step_stays() -> None:
    assert curve(l1(), Opening(), Case.BASE, 24).net.sum() == 18_000


def test_a_later_start_shifts_the_ramp() -> None:
    later = curve(l1(), Opening.of(Step.SURGE, 6), Case.BASE, 30).gross
    assert later[:6] == pytest.approx(1_000)
    assert later[6:] == pytest.approx(curve(l1(), SURGE, Case.BASE, 24).gross)


def test_the_investment_may_open_after_the_existing_plant() -> None:
    """From then on it adds what it would have added, that much later."""
    plant, both = curve(l1(), RATED, Case.BASE, 40), curve(l1(), SURGE, Case.BASE, 40)
    later = curve(l1(), Opening(0, 10), Case.BASE, 40)
    added = (both.gross - plant.gross)[:30]
    assert (later.gross - plant.gross)[10:] == pytest.approx(added)


def test_ranges_are_read_by_case() -> None:
    line = l1(rated=Range(2_000, 3_000, 4_000), to_rated=Range(8, 6, 4), surge=None)
    low, base, high = (found.gross.sum() for found in curves(line, RATED, 12))
    assert (low, base, high) == pytest.approx((16_000, 30_000, 42_000))


UNKNOWN = [
    # (what is not stated, case, net by month 24, months that may be drawn)
    ({"current": None}, Case.BASE, 0, 0),
    ({"rated": None, "surge": None}, Case.LOW, 18_000, 0),
    ({"rated": None, "surge": None}, Case.HIGH, 18_000, 0),
    ({"surge": None}, Case.BASE, 60_000, 6),
    ({"to_rated": None, "to_surge": None}, Case.LOW, 18_000, 24),
    ({"to_rated": None, "to_surge": None}, Case.HIGH, 18_000, 0),
    ({"to_surge": None}, Case.LOW, 54_000, 24),
    ({"to_surge": None}, Case.HIGH, 60_000, 6),
    ({"committed": None}, Case.LOW, 48_000, 0),
    ({"committed": None}, Case.HIGH, 90_000, 0),
    ({"committed_until": None}, Case.LOW, 60_000, 0),
    ({"committed_until": None}, Case.HIGH, 90_000, 0),
]


@pytest.mark.parametrize(("unknown", "case", "net", "drawn"), UNKNOWN)
def test_what_is_not_stated(unknown: dict[str, None], case: Case, net: float, drawn: float) -> None:
    line = replace(l1(), **unknown)
    found = curve(line, SURGE, case, 24)
    assert found.net.sum() == pytest.approx(net)
    assert found.stated_for == drawn
    codes = {assumption.code for assumption in found.assumptions[1:]}
    assert codes == {f"{name.replace('_', '-')}-not-stated" for name in unknown}


def test_the_shape_and_its_figures_are_assumptions() -> None:
    (shape,) = curve(l1(), RATED, Case.BASE, 24).assumptions
    assert shape.code == "ramp-in-straight-lines"
    assert dict(shape.figures) == {
        "current": 1_000, "rated": 3_000, "to_rated": 6, "committed": 500, "committed_until": 12,
        "start": 0,
    }  # fmt: skip
    assert curve(l1(), RATED, Case.LOW, 24).assumptions[0].code == "ramp-in-steps"


@pytest.mark.parametrize(
    "facts",
    [
        {"rated": exactly(10)},
        {"to_surge": exactly(1)},
        {"rated": Range(4_000, 3_000, 3_000)},
        {"to_rated": Range(1, 2, 3)},
        {"evidence": "rumoured"},
    ],
)
def test_contradictions_are_refused(facts: dict[str, object]) -> None:
    with pytest.raises(Contradiction):
        l1(**facts)


@st.composite
def ranges(draw: st.DrawFn, least: float, most: float, rising: bool = True) -> Range:
    figures = sorted(draw(st.lists(st.floats(least, most), min_size=3, max_size=3)))
    return Range(*(figures if rising else figures[::-1]))


@st.composite
def ramps(draw: st.DrawFn) -> Line:
    return make_line(
        "R", None, "X",
        current=draw(ranges(0, 100)), rated=draw(ranges(100, 200)), surge=draw(ranges(200, 300)),
        to_rated=draw(ranges(0, 12, False)), to_surge=draw(ranges(12, 36, False)),
        committed=draw(ranges(0, 150, False)), committed_until=draw(ranges(0, 48, False)),
    )  # fmt: skip


@given(ramps(), st.sampled_from(Step), st.floats(0, 12))
def test_low_is_below_base_is_below_high(line: Line, step: Step, start: float) -> None:
    low, base, high = (found.net.cumsum() for found in curves(line, Opening.of(step, start), 48))
    assert (low <= base + 1e-6).all()
    assert (base <= high + 1e-6).all()


@given(ramps(), st.floats(0, 12))
def test_a_higher_step_never_makes_less(line: Line, start: float) -> None:
    for case in Case:
        by_step = [curve(line, Opening.of(step, start), case, 48).net for step in Step]
        assert (by_step[0] <= by_step[1] + 1e-6).all()
        assert (by_step[1] <= by_step[2] + 1e-6).all()
