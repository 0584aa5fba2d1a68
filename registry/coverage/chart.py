"""Where everything of a chart over months stands; the template draws it as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from registry.web import number

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 62, 570, 24, 340
YEAR = 12
LEAST_APART = 20  # between two labels beside the chart
HIGHEST = 16  # where a label's line may stand so that its letters are in the picture
LEAST_HIGH = 22  # of an area that holds its own label
THOUSANDS_FROM = 20_000


@dataclass(frozen=True)
class Series:
    """Cumulative units from day 0 on; `css` is how it is drawn, no title that it has no label."""

    css: str
    title: str
    units: Floats


@dataclass(frozen=True)
class Label:
    css: str
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Drawing:
    """Paths and labels in the units of the view box."""

    areas: list[tuple[str, str]]  # class, path
    strokes: list[tuple[str, str]]
    across: list[tuple[float, str]]  # height of a line of the grid, what it stands for
    along: list[tuple[float, int]]  # place of a month, the month
    labels: list[Label]
    thousands: bool
    size: tuple[int, int] = (WIDTH, HEIGHT)
    box: tuple[int, int, int, int] = (LEFT, RIGHT, TOP, BOTTOM)


def draw(areas: Sequence[Series], strokes: Sequence[Series]) -> Drawing:
    """Areas stacked from the first up, strokes over them; all of one length."""
    floors = [np.zeros(0), *np.cumsum([area.units for area in areas], axis=0)]
    tops = [*(floors[1:]), *(stroke.units for stroke in strokes)]
    step, peak = _scale(max((float(units.max()) for units in tops), default=0.0))
    months = len(tops[0]) - 1 if tops else YEAR
    paper = _Paper(months, peak)
    thousands = peak >= THOUSANDS_FROM
    unit = 1000 if thousands else 1
    stacked, named = [], []
    for place, area in enumerate(areas):
        below = floors[place] if place else np.zeros(months + 1)
        above = floors[place + 1]
        stacked.append((area.css, f"M{paper.points(above)} L{paper.points(below, back=True)} Z"))
        month = round(months * 0.8)
        low, high = paper.y(below[month]), paper.y(above[month])
        if area.title and low - high >= LEAST_HIGH:
            named.append(Label("lab", paper.x(month), (low + high) / 2 + 5, area.title))
    ends = [
        Label(stroke.css, RIGHT + 8, paper.y(stroke.units[-1]) + 4,
              f"{stroke.title} {number(stroke.units[-1] / unit, _digits(stroke.units[-1], unit))}")
        for stroke in strokes
    ]  # fmt: skip
    return Drawing(
        stacked,
        [(stroke.css, f"M{paper.points(stroke.units)}") for stroke in strokes],
        [
            (paper.y(at * step), number(at * step / unit, _digits(step, unit)))
            for at in range(round(peak / step) + 1)
        ],
        [(paper.x(month), month) for month in range(0, months + 1, YEAR)],
        [*named, *_apart(ends)],
        thousands,
    )


@dataclass(frozen=True)
class _Paper:
    months: int
    peak: float

    def x(self, month: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * month / self.months, 1)

    def y(self, units: float) -> float:
        return round(float(BOTTOM - (BOTTOM - TOP) * units / self.peak), 1)

    def points(self, units: Floats, back: bool = False) -> str:
        found = [f"{self.x(month)},{self.y(height)}" for month, height in enumerate(units)]
        return " ".join(reversed(found) if back else found)


def _scale(most: float) -> tuple[float, float]:
    """(step of the grid, its highest line): a round step, four to eight of them."""
    if most <= 0:
        return 1.0, 4.0
    rough = most / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return step, step * ceil(most / step - 1e-9)


def _digits(units: float, unit: int) -> int:
    """Decimals of a label: some where the figure is small."""
    return 1 if 0 < units / unit < 10 and (units / unit) % 1 else 0


def _apart(labels: list[Label]) -> list[Label]:
    """Labels from the lowest up, each clear of the one below, and none out of the picture."""
    low_first = sorted(labels, key=lambda one: -one.y)
    heights: list[float] = []
    limit = float(BOTTOM + 4)
    for label in low_first:
        heights.append(min(label.y, limit))
        limit = heights[-1] - LEAST_APART
    limit = float(HIGHEST)
    for place in reversed(range(len(heights))):
        heights[place] = max(heights[place], limit)
        limit = heights[place] + LEAST_APART
    return [Label(o.css, o.x, y, o.text) for o, y in zip(low_first, heights, strict=True)]
