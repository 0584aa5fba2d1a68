"""How much of each need is met by its dates, by whose lines, and what binds.

Coverage by a date is min(delivered, wanted) / wanted; of a scenario, the mean over all dates of
all needs, weighted by priority. A line's month goes to one need or is split, and is counted once.
The assignment that maximises coverage is found as the linear programs of `program`; ties go to
earlier dates, then to stronger evidence, then to earlier months.

Duals say what one more unit of a constraint in a month is worth, in units of coverage (1 being
all needs met at all dates). Where several constraints bind at once a dual is one of the slopes
between "one unit less" and "one unit more", as always in linear programming.

Inputs follow `supply`; evidence is that of the line that finishes the unit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from math import fsum

import numpy as np
from numpy.typing import NDArray

from matching.capacity import supply
from matching.capacity.assemble import build
from matching.capacity.facts import EVIDENCE, Assumption, Case, Need, Scenario
from matching.capacity.program import Block, Model
from matching.capacity.ramp import not_stated
from matching.capacity.solve import ZERO, Solution, settle, solve
from matching.capacity.triggers import openings
from matching.capacity.units import measure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Flow:
    """What one line sends, `units` a month (in base units of the item), to a need or an input.

    `to` is the key of the need or, where `need` is False, the item that other lines use.
    """

    line: str
    to: str
    need: bool
    units: Floats


@dataclass(frozen=True)
class AtDate:
    """One need at one of its dates, in the need's unit."""

    need: str
    month: int
    wanted: float
    delivered: float
    by_evidence: tuple[tuple[str, float], ...]

    @property
    def gap(self) -> float:
        return max(0.0, self.wanted - self.delivered)

    @property
    def coverage(self) -> float:
        return min(self.delivered, self.wanted) / self.wanted


@dataclass(frozen=True)
class Binding:
    """A constraint that binds in months first to last: one more unit in one of them is `worth`.

    `about` is "line" (then `subjects` are the lines that are alike), "limit" or "input"; `worth` is
    coverage per base unit `unit` more in any one of these months; `needs` are those it could serve.
    """

    about: str
    subjects: tuple[str, ...]
    first: int
    last: int
    worth: float
    unit: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """The best assignment of a scenario's lines in one case."""

    case: Case
    share: float
    dates: tuple[AtDate, ...]
    flows: tuple[Flow, ...]
    bindings: tuple[Binding, ...]
    assumptions: tuple[Assumption, ...]


def cover(scenario: Scenario, case: Case = Case.BASE, every: int = 1) -> Coverage:
    """Assign lines to needs; raises UnitsDiffer or UnknownUnit.

    A larger `every` is faster and a little too hopeful: inputs are balanced at the end of each
    `every` months, not of each month.
    """
    model = build(scenario, case, every=every)
    solved = [(block, solve(block, block.rhs)) for block in model.blocks]
    flows = tuple(
        flow
        for block, best in solved
        for flow in _flows(model, block, settle(block, block.rhs, best, model.kinds))
    )
    dates = tuple(_dates(scenario, model, flows))
    total = fsum(weight for block in model.blocks for weight in block.weights)
    priority = {need.key: need.priority for need in scenario.needs}
    return Coverage(
        case,
        # Exact, so that the order of needs leaves no trace in the last digit.
        fsum(priority[date.need] * date.coverage for date in dates) / total,
        dates,
        flows,
        tuple(one for block, best in solved for one in _bindings(model, block, best, total)),
        _assumptions(scenario, model),
    )


def cover_range(scenario: Scenario) -> tuple[Coverage, Coverage, Coverage]:
    """Coverage in the low, base and high case."""
    low, base, high = (cover(scenario, case) for case in Case)
    return low, base, high


def _flows(model: Model, block: Block, x: Floats) -> Iterator[Flow]:
    """The flows of kinds of lines shared out to the lines by what each can put out."""
    last = int(block.ends[-1])
    period = np.repeat(np.arange(block.periods), block.ends - block.starts)
    members = {number: np.flatnonzero(model.kind_of == number) for number in block.kinds}
    for arc, flow in zip(block.arcs, block.flows(x), strict=True):
        if not (flow > 0).any():
            continue
        net = model.net[members[arc.kind], :last]
        capacity = block.by_period(net.sum(axis=0))
        used = np.divide(flow, capacity, out=np.zeros_like(flow), where=capacity > 0)
        units = net * np.minimum(used, 1.0)[period]
        for row, sent in zip(members[arc.kind], units, strict=True):
            if sent.any():
                padded = np.pad(sent, (0, model.scenario.months - last))
                yield Flow(model.lines[row].key, arc.to, arc.need, padded)


def _dates(scenario: Scenario, model: Model, flows: tuple[Flow, ...]) -> Iterator[AtDate]:
    received: Mapping[str, dict[str, Floats]] = defaultdict(dict)
    for flow in flows:
        if flow.need:
            level = model.lines[model.row_of[flow.line]].evidence
            before = received[flow.to].get(level, 0.0)
            received[flow.to][level] = before + flow.units
    for need in scenario.needs:
        yield from _dates_of(need, received[need.key])


def _dates_of(need: Need, received: Mapping[str, Floats]) -> Iterator[AtDate]:
    factor = measure(need.unit).factor
    for month, wanted in need.by:
        levels = tuple(
            (level, float(received[level][:month].sum()) / factor)
            for level in EVIDENCE
            if level in received
        )
        yield AtDate(need.key, month, wanted, sum((units for _, units in levels), 0.0), levels)


def _bindings(model: Model, block: Block, best: Solution, total: float) -> Iterator[Binding]:
    """Runs of rows with a dual, months of equal worth joined."""
    for rows in block.rows:
        worth = best.duals[rows.first : rows.first + block.periods] / total
        worth[worth < ZERO * block.gain.max() / total] = 0.0
        if not worth.any():
            continue
        changes = np.flatnonzero(np.abs(np.diff(worth)) > ZERO * worth.max()) + 1
        for run in np.split(np.arange(block.periods), changes):
            if worth[run[0]] > 0:
                yield Binding(
                    rows.about,
                    _subjects(model, rows.about, rows.subject),
                    int(block.starts[run[0]]) + 1,
                    int(block.ends[run[-1]]),
                    float(worth[run[0]]),
                    _unit(model, rows.about, rows.subject),
                    tuple(need.key for need in block.needs),
                )


def _subjects(model: Model, about: str, subject: str | int) -> tuple[str, ...]:
    if about != "line":
        return (str(subject),)
    return tuple(model.lines[row].key for row in np.flatnonzero(model.kind_of == subject))


def _unit(model: Model, about: str, subject: str | int) -> str:
    if about == "limit":
        shared = next(one for one in model.scenario.shared if one.key == subject)
        return measure(shared.unit).of
    item = model.kinds[int(subject)].makes[0] if about == "line" else str(subject)
    return model.measures[item]


def _assumptions(scenario: Scenario, model: Model) -> tuple[Assumption, ...]:
    """Unknown inputs first, then unknown figures of lines that serve what is asked for."""
    serving = [
        (line, opening)
        for line, opening in zip(scenario.lines, openings(scenario), strict=True)
        if model.kind_of[model.row_of[line.key]] >= 0
    ]
    items = {one.item for line, _ in serving for one in line.inputs}
    figures = (not_stated(line, opening, model.case) for line, opening in serving)
    return supply.assumptions(scenario, items) + tuple(chain.from_iterable(figures))
