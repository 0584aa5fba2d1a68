"""Facts for tests of the planner: figures without ranges, nothing committed, all invented."""

from typing import Any

from matching.capacity import Contract, Input, Line, Need, Range, Scenario, Source, Stock

exactly = Range.exactly
NOTHING = {"committed": exactly(0), "committed_until": exactly(0)}


def make_line(key: str, rate: float | None, *makes: str, **facts: Any) -> Line:
    """A line of a firm of its own that runs at one rate, unless more is said."""
    current = None if rate is None else exactly(rate)
    given = {"unit": "each", "current": current, **NOTHING, **facts}
    return Line(key, given.pop("firm", f"firm-{key}"), makes or ("X",), **given)


def make_need(key: str, *by: tuple[int, float], item: str = "X", **facts: Any) -> Need:
    return Need(key, item, facts.pop("unit", "each"), tuple(by), **facts)


def make_source(item: str, rate: float | None, lead: float | None = 0, **facts: Any) -> Source:
    return Source(
        facts.pop("key", f"source-{item}"),
        item,
        facts.pop("unit", "each"),
        None if rate is None else exactly(rate),
        None if lead is None else exactly(lead),
    )


def takes(item: str, ratio: float = 1.0, unit: str = "each", **facts: Any) -> Input:
    return Input(item, ratio, unit, **facts)


def make_scenario(months: int, needs: Any, lines: Any, **facts: Any) -> Scenario:
    return Scenario(months, tuple(needs), tuple(lines), **facts)


def shells(**facts: Any) -> Scenario:
    """Example C1 of docs/capacity.md."""
    return Scenario(
        12,
        (make_need("shells", (12, 18_000), item="shell", unit="round"),),
        (make_line("S", 1_500, "shell", unit="round", inputs=(takes("body"), takes("fuze"))),),
        (make_source("body", 2_000), make_source("fuze", 1_200)),
        (Stock("fuze", 3_000, "each"),),
        **facts,
    )


def l1(**facts: Any) -> Line:
    """Example L1 of docs/capacity.md."""
    given = {
        "rated": exactly(3_000), "surge": exactly(5_000),
        "to_rated": exactly(6), "to_surge": exactly(18),
        "committed": exactly(500), "committed_until": exactly(12),
    } | facts  # fmt: skip
    return make_line("L1", 1_000, "X", **given)


def plant(key: str, item: str, units: float, *inputs: Input, months: int = 10) -> Line:
    """A line that is idle until any contract lets it make `units` in so many months."""
    return make_line(
        key, 0, item, rated=exactly(units / months), to_rated=exactly(0), inputs=inputs
    )


def p1() -> tuple[Scenario, tuple[Contract, ...]]:
    """Example P1 of docs/capacity.md."""
    lines = (
        plant("A", "X", 60), plant("B", "X", 50, takes("Z")), plant("C", "Z", 80),
        plant("D", "X", 40),
    )  # fmt: skip
    prices = {"A": 6.0, "B": 5.0, "C": 4.0, "D": 4.0}
    scenario = Scenario(10, (make_need("x", (10, 100)),), lines)
    return scenario, tuple(make_offer(key, price) for key, price in prices.items())


def make_offer(line: str, price: float | None = None, **facts: Any) -> Contract:
    given = {"quantity": 1, "unit": "each", "term": 10, "price": price, **facts}
    return Contract(given.pop("key", line), line, **given)
