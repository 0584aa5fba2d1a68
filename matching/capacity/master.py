"""The mixed-integer program of a portfolio: which contracts to sign, and what then flows.

Columns are the contracts (0 or 1), one slack, and a copy of the flows of every block that a
contract changes; blocks that none changes are worth the same whatever is signed. In robust mode
there is one more copy of the flows for each loss that has been found to matter, all under the same
contracts: column-and-constraint generation, B. Zeng and L. Zhao (Operations Research Letters 41,
2013). What the slack stands for depends on the aim.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.capacity.facts import Limits
from matching.capacity.program import Block, Model
from matching.capacity.search import Found, Program
from matching.capacity.triggers import Cost
from matching.capacity.worth import Appraiser, Loss

Floats = NDArray[np.float64]

# Among equally good portfolios the cheaper one: all contracts' cost is worth this much coverage.
THRIFT = 1e-6
TOLERANCE = 1e-6  # of coverage


class Aim(StrEnum):
    """What is maximised or minimised."""

    COVERAGE = "coverage"
    COST = "cost"  # at the required coverage
    SURVIVAL = "survive"  # the slack is the coverage left after the worst loss, maximised
    MONEY = "budget"  # the slack is money beyond the budget, minimised


@dataclass
class Master:
    """A model with the costs of its contracts, and the losses found to matter so far."""

    appraiser: Appraiser
    costs: Sequence[Cost]
    losses: dict[Loss, Model] = field(default_factory=dict)

    def reckon_with(self, loss: Loss) -> None:
        """Add a copy of the flows for this loss."""
        self.losses[loss] = self.appraiser.without(loss)

    @property
    def model(self) -> Model:
        return self.appraiser.model

    @property
    def totals(self) -> Floats:
        """Dollars for each contract."""
        return np.array([cost.total for cost in self.costs])

    @property
    def everything(self) -> float:
        """Dollars for all contracts together, never quite zero."""
        return max(float(self.totals.sum()), 1e-12)

    def program(self, aim: Aim, limits: Limits, without: Sequence[Floats] = ()) -> Program:
        """The program for an aim; `without` lists portfolios of which one contract must go."""
        copies = [self.model, *self.losses.values()]
        movable = [[block for block in copy.blocks if block.signing.nnz] for copy in copies]
        # A block that a loss leaves as it is keeps its columns: the same contracts, the same worth.
        blocks = list({id(block): block for copy in movable for block in copy}.values())
        sizes = [_size(block) for block in blocks]
        rows, slack, rhs = self._contract_rows(aim, limits, without)
        grid: list[list[object]] = [[rows, slack, *(None for _ in blocks)]]
        bounds = [rhs]
        for place, (block, size) in enumerate(zip(blocks, sizes, strict=True)):
            grid.append([-block.signing / size, None, *_only(block.matrix, place, len(blocks))])
            bounds.append(block.rhs / size)
        for copy, level, slope in self._wanted(aim, limits):
            gains = [
                sparse.csr_array(-self._gain_of(block)[None, :])
                if any(block is one for one in movable[copy])
                else sparse.csr_array((1, len(block.gain)))
                for block in blocks
            ]
            first = sparse.csr_array((1, len(self.costs)))
            grid.append([first, sparse.csr_array([[slope]]), *gains])
            bounds.append(np.array([self.fixed(copies[copy]) - level]))
        matrix = sparse.block_array(grid, format="csr")
        return Program(
            self._gain(aim, movable[0], blocks),
            matrix,
            np.concatenate(bounds),
            np.concatenate(
                [
                    np.ones(len(self.costs)),
                    [{Aim.SURVIVAL: 1.0, Aim.MONEY: np.inf}.get(aim, 0.0)],
                    *(block.upper / size for block, size in zip(blocks, sizes, strict=True)),
                ]
            ),
            len(self.costs),
        )

    def chosen(self, found: Found) -> Floats:
        """The contracts of a solution, 0 or 1 each."""
        assert found.x is not None
        return found.x[: len(self.costs)]

    def allowed(self, chosen: Floats, limits: Limits) -> bool:
        """Whether contracts keep to the rules about money and shares."""
        rows, _, rhs = self._contract_rows(Aim.COVERAGE, limits, ())
        return bool((rows @ chosen <= rhs + 1e-9 * np.maximum(np.abs(rhs), 1.0)).all())

    def _gain(self, aim: Aim, counted: Sequence[Block], blocks: Sequence[Block]) -> Floats:
        dear = self.totals / self.everything
        flows = np.concatenate(
            [self._gain_of(block) * any(block is one for one in counted) for block in blocks]
            or [np.zeros(0)]
        )
        if aim is Aim.COVERAGE:
            return np.concatenate([-THRIFT * dear, [0.0], flows])
        if aim is Aim.COST:
            return np.concatenate([-dear, [0.0], 0 * flows])
        slack = 1.0 if aim is Aim.SURVIVAL else -1.0
        return np.concatenate([-THRIFT * dear, [slack], 0 * flows])

    def _gain_of(self, block: Block) -> Floats:
        """Coverage for each column of a block, in the block's own size."""
        return block.gain * _size(block) / self.appraiser.total

    def _wanted(self, aim: Aim, limits: Limits) -> Iterator[tuple[int, float, float]]:
        """(copy, coverage that it must reach, entry in the column of the slack).

        What must survive any loss must be there without one, too.
        """
        if aim is not Aim.COVERAGE and limits.required is not None:
            yield 0, limits.required, 0.0
        for copy in range(len(self.losses) + 1):
            if aim is Aim.SURVIVAL:
                yield copy, 0.0, 1.0
            elif limits.survive is not None:
                yield copy, limits.survive, 0.0

    def fixed(self, copy: Model) -> float:
        """Coverage that comes from the blocks that no contract changes."""
        nothing = np.zeros(len(self.costs))
        fixed = [block for block in copy.blocks if not block.signing.nnz]
        return sum(self.appraiser.value(block, nothing) for block in fixed) / self.appraiser.total

    def _contract_rows(
        self, aim: Aim, limits: Limits, without: Sequence[Floats]
    ) -> tuple[sparse.csr_array, sparse.csr_array, Floats]:
        """Rows over the contracts alone, their entries in the slack, and their right sides.

        Money counts as parts of what all contracts cost together, so that it is of the size of the
        contracts' own columns, which stay 0 or 1.
        """
        count = len(self.costs)
        rows: list[Floats] = []
        rhs: list[float] = []
        for line in sorted({contract.line for contract in self.model.contracts}):
            rows.append(np.array([one.line == line for one in self.model.contracts], dtype=float))
            rhs.append(1.0)
        for portfolio in without:
            rows.append(portfolio)
            rhs.append(portfolio.sum() - 1.0)
        for row in self._share_rows(limits):
            rows.append(row)
            rhs.append(0.0)
        money, amounts = self._money_rows(limits)
        slack = np.zeros((len(rows) + len(money), 1))
        slack[len(rows) :] = -1.0 if aim is Aim.MONEY else 0.0
        matrix = np.array([*rows, *money]).reshape(len(rhs) + len(amounts), count)
        return sparse.csr_array(matrix), sparse.csr_array(slack), np.array([*rhs, *amounts])

    def _money_rows(self, limits: Limits) -> tuple[list[Floats], list[float]]:
        rows: list[Floats] = []
        amounts: list[float] = []
        if limits.budget is not None:
            rows.append(self.totals / self.everything)
            amounts.append(limits.budget / self.everything)
        if limits.yearly is not None:
            years = max([len(limits.yearly), *(len(cost.yearly) for cost in self.costs)])
            for year in range(years):
                due = [sum(cost.yearly[year : year + 1]) for cost in self.costs]
                rows.append(np.array(due) / self.everything)
                amounts.append(sum(limits.yearly[year : year + 1]) / self.everything)
        return rows, amounts

    def _share_rows(self, limits: Limits) -> list[Floats]:
        """Spent with one firm or region, less its share of everything spent, for each."""
        lines = [self.model.lines[self.model.row_of[one.line]] for one in self.model.contracts]
        rows = []
        for share, names in (
            (limits.firm_share, [line.firm for line in lines]),
            (limits.region_share, [line.region or "" for line in lines]),
        ):
            if share is not None:
                for name in sorted(set(names)):
                    with_it = np.array([one == name for one in names], dtype=float)
                    rows.append(self.totals / self.everything * (with_it - share))
        return rows


def _size(block: Block) -> float:
    """Units of flow that one stands for here, so that no coefficient is lost as too small."""
    return float(block.upper[block.counted].max())


def _only(matrix: sparse.csr_array, place: int, count: int) -> list[sparse.csr_array | None]:
    return [matrix if at == place else None for at in range(count)]
