"""Linear programs of blocks, solved by HiGHS through SciPy.

Q. Huangfu and J. A. J. Hall, "Parallelizing the dual revised simplex method" (Mathematical
Programming Computation 10, 2018), describes the solver.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from matching.capacity.facts import EVIDENCE
from matching.capacity.program import Block, Kind

Floats = NDArray[np.float64]

# A dual or reduced cost below this is taken for zero, relative to the largest gain.
ZERO = 1e-9
# Above this many entries the interior point method is the faster one.
LARGE = 10_000
# How much less a tie between lines is worth than one between dates.
LESSER = 1e-3


class NotSolved(RuntimeError):
    """The solver gave up on a program that has a solution; carries what it said."""


@dataclass(frozen=True)
class Solution:
    """The best flows of a block: `value` is gain @ x, `duals` gain per unit of each row."""

    x: Floats
    value: float
    duals: Floats
    reduced: Floats


def solve(block: Block, rhs: Floats) -> Solution:
    """Maximise a block's gain for these right-hand sides."""
    scale = float(block.gain.max())
    found = _highs(block.gain / scale, block, rhs, np.zeros_like(block.upper), block.upper)
    return Solution(
        np.asarray(found.x),
        float(block.gain @ found.x),
        -scale * np.asarray(found.ineqlin.marginals),
        -(np.asarray(found.lower.marginals) + np.asarray(found.upper.marginals)),
    )


def settle(block: Block, rhs: Floats, best: Solution, kinds: tuple[Kind, ...]) -> Floats:
    """Among equally good flows: earlier dates, then stronger evidence, then earlier months.

    The optimal face of a linear program is where every column of nonzero reduced cost stays at its
    bound and every row of nonzero dual stays tight (complementary slackness), so that no rounding
    of the optimum is traded for a tie.
    """
    scale = float(block.gain.max())
    fixed = np.abs(best.reduced) > ZERO
    lower = np.where(fixed, best.x, 0.0)
    upper = np.where(fixed, best.x, block.upper)
    tight = best.duals > ZERO * scale
    found = _highs(_preference(block, kinds), block, rhs, lower, upper, tight)
    return best.x if found is None else np.asarray(found.x)


def _preference(block: Block, kinds: tuple[Kind, ...]) -> Floats:
    horizon = float(block.ends[-1])
    dates = np.array([month for need in block.needs for month, _ in need.by])
    scaled = block.gain / block.gain.max()
    preference = np.zeros(len(scaled))
    preference[block.counted] = scaled[block.counted] * (1 - dates / (horizon + 1))
    per_unit = _per_unit(block, scaled)
    delay = np.arange(1, block.periods + 1) / (block.periods + 1)
    for number, arc in enumerate(block.arcs):
        run = slice(number * block.periods, (number + 1) * block.periods)
        if arc.need:
            weakness = len(EVIDENCE) - EVIDENCE.index(kinds[arc.kind].evidence)
            preference[run] = -LESSER * per_unit[arc.to] * (weakness + delay)
        else:  # so little that it only keeps lines from making inputs that nobody uses
            preference[run] = -(LESSER**2) * per_unit[""]
    return preference


def _per_unit(block: Block, scaled: Floats) -> dict[str, float]:
    """What a unit delivered is worth to each need, and under "" on average."""
    worth = [float(scaled[column]) for column in block.counted]
    dated = [need.key for need in block.needs for _ in need.by]
    return {"": sum(worth) / len(worth)} | dict(zip(dated, worth, strict=True))


def _highs(
    gain: Floats,
    block: Block,
    rhs: Floats,
    lower: Floats,
    upper: Floats,
    tight: NDArray[np.bool_] | None = None,
) -> Any:
    bounds = np.column_stack([lower, upper])
    rows: dict[str, Any] = {"A_ub": block.matrix, "b_ub": rhs}
    if tight is not None:
        rows = {
            "A_ub": block.matrix[~tight], "b_ub": rhs[~tight],
            "A_eq": block.matrix[tight], "b_eq": rhs[tight],
        }  # fmt: skip
    method = "highs-ipm" if block.matrix.nnz > LARGE else "highs"
    options = {"dual_feasibility_tolerance": ZERO, "primal_feasibility_tolerance": ZERO}
    found = linprog(-gain, bounds=bounds, method=method, options=options, **rows)
    if found.status == 0:
        return found
    if tight is not None:  # rounding closed the face: the flows at hand are as good
        return None
    raise NotSolved(found.message)
