"""Coverage in two plainer ways, to check `matching.capacity` and to measure it against.

`monthly` is the program as one would first write it: a column for each line, month and use, inputs
limited by cumulative sums month by month; nothing merged, nothing taken apart. `greedy` hands each
need, the most important first, whatever lines can still make for it.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from matching.capacity import Case, Line, Scenario, supply
from matching.capacity.ramp import Output, outputs
from matching.capacity.triggers import openings
from matching.capacity.units import measure


def monthly(scenario: Scenario, case: Case = Case.BASE) -> float:
    """Coverage by the program without any reduction."""
    program = _Monthly(scenario, case)
    program.write()
    return program.solve()


class _Monthly:
    def __init__(self, scenario: Scenario, case: Case) -> None:
        self.scenario, self.case, self.months = scenario, case, scenario.months
        self.unbounded = supply.unbounded(scenario, case)
        self.output = _base_units(scenario, case)
        self.used = {one.item for line in scenario.lines for one in line.inputs} - self.unbounded
        self.columns: dict[tuple[object, ...], int] = {}
        self.entries: list[tuple[int, int, float]] = []
        self.rhs: list[float] = []
        self.upper: dict[int, float] = {}
        self.gain: dict[int, float] = {}

    def column(self, *key: object) -> int:
        return self.columns.setdefault(key, len(self.columns))

    def row(self, rhs: float, entries: dict[int, float]) -> None:
        self.entries += [(len(self.rhs), column, value) for column, value in entries.items()]
        self.rhs.append(rhs)

    def uses(self, line: Line) -> Iterator[tuple[str, str]]:
        """Where a line's output can go: to a need, or to the pool of an input."""
        for need in self.scenario.needs:
            if need.item in line.makes:
                yield "need", need.key
        for item in sorted(self.used):
            if item in line.makes:
                yield "pool", item

    def write(self) -> None:
        self._lines()
        self._limits()
        for item in sorted(self.used):
            self._input(item)
        self._needs()

    def _lines(self) -> None:
        for number, line in enumerate(self.scenario.lines):
            for month in range(self.months):
                used = {self.column(line.key, use, month): 1.0 for use in self.uses(line)}
                self.row(float(self.output.net[number, month]), used)

    def _limits(self) -> None:
        number = {line.key: at for at, line in enumerate(self.scenario.lines)}
        for shared in self.scenario.shared:
            for month in range(self.months):
                sold = sum(self.output.committed[number[key], month] for key in shared.lines)
                rate = shared.rate.at(self.case) * measure(shared.unit).factor
                used = {
                    self.column(key, use, month): 1.0
                    for key in shared.lines
                    for use in self.uses(self.scenario.lines[number[key]])
                }
                self.row(max(0.0, float(rate - sold)), used)

    def _input(self, item: str) -> None:
        come = supply.arrivals(self.scenario, self.case).get(item, np.zeros(self.months)).cumsum()
        stocks = supply.stocks(self.scenario)
        needing = [line for line in self.scenario.lines if item in _ratios(line)]
        for line in needing:
            for month in range(self.months):
                drawn = {self.column("own", line.key, item, at): 1.0 for at in range(month + 1)}
                self.row(stocks.get((line.key, item), 0.0), drawn)
        for month in range(self.months):
            pool: dict[int, float] = defaultdict(float)
            for at in range(month + 1):
                self._pool(item, needing, at, pool)
            self.row(float(come[month]) + stocks.get((None, item), 0.0), pool)
        for line in needing:
            for month in range(self.months):
                row = {
                    self.column(line.key, use, month): -_ratios(line)[item]
                    for use in self.uses(line)
                }
                self.row(0.0, {**row, self.column("own", line.key, item, month): 1.0})

    def _pool(self, item: str, needing: list[Line], month: int, pool: dict[int, float]) -> None:
        """What is taken from an item's pool in a month, less what is made or of one's own."""
        for line in self.scenario.lines:
            if item in line.makes:
                pool[self.column(line.key, ("pool", item), month)] -= 1.0
        for line in needing:
            for use in self.uses(line):
                pool[self.column(line.key, use, month)] += _ratios(line)[item]
            pool[self.column("own", line.key, item, month)] -= 1.0

    def _needs(self) -> None:
        total = sum(need.priority for need in self.scenario.needs for _ in need.by)
        for need in self.scenario.needs:
            makers = [line for line in self.scenario.lines if need.item in line.makes]
            for month, wanted in need.by:
                counted = self.column("counted", need.key, month)
                units = wanted * measure(need.unit).factor
                self.upper[counted], self.gain[counted] = 1.0, need.priority / total
                came = {
                    self.column(line.key, ("need", need.key), at): -1.0 / units
                    for line in makers
                    for at in range(month)
                }
                self.row(0.0, {**came, counted: 1.0})

    def solve(self) -> float:
        width = len(self.columns)
        rows, columns, values = zip(*self.entries, strict=True)
        matrix = sparse.csr_array((values, (rows, columns)), shape=(len(self.rhs), width))
        gain = np.array([self.gain.get(column, 0.0) for column in range(width)])
        bounds = [(0.0, self.upper.get(column)) for column in range(width)]
        found = linprog(-gain, A_ub=matrix, b_ub=self.rhs, bounds=bounds, method="highs")
        assert found.status == 0, found.message
        return float(-found.fun)


