"""What a set of contracts is worth: coverage with it, and after the loss of a firm or a source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.capacity.program import Block, Kind, Model
from matching.capacity.solve import Solution, solve

Floats = NDArray[np.float64]


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
        plan = [
            block.matrix @ solved.x - block.signing @ chosen
            for block, solved in self._solved(chosen)
        ]
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

    def _drop(self, loss: Loss, chosen: Floats, plan: Sequence[Floats]) -> float:
        """At most so much coverage is lost if the plan is only cut where it must be.

        `plan` is what each block takes of its rows beyond what the contracts add to them.
        """
        lost = 0.0
        for number, block in enumerate(self.without(loss).blocks):
            before = self.model.blocks[number]
            if block is not before:
                over = plan[number] - block.rhs
                if block.signing is not before.signing:
                    over += (before.signing - block.signing) @ chosen
                cut = over > 0
                lost += float(over[cut] @ self._prices[number][cut])
        return lost / self.total

    @cached_property
    def _prices(self) -> list[Floats]:
        """For every row of every block what cutting a unit loses at most."""
        return [_prices(block, self.model.kinds) for block in self.model.blocks]


def _prices(block: Block, kinds: Sequence[Kind]) -> Floats:
    prices = np.zeros(len(block.rhs))
    dearest = _dearest(block, kinds)
    for rows in block.rows:
        if rows.about != "limit":  # a loss leaves limits as they are
            prices[rows.first : rows.first + block.periods] = dearest[rows.subject]
    return prices


def _dearest(block: Block, kinds: Sequence[Kind]) -> dict[str | int, Floats]:
    """The most that a unit gains by period, of each kind of line (number) and of each input.

    A unit made goes to the dearest need, or into the dearest product that takes it. Worth never
    rises from one period to the next, since dates pass. Around a circle of inputs it has no bound.
    """
    worth: dict[str | int, Floats] = {one: np.zeros(block.periods) for one in block.kinds}
    worth |= {rows.subject: np.zeros(block.periods) for rows in block.rows if rows.about == "input"}
    direct = _direct(block)
    for _ in range(len(worth) + 1):
        before = dict(worth)
        for arc in block.arcs:
            gained = direct[arc.to] if arc.need else worth[arc.to]
            worth[arc.kind] = np.maximum(worth[arc.kind], gained)
        for number in block.kinds:
            for item, ratio in kinds[number].recipe:
                worth[item] = np.maximum(worth[item], worth[number] / ratio)
        if all((worth[key] == before[key]).all() for key in worth):
            return worth
    return {key: np.full(block.periods, np.inf) for key in worth}


def _direct(block: Block) -> dict[str, Floats]:
    """What a unit delivered to each need gains at most: all of its dates that are to come."""
    gains = iter(block.gain[block.counted])
    worth = {}
    for need in block.needs:
        dated = np.array([month for month, _ in need.by])
        each = np.array([next(gains) for _ in need.by])
        worth[need.key] = np.array([each[dated >= end].sum() for end in block.ends])
    return worth
