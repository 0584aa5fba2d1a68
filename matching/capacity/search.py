"""Mixed-integer programs solved by HiGHS in slices of time, so that a search can be watched.

SciPy's `milp` cannot be interrupted or told of a known solution. A search therefore runs in slices,
each twice as long as the one before and from the beginning: at most half of the time is spent twice
(the doubling search of J. L. Bentley and A. C. Yao, 1976), the best solution and the best bound of
all slices are kept, and between two slices the caller sees both and may stop.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from matching.capacity.scaling import units

Floats = NDArray[np.float64]

FIRST_SLICE = 2.0  # seconds
INFEASIBLE, OTHER = 2, 4  # statuses of milp


@dataclass(frozen=True)
class Progress:
    """Where a search stands: `value` is None until a solution is found; the phase is a code."""

    phase: str
    seconds: float
    value: float | None
    bound: float | None


Watch = Callable[[Progress], bool]  # False stops the search


class Clock:
    """Time since a plan began, and whether whoever watches wants it to go on."""

    def __init__(self, watch: Watch | None) -> None:
        self._began, self._watch = time.perf_counter(), watch
        self.stopped = False

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def goes_on(self, phase: str, value: float | None = None, bound: float | None = None) -> bool:
        """Tell the watcher; once it says stop, that stays."""
        if self._watch is not None and not self.stopped:
            self.stopped = not self._watch(Progress(phase, self.seconds, value, bound))
        return not self.stopped


@dataclass(frozen=True)
class Program:
    """Maximise gain @ x with matrix @ x <= rhs and 0 <= x <= upper, the first `whole` integer."""

    gain: Floats
    matrix: sparse.csr_array
    rhs: Floats
    upper: Floats
    whole: int


@dataclass(frozen=True)
class Found:
    """The best solution so far (None if none) and a proven bound on all; `closed` within gap."""

    x: Floats | None
    value: float
    bound: float
    closed: bool
    infeasible: bool = False
    failed: bool = False  # the solver gave up, as it would again


def search(
    program: Program, gap: float, seconds: float, clock: Clock, phase: str = "search"
) -> Found:
    """Search for at most so many seconds or until the relative gap is closed."""
    best, until = Found(None, -np.inf, np.inf, False), clock.seconds + seconds
    length = FIRST_SLICE
    while clock.goes_on(phase, None if best.x is None else best.value, best.bound):
        left = until - clock.seconds
        found = _slice(program, gap, max(0.1, min(length, left)))
        best = _better(best, found)
        if best.closed or best.infeasible or found.failed or clock.seconds >= until:
            break
        length *= 2
    return best


def _slice(program: Program, gap: float, seconds: float) -> Found:
    whole = np.zeros(len(program.gain))
    whole[: program.whole] = 1
    rows, columns = units(program.matrix, program.whole)
    matrix = sparse.diags_array(rows) @ program.matrix @ sparse.diags_array(columns)
    found = milp(
        -program.gain * columns,
        integrality=whole,
        bounds=Bounds(np.zeros(len(program.gain)), program.upper / columns),
        constraints=LinearConstraint(matrix, ub=program.rhs * rows),
        options={"time_limit": seconds, "mip_rel_gap": gap},
    )
    bound = _bound(found)
    if found.x is None:
        # Presolve may leave open which of the two it is; nothing here is unbounded.
        either = found.status == OTHER and "infeasible" in found.message.lower()
        infeasible = found.status == INFEASIBLE or either
        return Found(None, -np.inf, bound, False, infeasible, found.status == OTHER)
    x = found.x * columns
    x[: program.whole] = x[: program.whole].round()
    return Found(x, -float(found.fun), bound, found.status == 0)


def _bound(found: Any) -> float:
    """Proven to be above every solution; of a program without whole columns, its optimum."""
    if found.mip_dual_bound is not None:
        return -float(found.mip_dual_bound)
    return -float(found.fun) if found.status == 0 else np.inf


def _better(one: Found, other: Found) -> Found:
    keeps = one if one.value >= other.value else other
    bound = min(one.bound, other.bound)
    return Found(keeps.x, keeps.value, bound, one.closed or other.closed, other.infeasible)
