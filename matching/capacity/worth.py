"""What a set of contracts is worth: coverage with it, and after the loss of a firm or a source."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.capacity.program import Block, Model
from matching.capacity.solve import Solution, solve

Floats = NDArray[np.float64]

# Rounding that a plan may show against a limit and still keep it, in base units.
SLACK = 1e-6


@dataclass(frozen=True)
class Loss:
    """One firm or one outside source that stops."""

    about: str  # "firm" or "source"
    key: str


class Appraiser:
    """Coverage of a model for any choice of contracts, nothing solved twice."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.total = float(sum(block.weights.sum() for block in model.blocks))
        self._own = {id(block) for block in model.blocks}
        self._values: dict[tuple[int, bytes], float] = {}
        self._after: dict[tuple[Loss, bytes], float] = {}

    def coverage(self, chosen: Floats) -> float:
        """Coverage (0 to 1) with the chosen contracts (0 or 1 each)."""
        return sum(self.value(block, chosen) for block in self.model.blocks) / self.total

    def after(self, loss: Loss, chosen: Floats) -> float:
        """Coverage after a loss, everything else being assigned anew."""
        key = loss, chosen.tobytes()
        if key not in self._after:
            blocks = self.without(loss).blocks
            self._after[key] = sum(self.value(block, chosen) for block in blocks) / self.total
        return self._after[key]

    def without(self, loss: Loss) -> Model:
        """The model after a loss; blocks that it does not touch are the same objects."""
        lose = self.model.without_firm if loss.about == "firm" else self.model.without_source
        return lose(loss.key)

    def losses(self) -> Iterator[Loss]:
        """Every firm whose lines serve, or could serve, what is asked for; every source."""
        serving = zip(self.model.lines, self.model.kind_of, strict=True)
        for firm in sorted({line.firm for line, kind in serving if kind >= 0}):
            yield Loss("firm", firm)
        for key in sorted(source.key for source in self.model.scenario.sources):
            yield Loss("source", key)

    def worst(self, chosen: Floats) -> tuple[Loss | None, float]:
        """The loss that leaves least coverage, and what it leaves.

        A bound on what each loss can cost comes first, from the plan that holds without it; losses
        are appraised from the worst bound on, until no bound is worse than what was found.
        """
        plan = {id(block): solved for block, solved in self._solved(chosen)}
        whole = self.coverage(chosen)
        bounds = {loss: whole - self._drop(loss, chosen, plan) for loss in self.losses()}
        found: tuple[Loss | None, float] = (None, whole)
        for loss in sorted(bounds, key=bounds.__getitem__):
            if bounds[loss] >= found[1]:
                break
            kept = self.after(loss, chosen)
            if kept < found[1]:
                found = loss, kept
        return found

    def lost_at_least(self, chosen: Floats) -> Floats:
        """Coverage that is lost at least without each contract, from duals alone.

        The value of a linear program is concave in its right-hand side, so that taking d away loses
        no less than its duals say of d.
        """
        lost = np.zeros(len(self.model.contracts))
        for block, solved in self._solved(chosen):
            lost += block.signing.T @ solved.duals
        return np.asarray(lost * chosen / self.total)

    def _solved(self, chosen: Floats) -> Iterator[tuple[Block, Solution]]:
        for block in self.model.blocks:
            yield block, solve(block, block.rhs + block.signing @ chosen)

    def value(self, block: Block, chosen: Floats) -> float:
        """What a block gains (weights of dates) with the chosen contracts."""
        here = chosen * (np.diff(block.signing.indptr) > 0)
        key = id(block), here.tobytes()
        if key in self._values:
            return self._values[key]
        value = solve(block, block.rhs + block.signing @ here).value
        if id(block) in self._own:  # another block's id may be used again
            self._values[key] = value
        return value

    def _drop(self, loss: Loss, chosen: Floats, plan: dict[int, Solution]) -> float:
        """At most so much coverage is lost if the plan is only cut where it must be."""
        pairs = zip(self.model.blocks, self.without(loss).blocks, strict=True)
        changed = [(before, after) for before, after in pairs if before is not after]
        return (
            sum(
                _cut(after, after.rhs + after.signing @ chosen, plan[id(before)].x)
                for before, after in changed
            )
            / self.total
        )


def _cut(block: Block, rhs: Floats, x: Floats) -> float:
    """A bound on what a plan loses when flows beyond these right-hand sides are cut."""
    over = block.matrix @ x - rhs
    lost = 0.0
    dearest = _dearest(block)
    for rows in block.rows:
        excess = np.maximum(over[rows.first : rows.first + block.periods], 0.0)
        if excess.max() <= SLACK:
            continue
        worth = dearest.get(rows.subject) if rows.about == "line" else None
        if worth is None:
            return np.inf
        lost += float(excess @ worth)
    return lost


def _dearest(block: Block) -> dict[str | int, Floats]:
    """The most that a unit of each kind of line gains, by period, where it goes to needs alone."""
    gains = iter(block.gain[block.counted])
    worth = {}
    for need in block.needs:
        dated = np.array([month for month, _ in need.by])
        each = np.array([next(gains) for _ in need.by])
        worth[need.key] = np.array([each[dated >= end].sum() for end in block.ends])
    found: dict[str | int, Floats] = {}
    for arc in block.arcs:
        if arc.need:
            found[arc.kind] = np.maximum(found.get(arc.kind, 0.0), worth[arc.to])
    for arc in block.arcs:
        if not arc.need:
            found.pop(arc.kind, None)
    return found
