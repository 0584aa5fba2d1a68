"""The rows of one part: periods, flows, inputs, dates, and what contracts add."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.capacity.facts import Need
from matching.capacity.plant import Plant
from matching.capacity.program import Arc, Block, Rows
from matching.capacity.units import measure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Entries:
    """Rows of a matrix as they are written, with their right-hand sides."""

    def __init__(self) -> None:
        self.rows: list[Ints] = []
        self.columns: list[Ints] = []
        self.values: list[Floats] = []
        self.rhs: list[Floats] = []
        self.height = 0

    def open(self, rhs: Floats) -> Ints:
        """New rows with these right-hand sides; their numbers."""
        new = np.arange(self.height, self.height + len(rhs))
        self.rhs.append(rhs)
        self.height += len(rhs)
        return new

    def put(self, rows: Ints, columns: Ints, value: float) -> None:
        """The same entry at each (row, column)."""
        self.rows.append(rows)
        self.columns.append(columns)
        self.values.append(np.full(len(rows), value))

    def matrix(self, width: int) -> sparse.csr_array:
        place = (np.concatenate(self.rows), np.concatenate(self.columns))
        return sparse.coo_array(
            (np.concatenate(self.values), place), shape=(self.height, width)
        ).tocsr()


class Part:
    """One part while its matrix is written."""

    def __init__(self, plant: Plant, needs: Sequence[Need], kinds: Sequence[int]) -> None:
        self.plant, self.needs, self.numbers = plant, tuple(needs), tuple(kinds)
        self.kinds = {number: plant.kinds[number] for number in kinds}
        self.users = self._users()
        self.used = sorted(self.users)
        self.limits = {key for kind in self.kinds.values() for key in kind.limits}
        self.contracts = np.flatnonzero(np.isin(plant.adds_to, kinds))
        self.arcs = tuple(self._arcs())
        self.arcs_of: dict[int, list[Arc]] = defaultdict(list)
        self.arcs_into: dict[str, list[Arc]] = defaultdict(list)
        for arc in self.arcs:
            self.arcs_of[arc.kind].append(arc)
            if not arc.need:
                self.arcs_into[arc.to].append(arc)
        self.ends = self._ends()
        self.starts = np.append(0, self.ends[:-1])
        self.entries = Entries()
        self.width = 0

    def _users(self) -> dict[str, list[tuple[int, float]]]:
        """For each item the kinds that take it, in their order, with base units for one made."""
        found: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, kind in self.kinds.items():
            for item, ratio in dict(kind.recipe).items():
                found[item].append((number, ratio))
        return found

    def _arcs(self) -> Iterator[Arc]:
        for number, kind in self.kinds.items():
            for need in self.needs:
                if need.item in kind.makes:
                    yield Arc(number, need.key, True)
            for item in kind.makes:  # in order of names
                if item in self.users:
                    yield Arc(number, item, False)

    def _coupled(self) -> list[int]:
        """Kinds for which it matters when in a stretch of months they run."""
        return [
            number
            for number, kind in self.kinds.items()
            if kind.recipe or kind.limits or any(item in self.users for item in kind.makes)
        ]

    def _ends(self) -> Ints:
        """Ends of periods: all dates, and each month in which a rate that matters changes."""
        dates = {month for need in self.needs for month, _ in need.by}
        last, coupled = max(dates), self._coupled()
        signable = self.contracts[np.isin(self.plant.adds_to[self.contracts], coupled)]
        rates = np.vstack(
            [
                self.plant.net[coupled],
                self.plant.added[signable],
                *(self.plant.limits[key] for key in sorted(self.limits)),
                *(self._arrivals(item) for item in self.used),
            ]
        )[:, :last]
        steady = 1e-9 * np.maximum(np.abs(rates[:, :-1]), 1.0)
        changes = np.flatnonzero((np.abs(np.diff(rates, axis=1)) > steady).any(axis=0)) + 1
        changes = changes[changes % self.plant.every == 0]
        return np.array(sorted(dates.union(changes.tolist())), dtype=np.int64)

    def _arrivals(self, item: str) -> Floats:
        return self.plant.arrivals.get(item, np.zeros(self.plant.scenario.months))

    def _by_period(self, monthly: Floats) -> Floats:
        return np.add.reduceat(monthly[..., : self.ends[-1]], self.starts, axis=-1)

    def _columns(self, count: int) -> Ints:
        new = np.arange(self.width, self.width + count)
        self.width += count
        return new

    def block(self) -> Block:
        """Write all rows and close the block."""
        periods = len(self.ends)
        flow = {arc: self._columns(periods) for arc in self.arcs}
        rows = [*self._line_rows(flow), *self._limit_rows(flow), *self._input_rows(flow)]
        pairs = [(need, date) for need in self.needs for date in range(len(need.by))]
        delivered, counted = self._columns(len(pairs)), self._columns(len(pairs))
        upper = np.full(self.width, np.inf)
        base = [measure(need.unit).factor for need, _ in pairs]
        wanted = np.array([need.by[date][1] for need, date in pairs]) * base
        upper[counted] = wanted
        self._date_rows(flow, pairs, delivered, counted)
        weights = np.array([need.priority for need, _ in pairs])
        gain = np.zeros(self.width)
        gain[counted] = weights / wanted
        return Block(
            self.needs, self.numbers, self.arcs, tuple(rows), self.starts, self.ends,
            self.entries.matrix(self.width), np.concatenate(self.entries.rhs),
            self._signing({rows.subject: rows for rows in rows if rows.about == "line"}),
            gain, upper, counted, weights,
        )  # fmt: skip

    def _line_rows(self, flow: Mapping[Arc, Ints]) -> Iterator[Rows]:
        for number in self.numbers:
            rows = self.entries.open(self._by_period(self.plant.net[number]))
            for arc in self.arcs_of[number]:
                self.entries.put(rows, flow[arc], 1.0)
            yield Rows("line", number, int(rows[0]))

    def _limit_rows(self, flow: Mapping[Arc, Ints]) -> Iterator[Rows]:
        under: dict[str, list[int]] = defaultdict(list)
        for number, kind in self.kinds.items():
            for key in kind.limits:
                under[key].append(number)
        for key in sorted(under):
            rows = self.entries.open(self._by_period(self.plant.limits[key]))
            for arc in (arc for number in under[key] for arc in self.arcs_of[number]):
                self.entries.put(rows, flow[arc], 1.0)
            yield Rows("limit", key, int(rows[0]))

    def _input_rows(self, flow: Mapping[Arc, Ints]) -> Iterator[Rows]:
        for item in self.used:
            come = self._by_period(self._arrivals(item))
            come[0] += self.plant.stocks.get((None, item), 0.0)
            rows = self.entries.open(come)
            kept = self._columns(len(rows))
            self.entries.put(rows, kept, 1.0)
            self.entries.put(rows[1:], kept[:-1], -1.0)
            for arc in self.arcs_into[item]:
                self.entries.put(rows, flow[arc], -1.0)
            self._uses(item, rows, flow)
            yield Rows("input", item, int(rows[0]))

    def _uses(self, item: str, rows: Ints, flow: Mapping[Arc, Ints]) -> None:
        """What lines take of an item, less what they have of it in a stock of their own."""
        for number, ratio in self.users[item]:
            uses = [flow[arc] for arc in self.arcs_of[number]]
            for columns in uses:
                self.entries.put(rows, columns, ratio)
            stock = self.plant.stocks.get((self.kinds[number].alone, item), 0.0)
            if stock > 0:
                drawn = self._columns(len(rows))
                self.entries.put(rows, drawn, -1.0)
                total = self.entries.open(np.array([stock]))
                self.entries.put(np.repeat(total, len(rows)), drawn, 1.0)
                needed = self.entries.open(np.zeros(len(rows)))
                self.entries.put(needed, drawn, 1.0)
                for columns in uses:
                    self.entries.put(needed, columns, -ratio)

    def _date_rows(
        self,
        flow: Mapping[Arc, Ints],
        pairs: Sequence[tuple[Need, int]],
        delivered: Ints,
        counted: Ints,
    ) -> None:
        """Cumulative deliveries at each date, and no more of them than the last date wants."""
        into: dict[str, list[Ints]] = defaultdict(list)
        for arc, columns in flow.items():
            if arc.need:
                into[arc.to].append(columns)
        for column, (need, date) in enumerate(pairs):
            row = self.entries.open(np.zeros(1))
            self.entries.put(row, delivered[[column]], 1.0)
            before = need.by[date - 1][0] if date else 0
            if date:
                self.entries.put(row, delivered[[column - 1]], -1.0)
            since = np.flatnonzero((self.ends > before) & (self.ends <= need.by[date][0]))
            for columns in into[need.key]:
                self.entries.put(np.repeat(row, len(since)), columns[since], -1.0)
        shown = self.entries.open(np.zeros(len(pairs)))
        self.entries.put(shown, counted, 1.0)
        self.entries.put(shown, delivered, -1.0)
        for need in self.needs:
            enough = self.entries.open(np.array([need.by[-1][1] * measure(need.unit).factor]))
            for columns in into[need.key]:
                self.entries.put(np.repeat(enough, len(columns)), columns, 1.0)

    def _signing(self, rows_of: Mapping[str | int, Rows]) -> sparse.csc_array:
        """What each contract adds to the right-hand side, (rows, contracts)."""
        shape = (self.entries.height, len(self.plant.added))
        rows: list[Iterable[int]] = []
        values = []
        for contract in self.contracts:
            first = rows_of[int(self.plant.adds_to[contract])].first
            rows.append(range(first, first + len(self.ends)))
            values.append(self._by_period(self.plant.added[contract]))
        if not rows:
            return sparse.csc_array(shape)
        columns = np.repeat(self.contracts, len(self.ends))
        place = (np.concatenate([np.array(run) for run in rows]), columns)
        return sparse.coo_array((np.concatenate(values), place), shape=shape).tocsc()
