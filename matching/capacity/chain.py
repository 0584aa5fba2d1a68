"""How far one line gets with its inputs, and what holds it back in each month.

A line that runs as early as it can puts out, by the end of month t,

    X(t) = min(X(t - 1) + capacity of t, L(t)),    L(t) = min over inputs of available(t) / ratio,

and therefore X(T) = min(C(0, T), min over s <= T of L(s) + C(s, T)), C being what the line can do
between two months: the recursion of D. V. Lindley (1952) for a queue, read backwards. The second
form shows what one more unit a month of an input is worth (s / ratio, s the month of the smallest
term) and for how long: until another term is smallest.

The line is taken to have its inputs for itself, and other lines of the registry to make for it
whatever of them they can, each by its own chain: the most that this line could do. What several
lines make of shared inputs, each counted once, is `coverage`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.capacity import supply
from matching.capacity.facts import Assumption, Case, Contradiction, Line, Scenario
from matching.capacity.ramp import outputs
from matching.capacity.triggers import openings
from matching.capacity.units import measure

Floats = NDArray[np.float64]

ITSELF = "line"  # what binds when it is the line and not an input


@dataclass(frozen=True)
class Bound:
    """What holds the line back from the first to the last of these months."""

    first: int
    last: int
    by: str  # an item, or ITSELF


@dataclass(frozen=True)
class Worth:
    """One more unit a month, from the start, of what `by` names: `gain` more finished units.

    It holds for up to `upto` more a month, where another limit takes over; None if none does.
    """

    by: str
    gain: float
    upto: float | None


@dataclass(frozen=True)
class Chain:
    """A line with its inputs in one case; arrays of one number per month, in the line's unit.

    `capacity` is the line's own net output, `limits` the cumulative units that each input allows,
    `output` the cumulative units that come of both, `ratios` inputs (in `Input.unit`) per unit.
    """

    line: str
    case: Case
    capacity: Floats
    limits: dict[str, Floats]
    ratios: dict[str, float]
    output: Floats
    bounds: tuple[Bound, ...]
    assumptions: tuple[Assumption, ...]

    def worth(self, by: str, month: int) -> Worth:
        """What one more unit a month of an input, or of the line's rate, adds by that month."""
        values, slopes = self._terms(by, month)
        least = values.min()
        tied = values <= least * (1 + 1e-12) + 1e-9
        gain = float(slopes[tied].min())
        slower = slopes < gain
        crossing = (values[slower] - least) / (gain - slopes[slower])
        return Worth(by, gain, float(crossing.min()) if crossing.size else None)

    def _terms(self, by: str, month: int) -> tuple[Floats, Floats]:
        """Every term of X(month), and how fast it grows with one more unit a month."""
        total = np.append(0.0, self.capacity.cumsum())[: month + 1]
        since = np.arange(1.0, month + 1)
        values, slopes = [np.array([total[-1]])], [np.array([month if by == ITSELF else 0.0])]
        for item, limit in self.limits.items():
            values.append(limit[:month] + total[-1] - total[1:])
            if by == ITSELF:
                slopes.append(month - since)
            else:
                slopes.append(since / self.ratios[item] if item == by else 0 * since)
        return np.concatenate(values), np.concatenate(slopes)


def chain_of(scenario: Scenario, line: str, case: Case = Case.BASE) -> Chain:
    """The line with its inputs to itself; raises UnitsDiffer, or Contradiction for a circle."""
    return chains_of(scenario, (line,), case)[line]


def chains_of(scenario: Scenario, lines: Iterable[str], case: Case = Case.BASE) -> dict[str, Chain]:
    """Several lines by their keys, each with its inputs to itself; raises as `chain_of` does."""
    supply.measures(scenario)
    registry = _Registry(scenario, case)
    return {line: registry.chain(line, ()) for line in lines}


class _Registry:
    """A scenario in one case, with what is looked up again at each level of a chain."""

    def __init__(self, scenario: Scenario, case: Case) -> None:
        self.scenario, self.case = scenario, case
        self.lines = {line.key: line for line in scenario.lines}
        net = outputs(scenario.lines, openings(scenario), case, scenario.months).net
        self.capacity = dict(zip(self.lines, net, strict=True))
        self.arrivals = supply.arrivals(scenario, case)
        self.stocks = supply.stocks(scenario)
        self.unbounded = supply.unbounded(scenario, case)
        self.unknown = supply.unknown_items(scenario)
        self.makers: dict[str, list[Line]] = defaultdict(list)
        for line in scenario.lines:
            for item in line.makes:
                self.makers[item].append(line)
        self.found: dict[str, Chain] = {}

    def chain(self, key: str, above: tuple[str, ...]) -> Chain:
        if key in above:
            raise Contradiction(key, "chain-circular")
        if key not in self.found:
            self.found[key] = self._chain(self.lines[key], above)
        return self.found[key]

    def _chain(self, line: Line, above: tuple[str, ...]) -> Chain:
        key = line.key
        limits = {
            one.item: self._available(line, one.item, above)
            / (one.ratio * measure(one.unit).factor)
            for one in line.inputs
            if one.item not in self.unbounded
        }
        output = _earliest(self.capacity[key], limits)
        return Chain(
            key,
            self.case,
            self.capacity[key],
            limits,
            {one.item: one.ratio for one in line.inputs},
            output,
            _bounds(self.capacity[key], limits, output),
            supply.unknown_among(self.unknown, (one.item for one in line.inputs)),
        )

    def _available(self, line: Line, item: str, above: tuple[str, ...]) -> Floats:
        """Base units of an item that could be had by the end of each month."""
        found = np.cumsum(self.arrivals.get(item, np.zeros(self.scenario.months)))
        found = found + self.stocks.get((None, item), 0.0) + self.stocks.get((line.key, item), 0.0)
        for other in self.makers.get(item, ()):
            per_unit = measure(other.unit).factor
            found = found + per_unit * self.chain(other.key, (*above, line.key)).output
        return found


def _earliest(capacity: Floats, limits: dict[str, Floats]) -> Floats:
    """X(T) for every T, by the second form: a running minimum of L(s) - C(0, s)."""
    total = capacity.cumsum()
    slack = np.zeros_like(total)
    for limit in limits.values():
        slack = np.minimum(slack, limit - total)
    return total + np.minimum.accumulate(slack)


def _bounds(capacity: Floats, limits: dict[str, Floats], output: Floats) -> tuple[Bound, ...]:
    """The line where it ran in full in a month, otherwise the input that is used up."""
    before = np.append(0.0, output[:-1])
    full = output - before >= capacity - 1e-9 * np.maximum(capacity, 1.0)
    names = list(limits)
    least = np.argmin(np.array(list(limits.values())), axis=0) if names else np.zeros(len(full))
    found: list[Bound] = []
    for month, ran in enumerate(full, start=1):
        by = ITSELF if ran else names[int(least[month - 1])]
        if found and found[-1].by == by:
            found[-1] = Bound(found[-1].first, month, by)
        else:
            found.append(Bound(month, month, by))
    return tuple(found)