def greedy(scenario: Scenario, case: Case = Case.BASE) -> float:
    """Coverage when needs are served one after the other, as early and as fully as can be."""
    net = _base_units(scenario, case).net.copy()
    left = {
        item: (
            supply.arrivals(scenario, case).get(item, np.zeros(scenario.months)).cumsum()
            + supply.stocks(scenario).get((None, item), 0.0)
        )
        for item in {one.item for line in scenario.lines for one in line.inputs}
    }
    for number, line in enumerate(scenario.lines):
        for item in left.keys() & set(line.makes):
            left[item] = left[item] + net[number].cumsum()
            net[number] = 0.0
    gained = 0.0
    for need in sorted(scenario.needs, key=lambda need: (-need.priority, need.key)):
        came = np.zeros(scenario.months)
        for number, line in enumerate(scenario.lines):
            if need.item in line.makes:
                short = max(0.0, need.by[-1][1] * measure(need.unit).factor - came.sum())
                made = _first(_within(net[number], line, left), short)
                net[number] -= made
                for item, ratio in _ratios(line).items():
                    left[item] = left[item] - ratio * made.cumsum()
                came += made
        for month, wanted in need.by:
            units = wanted * measure(need.unit).factor
            gained += need.priority * min(1.0, came[:month].sum() / units)
    return gained / sum(need.priority for need in scenario.needs for _ in need.by)


def _first(made: np.ndarray, most: float) -> np.ndarray:
    return np.diff(np.minimum(made.cumsum(), most), prepend=0.0)


def _within(net: np.ndarray, line: Line, left: dict[str, np.ndarray]) -> np.ndarray:
    """What a line makes with the inputs that are left, now and later."""
    total = net.cumsum()
    made = total
    for item, ratio in _ratios(line).items():
        room = np.minimum.accumulate(left[item][::-1])[::-1] / ratio
        made = np.minimum(made, total + np.minimum.accumulate(np.minimum(room - total, 0.0)))
    return np.diff(np.maximum(made, 0.0), prepend=0.0)


def _ratios(line: Line) -> dict[str, float]:
    per_unit = measure(line.unit).factor
    return {one.item: one.ratio * measure(one.unit).factor / per_unit for one in line.inputs}


def _base_units(scenario: Scenario, case: Case) -> Output:
    per_unit = np.array([[measure(line.unit).factor] for line in scenario.lines])
    output = outputs(scenario.lines, openings(scenario), case, scenario.months)
    return Output(output.gross * per_unit, output.committed * per_unit)
