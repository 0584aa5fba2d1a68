"""Where the nodes of a graph stand that flows one way: in columns, with few crossings.

Each node stands one column before the farthest of those it leads to (longest path), the last ones
in the last column; within a column the order follows the mean place of neighbours, swept to and fro
(the layering and the barycentre method of K. Sugiyama, S. Tagawa and M. Toda, "Methods for Visual
Understanding of Hierarchical System Structures", 1981). The same graph is always drawn alike.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

SWEEPS = 4
WIDTH, HEIGHT = 178, 50  # of a box
ACROSS, DOWN = 232, 62  # from one box to the next
MARGIN = 4

Pair = tuple[str, str]


@dataclass(frozen=True)
class Drawing:
    """Corners of boxes by node and the paths of links, in the units of the view box."""

    boxes: Mapping[str, tuple[int, int]]
    paths: Mapping[Pair, str]
    size: tuple[int, int]
    box: tuple[int, int] = (WIDTH, HEIGHT)


def draw(nodes: Sequence[str], links: Collection[Pair]) -> Drawing:
    """Place nodes and links; links lead from the first of a pair to the second, in no circle."""
    columns = _columns(nodes, links)
    _order(columns, links)
    tallest = max((len(column) for column in columns), default=0)
    boxes = {
        node: (
            MARGIN + place * ACROSS,
            MARGIN + round((tallest - len(column)) * DOWN / 2) + row * DOWN,
        )
        for place, column in enumerate(columns)
        for row, node in enumerate(column)
    }
    size = (
        2 * MARGIN + WIDTH + ACROSS * max(len(columns) - 1, 0),
        2 * MARGIN + HEIGHT + DOWN * max(tallest - 1, 0),
    )
    return Drawing(boxes, {link: _path(boxes, link) for link in links}, size)


def _columns(nodes: Sequence[str], links: Collection[Pair]) -> list[list[str]]:
    """Nodes by column, the farthest from the end first."""
    after: dict[str, set[str]] = {node: set() for node in nodes}
    for giver, taker in links:
        after[giver].add(taker)
    distance: dict[str, int] = {}
    for node in TopologicalSorter(after).static_order():
        distance[node] = 1 + max((distance[taker] for taker in after[node]), default=-1)
    last = max(distance.values(), default=-1)
    return [[node for node in nodes if distance[node] == last - place] for place in range(last + 1)]


def _order(columns: list[list[str]], links: Collection[Pair]) -> None:
    neighbours: dict[str, list[str]] = defaultdict(list)
    for giver, taker in links:
        neighbours[giver].append(taker)
        neighbours[taker].append(giver)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            place = {
                node: row / max(len(each) - 1, 1)
                for each in columns
                for row, node in enumerate(each)
            }
            before = list(column)
            column.sort(
                key=lambda node: (
                    _mean([place[near] for near in neighbours[node]], place[node]),
                    before.index(node),
                )
            )


def _mean(places: list[float], otherwise: float) -> float:
    return round(sum(places) / len(places), 9) if places else otherwise


def _path(boxes: Mapping[str, tuple[int, int]], link: Pair) -> str:
    """From the right side of one box to the left side of the other, level at both ends."""
    (x, y), (to_x, to_y) = (boxes[node] for node in link)
    x, y, to_y = x + WIDTH, y + HEIGHT // 2, to_y + HEIGHT // 2
    bend = (to_x - x) // 2
    return f"M{x},{y} C{x + bend},{y} {to_x - bend},{to_y} {to_x},{to_y}"
