"""Two plain rules that a buyer could follow without a solver, so that its gain is seen.

Contracts of lines that make something needed come before those of lines that only make inputs; a
contract is taken if the money left allows it and its line has none yet.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from matching.capacity.facts import Limits
from matching.capacity.master import Master

Floats = NDArray[np.float64]

LARGEST = "largest-surge-first"
CHEAPEST = "cheapest-added-unit-first"


def plain_rules(master: Master, limits: Limits) -> Iterator[tuple[str, Floats]]:
    """The contracts (0 or 1 each) that each rule signs."""
    model = master.model
    last = max(need.by[-1][0] for need in model.scenario.needs)
    rate = model.added[:, last - 1]
    units = model.added[:, :last].sum(axis=1)
    price = np.divide(master.totals, units, out=np.full_like(units, np.inf), where=units > 0)
    yield LARGEST, _taken(master, limits, lambda number: -rate[number])
    yield CHEAPEST, _taken(master, limits, lambda number: price[number])


def _taken(master: Master, limits: Limits, key: Callable[[int], float]) -> Floats:
    contracts = master.model.contracts
    needed = {need.item for need in master.model.scenario.needs}
    lines = [master.model.lines[master.model.row_of[one.line]] for one in contracts]
    finishing = [bool(needed.intersection(line.makes)) for line in lines]
    money = Limits(budget=limits.budget, yearly=limits.yearly)
    order = sorted(
        range(len(contracts)), key=lambda at: (not finishing[at], key(at), contracts[at].key)
    )
    chosen = np.zeros(len(contracts))
    for number in order:
        chosen[number] = 1.0
        if not master.allowed(chosen, money):
            chosen[number] = 0.0
    return chosen
