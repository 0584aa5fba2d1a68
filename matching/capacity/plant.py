"""Lines by their kinds, what limits them, and the parts into which all of it falls."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from matching.capacity.facts import Case, Line, Need, Scenario
from matching.capacity.program import Kind
from matching.capacity.units import factor, measure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def kinds_of(
    scenario: Scenario, lines: Sequence[Line], unbounded: frozenset[str]
) -> tuple[tuple[Kind, ...], Ints]:
    """The kinds of lines that serve what is asked for, and the kind of every line (or -1)."""
    asked = _asked(scenario, lines, unbounded)
    limits: dict[str, list[str]] = defaultdict(list)
    for shared in scenario.shared:
        for key in shared.lines:
            limits[key].append(shared.key)
    alone = {stock.line for stock in scenario.stocks}
    found = [
        Kind(
            tuple(sorted(asked.intersection(line.makes))),
            tuple(sorted(_recipe(line, unbounded))),
            line.evidence,
            tuple(sorted(limits[line.key])) if line.key in limits else (),
            line.key if line.key in alone else "",
        )
        for line in lines
    ]
    kinds = tuple(sorted({kind for kind in found if kind.makes}, key=_in_order))
    number = {kind: index for index, kind in enumerate(kinds)}
    return kinds, np.array([number.get(kind, -1) for kind in found], dtype=np.int64)


def _in_order(kind: Kind) -> tuple[object, ...]:
    return kind.makes, kind.recipe, kind.evidence, kind.limits, kind.alone


def _recipe(line: Line, unbounded: frozenset[str]) -> Iterator[tuple[str, float]]:
    """Base units of each input for one base unit of output."""
    for one in line.inputs:
        if one.item not in unbounded:
            yield one.item, one.ratio * measure(one.unit).factor / measure(line.unit).factor


def _asked(scenario: Scenario, lines: Sequence[Line], unbounded: frozenset[str]) -> set[str]:
    """Items that are needed, or are inputs of what makes them, however far down."""
    recipes = {(line.makes, tuple(one.item for one in line.inputs)) for line in lines}
    asked = {need.item for need in scenario.needs}
    while True:
        more = {
            item
            for makes, items in recipes
            if asked.intersection(makes)
            for item in items
            if item not in unbounded
        }
        if more <= asked:
            return asked
        asked |= more


def limits_of(
    scenario: Scenario, lines: Sequence[Line], committed: Floats, case: Case
) -> dict[str, Floats]:
    """What each shared limit leaves for new needs each month, in base units."""
    row_of = {line.key: row for row, line in enumerate(lines)}
    found = {}
    for shared in scenario.shared:
        for key in shared.lines:
            factor(lines[row_of[key]].unit, shared.unit)  # refuses
        sold = committed[[row_of[key] for key in shared.lines]].sum(axis=0)
        rate = shared.rate.at(case) * measure(shared.unit).factor
        found[shared.key] = np.maximum(rate - sold, 0.0)
    return found


@dataclass(frozen=True)
class Plant:
    """Everything by kind of line, in base units a month, before it falls into parts."""

    scenario: Scenario
    case: Case
    kinds: tuple[Kind, ...]
    net: Floats
    added: Floats
    adds_to: Ints  # the kind of each contract's line
    limits: Mapping[str, Floats]
    arrivals: Mapping[str, Floats]
    stocks: Mapping[tuple[str | None, str], float]
    every: int

    def parts(self) -> list[tuple[list[Need], list[int]]]:
        """Needs and kinds that share nothing with the other parts, needs in order of keys."""
        needs = sorted(self.scenario.needs, key=lambda need: need.key)
        nodes: dict[tuple[str, str | int], int] = {}

        def node(about: str, key: str | int) -> int:
            return nodes.setdefault((about, key), len(nodes))

        edges = [(node("need", need.key), node("item", need.item)) for need in needs]
        for number, kind in enumerate(self.kinds):
            here = node("kind", number)
            edges += [(here, node("item", item)) for item in kind.makes]
            edges += [(here, node("item", item)) for item, _ in kind.recipe]
            edges += [(here, node("limit", key)) for key in kind.limits]
        one, other = np.array(edges, dtype=np.int64).reshape(-1, 2).T
        graph = sparse.coo_array((np.ones(len(one)), (one, other)), shape=(len(nodes), len(nodes)))
        _, part_of = connected_components(graph, directed=False)
        parts: dict[int, tuple[list[Need], list[int]]] = {}
        for need in needs:
            parts.setdefault(int(part_of[nodes["need", need.key]]), ([], []))[0].append(need)
        for number in range(len(self.kinds)):
            part = parts.get(int(part_of[nodes["kind", number]]))
            if part is not None:
                part[1].append(number)
        return list(parts.values())
