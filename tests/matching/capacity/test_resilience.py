"""Who depends on whom."""

import pytest

from matching.capacity import (
    Loss,
    Stock,
    Supplier,
    concentration,
    item_risks,
    need_risks,
    rounds,
    stops,
)  # fmt: skip
from tests.matching.capacity.build import (
    make_line,
    make_need,
    make_scenario,
    make_source,
    takes,
)  # fmt: skip

LINES = (
    make_line("shell", 30, inputs=(takes("fuze"), takes("body", sole_source=True))),
    make_line("mortar", 10, "Y", inputs=(takes("fuze"),)),
    make_line("fuze", 100, "fuze", inputs=(takes("primer"),)),
    make_line("other", 10, firm="firm-shell"),
)
SCENARIO = make_scenario(
    10,
    [make_need("x", (10, 400)), make_need("y", (10, 100), item="Y")],
    LINES,
    sources=(
        make_source("primer", 300, key="abroad"),
        make_source("primer", 100, key="home"),
        make_source("body", 30),
    ),
    stocks=(Stock("fuze", 20, "each"),),
)


@pytest.mark.parametrize(
    ("amounts", "index"),
    [((5, 5, 5, 5), 0.25), ((7,), 1), ((3, 1), 0.625), ((0, 0), None), ((), None)],
)
def test_concentration(amounts: tuple[float, ...], index: float | None) -> None:
    assert concentration(amounts) == index


def test_inputs() -> None:
    body, fuze, primer = item_risks(SCENARIO)
    assert (body.item, body.single, body.sole, body.lines) == ("body", True, ("shell",), ("shell",))
    assert (fuze.single, fuze.sole, fuze.lines) == (True, (), ("mortar", "shell"))
    assert fuze.suppliers == (Supplier("firm", "firm-fuze", 1_000),)
    assert (primer.single, primer.index) == (False, pytest.approx(0.625))


def test_an_input_without_a_stated_source() -> None:
    scenario = make_scenario(1, [make_need("x", (1, 1))], [make_line("A", 1, inputs=(takes("q"),))])
    (risk,) = item_risks(scenario)
    assert (risk.suppliers, risk.index, risk.unknown) == ((), None, "input-source-not-stated")


def test_needs_by_firm() -> None:
    x, y = need_risks(SCENARIO)
    assert x.index == pytest.approx(1)  # both lines are of one firm
    assert y.firms == (("firm-mortar", pytest.approx(1)),)


def test_who_else_stops() -> None:
    primer, home, fuze = stops(
        SCENARIO, [Loss("source", "abroad"), Loss("source", "home"), Loss("firm", "firm-fuze")]
    )
    assert primer.lines == home.lines == ()  # the other one remains
    assert fuze.rounds == (("fuze",), ("mortar", "shell"))
    # 100 from the line without inputs, and 20 fuzes in stock for either need.
    assert fuze.coverage == pytest.approx((100 / 400 + 20 / 100) / 2)


def test_it_goes_down_the_whole_chain() -> None:
    scenario = make_scenario(
        10, SCENARIO.needs, LINES, sources=(make_source("primer", 9, key="abroad"),)
    )
    (stop,) = stops(scenario, [Loss("source", "abroad")])
    assert stop.rounds == ((), ("fuze",), ("mortar", "shell"))


def test_what_is_lost_at_once_stops_together() -> None:
    """Primers come from two sources: a line stops only when both are lost."""
    both = [Loss("source", "abroad"), Loss("source", "home")]
    assert rounds(SCENARIO, both[:1]) == ((),)
    assert rounds(SCENARIO, both) == ((), ("fuze",), ("mortar", "shell"))
    assert rounds(SCENARIO, [Loss("firm", "firm-fuze"), both[0]])[0] == ("fuze",)
