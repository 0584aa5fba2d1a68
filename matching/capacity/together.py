"""Several scenarios of need under the same contracts: stochastic programming with recourse.

What is signed is shared, what is then delivered differs from scenario to scenario (G. B. Dantzig,
"Linear Programming under Uncertainty", 1955). Since scenarios share nothing but the contracts, they
are one model whose blocks are those of each, weighed so that its coverage is the weighted mean of
the scenarios' own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from matching.capacity.facts import Contradiction, Need, Scenario
from matching.capacity.program import Block, Model, Rows

Weighted = tuple[Scenario, float]


def check_alike(scenarios: Sequence[Weighted]) -> None:
    """Raises Contradiction unless scenarios differ in their needs alone, each with its own keys."""
    first = scenarios[0][0]
    for one, weight in scenarios:
        if weight <= 0:
            raise Contradiction("scenario", "weight-not-positive")
        if replace(one, needs=()) != replace(first, needs=()):
            raise Contradiction("scenario", "scenarios-differ")
    replace(first, needs=needs_of(scenarios))  # which checks the keys


def needs_of(scenarios: Iterable[Weighted]) -> tuple[Need, ...]:
    """The needs of all scenarios."""
    return tuple(need for one, _weight in scenarios for need in one.needs)


def joined(models: Sequence[Model], weights: Sequence[float]) -> Model:
    """One model of several; a model by itself stays as it is.

    Lines stand in it once for each scenario, contracts once.
    """
    if len(models) == 1:
        return models[0]
    totals = [sum(float(block.weights.sum()) for block in model.blocks) for model in models]
    shares = [weight / sum(weights) * totals[0] for weight in weights]
    starts = np.cumsum([0, *(len(model.kinds) for model in models)])
    placed = [*zip(models, starts.tolist(), strict=False)]
    needs = tuple(need for model in models for need in model.scenario.needs)
    return replace(
        models[0],
        scenario=replace(models[0].scenario, needs=needs),
        lines=tuple(line for model in models for line in model.lines),
        net=np.concatenate([model.net for model in models]),
        kinds=tuple(kind for model in models for kind in model.kinds),
        kind_of=np.concatenate(
            [np.where(model.kind_of < 0, -1, model.kind_of + start) for model, start in placed]
        ),
        blocks=tuple(
            _weighed(_renumbered(block, start), share / total)
            for (model, start), share, total in zip(placed, shares, totals, strict=True)
            for block in model.blocks
        ),
        measures={item: unit for model in models for item, unit in model.measures.items()},
    )


def _renumbered(block: Block, start: int) -> Block:
    """The block with the numbers of its kinds counted from `start`."""

    def moved(rows: Rows) -> Rows:
        subject = rows.subject
        return replace(rows, subject=subject + start) if isinstance(subject, int) else rows

    return replace(
        block,
        kinds=tuple(kind + start for kind in block.kinds),
        arcs=tuple(replace(arc, kind=arc.kind + start) for arc in block.arcs),
        rows=tuple(map(moved, block.rows)),
    )


def _weighed(block: Block, factor: float) -> Block:
    return replace(block, gain=block.gain * factor, weights=block.weights * factor)
