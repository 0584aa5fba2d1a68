"""Lines, inputs and needs as linear programs, one for each part that shares nothing with the rest.

A transportation problem over time with inventories of inputs (F. L. Hitchcock, 1941; A. S. Manne,
"Programming of Economic Lot Sizes", 1958, for inventory rows): variables are flows of output from
lines to needs or to the pool of an input, cumulative deliveries at each date, and inventories.

    maximise   sum over needs n and dates k of weight(n) * counted(n, k) / wanted(n, k)
    subject to flows out of a line in a period          <= its net output in the period
               flows out of lines that share a limit    <= what the limit leaves
               inventory + used + drawn from the pool   <= inventory before + arrived + made
               delivered by k <= delivered by k - 1 + flows since;  counted <= delivered, wanted

Four things keep it small, none of which changes the answer:

* *Lines with equal coefficients are one column* (same items, recipe, evidence and limits): a sum of
  such lines can do just what they can do together. It is shared out by net output afterwards.
* *Months are periods.* Where lines neither need nor make inputs nor share limits, only the dates of
  needs matter. Elsewhere months are merged while every rate is constant: a plan for the merged
  months, run evenly, keeps every cumulative limit between two ends that it keeps at both.
* *Parts that share nothing are solved apart* (connected components of the graph of lines, items,
  limits and needs).
* *Inventories instead of cumulative sums*: a row per item and period has few entries.

A contract that could be signed adds to the right-hand side: `rhs + signing @ y`, y being 0 or 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.capacity import supply
from matching.capacity.facts import Case, Contract, Line, Need, Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Kind:
    """What makes lines one column: `recipe` is base units of each item per base unit made.

    `alone` names the line if it has stock of its own, and is empty otherwise.
    """

    makes: tuple[str, ...]
    recipe: tuple[tuple[str, float], ...]
    evidence: str
    limits: tuple[str, ...]
    alone: str = ""


@dataclass(frozen=True)
class Arc:
    """Output of one kind of line flowing to one need, or into the pool of one input."""

    kind: int
    to: str
    need: bool


@dataclass(frozen=True)
class Rows:
    """A run of rows: what they limit, which one, from row `first`, one for each period."""

    about: str  # "line", "limit" or "input"
    subject: str | int  # a key of a limit, an item, or the number of a kind
    first: int


@dataclass(frozen=True)
class Block:
    """One part: maximise gain @ x with matrix @ x <= rhs + signing @ y and 0 <= x <= upper.

    `starts` and `ends` are the periods: months starts + 1 to ends. Columns begin with the arcs, one
    for each period; `counted` are the columns of (need, date) pairs in order.
    """

    needs: tuple[Need, ...]
    kinds: tuple[int, ...]
    arcs: tuple[Arc, ...]
    rows: tuple[Rows, ...]
    starts: Ints
    ends: Ints
    matrix: sparse.csr_array
    rhs: Floats
    signing: sparse.csc_array
    gain: Floats
    upper: Floats
    counted: Ints

    weights: Floats  # of each counted column: what counting all that is wanted is worth

    @property
    def periods(self) -> int:
        return len(self.ends)

    def by_period(self, monthly: Floats) -> Floats:
        """Sums of the last axis (months) over each period."""
        last = int(self.ends[-1])
        return np.add.reduceat(monthly[..., :last], self.starts, axis=-1)

    def flows(self, x: Floats) -> Floats:
        """The flows of a solution, (arcs, periods)."""
        return x[: len(self.arcs) * self.periods].reshape(len(self.arcs), self.periods)


@dataclass(frozen=True)
class Model:
    """A scenario in one case, compiled.

    `net` is what each line can put out for new needs each month in base units, (lines, months);
    `kind_of` the number of each line's kind, -1 if it serves nothing that is asked for; `added`
    what each contract that could be signed adds, (contracts, months).
    """

    scenario: Scenario
    case: Case
    lines: tuple[Line, ...]
    contracts: tuple[Contract, ...]
    net: Floats
    added: Floats
    kinds: tuple[Kind, ...]
    kind_of: Ints
    blocks: tuple[Block, ...]
    measures: dict[str, str]  # the base unit of every item

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Each line's row in `net`."""
        return {line.key: row for row, line in enumerate(self.lines)}

    def without_firm(self, firm: str) -> "Model":
        """The same with nothing coming from this firm."""
        lost = [row for row, line in enumerate(self.lines) if line.firm == firm]
        kept = np.array([self.lines[self.row_of[one.line]].firm != firm for one in self.contracts])
        return self._changed(lambda block: self._without_lines(block, lost, kept))

    def without_source(self, key: str) -> "Model":
        """The same with nothing coming from this outside source."""
        source = next(source for source in self.scenario.sources if source.key == key)
        come = supply.arriving(source, self.case, self.scenario.months)

        def changed(block: Block) -> Block:
            return _lowered(block, "input", source.item, block.by_period(come))

        return self._changed(changed)

    def _changed(self, change: Callable[[Block], Block]) -> "Model":
        return replace(self, blocks=tuple(change(block) for block in self.blocks))

    def _without_lines(self, block: Block, lost: Sequence[int], kept: NDArray[np.bool_]) -> Block:
        inside = set(block.kinds)
        here = [row for row in lost if int(self.kind_of[row]) in inside]
        if not here:
            return block
        for row in here:
            less = block.by_period(self.net[row])
            block = _lowered(block, "line", int(self.kind_of[row]), less)
        if not kept.all():
            block = replace(block, signing=block.signing @ sparse.diags_array(kept.astype(float)))
        return block


def _lowered(block: Block, about: str, subject: str | int, less: Floats) -> Block:
    """The block with less on the right of one run of rows, or itself if it has no such run."""
    for rows in block.rows:
        if (rows.about, rows.subject) == (about, subject):
            rhs = block.rhs.copy()
            run = slice(rows.first, rows.first + block.periods)
            rhs[run] = np.maximum(rhs[run] - less, 0.0)
            return replace(block, rhs=rhs)
    return block
