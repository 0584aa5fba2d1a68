"""Who depends on whom: single and sole sources, concentration, and who else stops.

A *sole* source is the only one there is, as a firm says of its input; a *single* source the only
one in use, which others could join. Concentration is the Herfindahl-Hirschman index (A. O.
Hirschman, "The Paternity of an Index", 1964): the sum of squared shares, from near 0 (many alike)
to 1 (one alone); its inverse is how many equal suppliers would be as concentrated.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from matching.capacity import supply
from matching.capacity.assemble import build
from matching.capacity.coverage import Coverage, cover
from matching.capacity.facts import Case, Line, Scenario
from matching.capacity.ramp import outputs
from matching.capacity.triggers import openings
from matching.capacity.units import measure
from matching.capacity.worth import Appraiser, Loss


@dataclass(frozen=True)
class Supplier:
    """Who supplies an input: a firm of the registry, or an outside source by its key."""

    about: str  # "firm" or "source"
    key: str
    units: float  # base units over the whole horizon


@dataclass(frozen=True)
class ItemRisk:
    """One input: its suppliers, largest first, their concentration, and the lines that need it.

    `index` is None when no supplier states a rate above zero. `sole` are the lines that say that
    their source is the only one there is; `unknown` is the code why the supply is not known.
    """

    item: str
    suppliers: tuple[Supplier, ...]
    index: float | None
    lines: tuple[str, ...]
    sole: tuple[str, ...]
    unknown: str | None

    @property
    def single(self) -> bool:
        """Whether one supplier alone is stated."""
        return len(self.suppliers) == 1


@dataclass(frozen=True)
class NeedRisk:
    """One need: how concentrated by firm what is delivered by its last date is (None: nothing)."""

    need: str
    index: float | None
    firms: tuple[tuple[str, float], ...]  # shares, largest first


@dataclass(frozen=True)
class Stop:
    """What follows when a firm or source stops.

    `lines` are those that stop with it, in rounds: first its own, then lines that need an input
    nobody else supplies, and so on. Stocks are left out of this: they delay a stop and do not
    prevent it. `coverage` is what remains in the scenario, stocks included.
    """

    loss: Loss
    rounds: tuple[tuple[str, ...], ...]
    coverage: float

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line for lines in self.rounds for line in lines)


def concentration(amounts: Iterable[float]) -> float | None:
    """The Herfindahl-Hirschman index of amounts, 0 to 1; None when they sum to nothing."""
    figures = list(amounts)
    total = sum(figures)
    return sum((figure / total) ** 2 for figure in figures) if total > 0 else None


def item_risks(scenario: Scenario, case: Case = Case.BASE) -> tuple[ItemRisk, ...]:
    """Every input that some line requires, by item."""
    suppliers = _suppliers(scenario, case)
    unknown = supply.unknown_items(scenario)
    needing: dict[str, list[str]] = defaultdict(list)
    sole: dict[str, list[str]] = defaultdict(list)
    for line in sorted(scenario.lines, key=lambda line: line.key):
        for one in line.inputs:
            needing[one.item].append(line.key)
            if one.sole_source:
                sole[one.item].append(line.key)
    return tuple(
        ItemRisk(
            item,
            tuple(suppliers[item]),
            concentration(supplier.units for supplier in suppliers[item]),
            tuple(needing[item]),
            tuple(sole[item]),
            unknown.get(item),
        )
        for item in sorted(needing)
    )


def need_risks(scenario: Scenario, coverage: Coverage | None = None) -> tuple[NeedRisk, ...]:
    """Every need by the firms that deliver it in a coverage (the base case if none is given)."""
    found = coverage or cover(scenario)
    firm_of = {line.key: line.firm for line in scenario.lines}
    units: dict[str, dict[str, float]] = {need.key: defaultdict(float) for need in scenario.needs}
    for flow in found.flows:
        if flow.need:
            units[flow.to][firm_of[flow.line]] += float(flow.units.sum())
    return tuple(_need_risk(need.key, units[need.key]) for need in scenario.needs)


def stops(scenario: Scenario, losses: Iterable[Loss], case: Case = Case.BASE) -> tuple[Stop, ...]:
    """What follows from each loss by itself."""
    model = build(scenario, case)
    appraiser, nothing = Appraiser(model), np.zeros(0)
    return tuple(
        Stop(loss, rounds(scenario, [loss]), appraiser.after(loss, nothing)) for loss in losses
    )


def rounds(scenario: Scenario, losses: Collection[Loss]) -> tuple[tuple[str, ...], ...]:
    """The lines that stop when all of this is lost at once: lost firms' own, then round by round.

    The first round is empty if only sources are lost. An input that nobody was ever stated to
    supply stops no line.
    """
    return tuple(_rounds(scenario, {(loss.about, loss.key) for loss in losses}))


def _rounds(scenario: Scenario, lost: Collection[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    sources = [one.item for one in scenario.sources if ("source", one.key) not in lost]
    running = {line.key: line for line in scenario.lines}
    known = {one.item for one in scenario.sources} | _made(running.values())
    stopped = {key for key, line in running.items() if ("firm", line.firm) in lost}
    yield tuple(sorted(stopped))
    while True:
        for key in stopped:
            del running[key]
        gone = known.difference(sources, _made(running.values()))
        stopped = {
            key for key, line in running.items() if any(one.item in gone for one in line.inputs)
        }
        if not stopped:
            return
        yield tuple(sorted(stopped))


def _need_risk(need: str, units: dict[str, float]) -> NeedRisk:
    total = sum(units.values())
    shares = sorted(((firm, sent / total) for firm, sent in units.items()), key=_largest)
    return NeedRisk(need, concentration(units.values()), tuple(shares))


def _largest(pair: tuple[str, float]) -> tuple[float, str]:
    return -pair[1], pair[0]


def _suppliers(scenario: Scenario, case: Case) -> dict[str, list[Supplier]]:
    """Stated suppliers of every item, largest first."""
    units: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for source in scenario.sources:
        come = supply.arriving(source, case, scenario.months).sum()
        units[source.item]["source", source.key] += float(come)
    net = outputs(scenario.lines, openings(scenario), case, scenario.months).net.sum(axis=1)
    for line, total in zip(scenario.lines, net, strict=True):
        for item in line.makes:
            units[item]["firm", line.firm] += float(total) * measure(line.unit).factor
    found: dict[str, list[Supplier]] = defaultdict(list)
    for item, by_supplier in units.items():
        ordered = sorted(by_supplier.items(), key=lambda pair: (-pair[1], pair[0]))
        found[item] = [Supplier(about, key, amount) for (about, key), amount in ordered]
    return found


def _made(lines: Iterable[Line]) -> set[str]:
    return {item for line in lines for item in line.makes}
