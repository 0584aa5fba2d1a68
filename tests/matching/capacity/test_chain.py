"""One line with its inputs: example C1 to the unit, and what one more of an input is worth."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.capacity import (
    Bound,
    Case,
    Contradiction,
    Source,
    Stock,
    UnitsDiffer,
    chain_of,
    cover,
)  # fmt: skip
from tests.matching.capacity.build import (
    exactly,
    make_line,
    make_need,
    make_scenario,
    make_source,
    shells,
    takes,
)  # fmt: skip


def test_c1() -> None:
    found = chain_of(shells(), "S")
    assert found.output[-1] == pytest.approx(17_400)
    assert found.bounds == (Bound(1, 10, "line"), Bound(11, 12, "fuze"))
    fuze = found.worth("fuze", 12)
    assert (fuze.gain, fuze.upto) == (12, pytest.approx(50))
    assert found.worth("body", 12).gain == found.worth("line", 12).gain == 0
    assert found.worth("line", 10).gain == 0  # fuzes are just used up in month 10
    assert found.worth("line", 9).gain == 9


@given(st.floats(0.01, 1), st.integers(1, 12))
def test_worth_is_what_more_of_it_brings(share: float, month: int) -> None:
    scenario = shells()
    before = chain_of(scenario, "S")
    for place, item in ((0, "body"), (1, "fuze")):
        sources = list(scenario.sources)
        worth, rate = before.worth(item, month), sources[place].rate
        assert rate is not None
        more = share * (worth.upto or 1_000)
        sources[place] = replace(sources[place], rate=exactly(rate.base + more))
        after = chain_of(replace(scenario, sources=tuple(sources)), "S")
        gained = after.output[month - 1] - before.output[month - 1]
        assert gained == pytest.approx(worth.gain * more, abs=1e-6)


def test_an_upstream_line_has_its_own_chain() -> None:
    """Fuzes made in the registry from pellets that come at 100 a month after month 2."""
    scenario = make_scenario(
        6,
        [make_need("n", (6, 9_999))],
        [
            make_line("S", 200, "X", inputs=(takes("fuze", 0.5),)),
            make_line("F", 80, "fuze", inputs=(takes("pellet", 2),)),
        ],
        sources=(make_source("pellet", 100, lead=2),),
    )
    assert chain_of(scenario, "F").output == pytest.approx([0, 0, 50, 100, 150, 200])
    assert chain_of(scenario, "S").output == pytest.approx([0, 0, 100, 200, 300, 400])
    assert cover(scenario).dates[0].delivered == pytest.approx(400)


def test_inputs_in_other_units_convert() -> None:
    """11 kg of fill a round, from a source in tonnes."""
    fill = Source("s", "fill", "tonne", exactly(1.1))
    line = make_line("S", 500, "X", unit="round", inputs=(takes("fill", 11, "kg"),))
    needs = [make_need("n", (3, 999), unit="round")]
    scenario = make_scenario(3, needs, [line], sources=(fill,))
    assert chain_of(scenario, "S").output == pytest.approx([100, 200, 300])
    assert cover(scenario).dates[0].delivered == pytest.approx(300)
    wrong = replace(scenario, sources=(replace(fill, unit="each"),))
    for refused in (lambda: chain_of(wrong, "S"), lambda: cover(wrong)):
        with pytest.raises(UnitsDiffer):
            refused()


UNKNOWN = [
    ((), "input-source-not-stated"),
    ((make_source("primer", None),), "input-rate-not-stated"),
    ((make_source("primer", 900, lead=None),), "input-lead-not-stated"),
]


@pytest.mark.parametrize(("sources", "code"), UNKNOWN)
def test_an_unknown_input(sources: tuple[Source, ...], code: str) -> None:
    """Low delivers nothing beyond stock, high ignores the input, both say so first."""
    scenario = make_scenario(
        6,
        [make_need("n", (6, 600))],
        [make_line("S", 100, inputs=(takes("primer"),))],
        sources=sources,
        stocks=(Stock("primer", 150, "each"),),
    )
    for case, expected in ((Case.LOW, 150), (Case.BASE, 150), (Case.HIGH, 600)):
        assert chain_of(scenario, "S", case).output[-1] == pytest.approx(expected)
        found = cover(scenario, case)
        assert found.dates[0].delivered == pytest.approx(expected)
        assert (found.assumptions[0].code, found.assumptions[0].subject) == (code, "primer")


def test_a_circle_is_refused_by_the_chain_and_solved_by_coverage() -> None:
    """What is made in a month may be used in the same month, also around a circle."""
    lines = [
        make_line("A", 10, "X", inputs=(takes("Y", 0.5),)),
        make_line("B", 10, "Y", inputs=(takes("X", 0.5),)),
    ]
    scenario = make_scenario(4, [make_need("n", (4, 30))], lines)
    with pytest.raises(Contradiction, match="chain-circular"):
        chain_of(scenario, "A")
    assert cover(scenario).dates[0].delivered == pytest.approx(30, abs=1e-6)
