"""What comes from outside the lines: items in one measure, stocks, and arrivals of sources.

Inputs keep, so that everything here is cumulative: by the end of a month, what is used is at most
what was in stock and has arrived. Stated stocks and rates are what is free for new work; what is
already sold is taken to have its inputs.

A required input with no stated source (nobody in the registry makes it and no outside source is
named) is *unknown*, and so is one whose source states no rate or no lead time. The high case does
not let an unknown input bind; the others count its stock and what is stated, and nothing more.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.capacity.facts import Assumption, Case, Scenario, Source
from matching.capacity.ramp import NEVER
from matching.capacity.units import UnitsDiffer, measure

Floats = NDArray[np.float64]


def measures(scenario: Scenario) -> dict[str, str]:
    """The base unit of every item; raises UnitsDiffer where two rows measure it differently."""
    found: dict[str, str] = {}
    for item, unit in _mentions(scenario):
        base = measure(unit).of
        if found.setdefault(item, base) != base:
            raise UnitsDiffer(unit, found[item])
    return found


def arriving(source: Source, case: Case, months: int) -> Floats:
    """Base units that come from a source in each month, (months,)."""
    rate = 0.0 if source.rate is None else source.rate.at(case)
    lead = NEVER if source.lead is None else source.lead.at(case)
    passed = np.clip(np.arange(months + 1.0) - lead, 0.0, None)
    return measure(source.unit).factor * rate * np.diff(passed)


def arrivals(scenario: Scenario, case: Case) -> dict[str, Floats]:
    """Base units of every item that come from outside in each month, (months,) each."""
    totals: dict[str, Floats] = {}
    for source in sorted(scenario.sources, key=lambda row: row.key):
        come = arriving(source, case, scenario.months)
        totals[source.item] = totals.get(source.item, 0.0) + come
    return totals


def stocks(scenario: Scenario) -> dict[tuple[str | None, str], float]:
    """Base units on hand on day 0, by (line that alone may use them or None, item)."""
    totals: dict[tuple[str | None, str], float] = defaultdict(float)
    # Summed in an order that no order of rows can change.
    for stock in sorted(scenario.stocks, key=lambda row: (row.item, row.line or "", row.quantity)):
        totals[stock.line, stock.item] += stock.quantity * measure(stock.unit).factor
    return totals


def unknown_items(scenario: Scenario) -> dict[str, str]:
    """Required inputs whose supply is not stated in full, each with the code that says why."""
    made = {item for line in scenario.lines for item in line.makes}
    sources = _by_item(scenario.sources)
    required = {one.item for line in scenario.lines for one in line.inputs}
    found = {}
    for item in sorted(required):
        if item not in made and item not in sources:
            found[item] = "input-source-not-stated"
        elif any(source.rate is None for source in sources.get(item, ())):
            found[item] = "input-rate-not-stated"
        elif any(source.lead is None for source in sources.get(item, ())):
            found[item] = "input-lead-not-stated"
    return found


def unbounded(scenario: Scenario, case: Case) -> frozenset[str]:
    """Items that may not bind in this case."""
    return frozenset(unknown_items(scenario)) if case is Case.HIGH else frozenset()


def assumptions(scenario: Scenario, items: Iterable[str]) -> tuple[Assumption, ...]:
    """What these items' supply rests on, unknown supply first."""
    return unknown_among(unknown_items(scenario), items)


def unknown_among(unknown: Mapping[str, str], items: Iterable[str]) -> tuple[Assumption, ...]:
    """The same of what `unknown_items` found."""
    wanted = set(items)
    return tuple(Assumption(code, item) for item, code in unknown.items() if item in wanted)


def _by_item(sources: Sequence[Source]) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        found[source.item].append(source)
    return found


def _mentions(scenario: Scenario) -> Iterator[tuple[str, str]]:
    yield from ((need.item, need.unit) for need in scenario.needs)
    for line in scenario.lines:
        yield from ((item, line.unit) for item in line.makes)
        yield from ((one.item, one.unit) for one in line.inputs)
    yield from ((source.item, source.unit) for source in scenario.sources)
    yield from ((stock.item, stock.unit) for stock in scenario.stocks)
