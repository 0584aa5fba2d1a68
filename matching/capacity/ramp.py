"""What a line puts out, month by month, once its steps are opened.

**Base and high case: straight lines.** From the day that a step opens the rate moves in a straight
line from (0, current) to (to_rated, rated), and with the investment on to (to_surge, surge); then
it stays. Crews, shifts and commissioned machines arrive piece by piece, so that a ramp is a slope
and not a jump; a straight line is the least that says so with the two figures that firms state (a
rate and a month), and adds no shape that nobody stated. Hax and Candea, *Production and Inventory
Management* (1984), plan aggregate capacity with such work-force rates per period. Learning curves
(T. P. Wright, "Factors Affecting the Cost of Airplanes", 1936) would bend the line, early months
lower; no firm states a learning rate, and the low case bounds what that bend can take away.

**Low case: steps.** The rate jumps when the months of a step have passed in full, since nothing
before is proven. Capacity added in lumps is the classic model of expansion: A. S. Manne,
*Investments for Capacity Expansion* (1967); H. Luss, "Operations Research and Capacity Expansion
Problems: A Survey" (Operations Research 30, 1982). A step lies under the line between the same
points, so that low never exceeds base.

The output of a month is the integral of the rate over it, exact: each segment is a trapezium, and
a month is split wherever a segment begins or ends inside it, by integrating from day 0 to either
end of the month and subtracting. Net is output less committed, and never below zero in any month:
what a line fails to deliver on one contract is not taken from another month.

**Unknown figures** (of `facts`). A rate not stated ends the curve at the step before, in every
case. A delay not stated means never in the low case, and no curve beyond in the others. A
commitment not stated takes all of the current rate, for ever, in the low case and nothing in the
high; one whose end was not stated lasts for ever in the low case and is nothing in the high. The
base case of an unknown is not stated; where a sum must go on it reads what the low case reads, and
`Curve.stated_for` says up to where the curve may be drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.capacity.facts import Assumption, Case, Line, Range, Step

Floats = NDArray[np.float64]

# Beyond any horizon, and finite so that differences of two of them are still numbers.
NEVER = 1e6


class Opening(NamedTuple):
    """The months in which the existing plant and the investment begin to be opened."""

    rated: float = NEVER
    surge: float = NEVER

    @classmethod
    def of(cls, step: Step, start: float = 0.0) -> "Opening":
        """All steps up to this one, from `start` on."""
        return cls(*(start if step >= at else NEVER for at in (Step.RATED, Step.SURGE)))

    def joined(self, other: "Opening") -> "Opening":
        """Whichever opens a step first."""
        return Opening(min(self.rated, other.rated), min(self.surge, other.surge))

    @property
    def step(self) -> Step:
        """The highest step that opens."""
        return Step((self.rated < NEVER) + (self.surge < NEVER))


class Output(NamedTuple):
    """Units a month in each line's unit; one row per line, one column per month."""

    gross: Floats
    committed: Floats

    @property
    def net(self) -> Floats:
        """What is left for new needs, month by month."""
        return np.maximum(self.gross - self.committed, 0.0)


@dataclass(frozen=True)
class Curve:
    """One line's output in one case: arrays of `months` units a month.

    `stated_for` is the month up to which every figure behind the curve was stated.
    """

    case: Case
    gross: Floats
    committed: Floats
    net: Floats
    stated_for: float
    assumptions: tuple[Assumption, ...]


def outputs(lines: Sequence[Line], openings: Sequence[Opening], case: Case, months: int) -> Output:
    """Gross and committed output of every line, (lines, months)."""
    knots = np.array(
        [_knots(line, opening, case) for line, opening in zip(lines, openings, strict=True)]
    ).reshape(len(lines), 9)
    ends = np.arange(months + 1.0)
    total = (_stepped if case is Case.LOW else _sloped)(knots, ends)
    rate, until = knots[:, 7:8], knots[:, 8:9]
    return Output(np.diff(total, axis=1), np.diff(rate * np.minimum(ends, until), axis=1))


def curve(line: Line, opening: Opening, case: Case, months: int) -> Curve:
    """One line's curve with what it assumes."""
    output = outputs([line], [opening], case, months)
    gaps = tuple(_gaps(line, opening, case))
    shape = Assumption(
        "ramp-in-steps" if case is Case.LOW else "ramp-in-straight-lines",
        line.key,
        tuple(_figures(line, opening, case)),
    )
    unknown = tuple(Assumption(code, line.key) for code, _ in gaps)
    return Curve(
        case,
        output.gross[0],
        output.committed[0],
        output.net[0],
        min([float(months), *(month for _, month in gaps)]),
        (shape, *unknown),
    )


def curves(line: Line, opening: Opening, months: int) -> tuple[Curve, Curve, Curve]:
    """The low, base and high curve of a line."""
    low, base, high = (curve(line, opening, case, months) for case in Case)
    return low, base, high


def not_stated(line: Line, opening: Opening, case: Case) -> Iterator[Assumption]:
    """The unknown figures that this case had to read in some way."""
    return (Assumption(code, line.key) for code, _ in _gaps(line, opening, case))


def _at(figure: Range | None, case: Case, otherwise: float) -> float:
    return otherwise if figure is None else figure.at(case)


def _commitment(line: Line, case: Case) -> tuple[float, float]:
    """(rate, until) of what is already sold, unknowns read as the module says."""
    ended = _at(line.committed_until, case, NEVER)
    if line.committed is None:
        nothing = case is Case.HIGH
        return (0.0 if nothing else _at(line.current, case, 0.0)), NEVER
    if line.committed_until is None and case is Case.HIGH:
        return 0.0, NEVER
    return line.committed.at(case), ended


def _knots(line: Line, opening: Opening, case: Case) -> tuple[float, ...]:
    """(a0, a1, a2, m1, m2, opened rated, opened surge, committed, until), unreached steps never."""
    current = rated = surge = _at(line.current, case, 0.0)
    first = second = NEVER
    opened, invested = NEVER, NEVER
    if line.current and line.rated and line.to_rated and opening.rated < NEVER:
        opened = opening.rated
        rated = surge = line.rated.at(case)
        first = line.to_rated.at(case)
        if line.surge and line.to_surge and opening.surge < NEVER:
            invested = max(opening.surge, opened)
            surge, second = line.surge.at(case), line.to_surge.at(case)
    return current, rated, surge, first, second, opened, invested, *_commitment(line, case)


def _segments(knots: Floats) -> tuple[Floats, ...]:
    """Columns of rates, and when either slope begins and ends."""
    current, rated, surge, first, second, opened, invested = (
        knots[:, column : column + 1] for column in range(7)
    )
    first = np.minimum(first, second)
    return (
        current, rated, surge,
        opened, opened + first, np.maximum(invested, opened) + first, invested + second,
    )  # fmt: skip


def _sloped(knots: Floats, ends: Floats) -> Floats:
    """Units by each end of a month, the rate moving in straight lines."""
    current, rated, surge, rises, risen, grows, grown = _segments(knots)
    return (
        current * np.minimum(ends, rises)
        + _trapezium(ends, rises, risen, current, rated)
        + rated * np.clip(ends - risen, 0.0, grows - risen)
        + _trapezium(ends, grows, grown, rated, surge)
        + surge * np.maximum(ends - grown, 0.0)
    )


def _trapezium(ends: Floats, begin: Floats, end: Floats, low: Floats, high: Floats) -> Floats:
    """The area under a straight line from (begin, low) to (end, high), up to each month's end."""
    length = np.maximum(end - begin, 0.0)
    passed = np.clip(ends - begin, 0.0, length)
    # The share of the slope that has passed, and not the slope, which has no bound.
    share = np.divide(passed, length, out=np.zeros_like(passed), where=length > 0)
    return passed * (low + (high - low) * share / 2)


def _stepped(knots: Floats, ends: Floats) -> Floats:
    """Units by each end of a month, the rate jumping when a step's months have passed."""
    current, rated, surge, _, risen, _, grown = _segments(knots)
    return (
        current * np.minimum(ends, risen)
        + rated * np.clip(ends - risen, 0.0, np.maximum(grown - risen, 0.0))
        + surge * np.maximum(ends - grown, 0.0)
    )


def _gaps(line: Line, opening: Opening, case: Case) -> Iterator[tuple[str, float]]:
    """(code, month from which it matters) of every figure not stated."""
    guessed = case is not Case.LOW  # the low case has its own reading of a delay: never
    if line.current is None:
        yield "current-not-stated", 0.0
    elif opening.rated < NEVER:
        yield from _step_gaps(line, opening, case, guessed)
    if line.committed is None:
        yield "committed-not-stated", 0.0
    elif line.committed_until is None and line.committed.at(case) > 0:
        yield "committed-until-not-stated", 0.0


def _step_gaps(
    line: Line, opening: Opening, case: Case, guessed: bool
) -> Iterator[tuple[str, float]]:
    reached = opening.rated + _at(line.to_rated, case, 0.0)
    for name, figure, month, wanted in (
        ("rated-not-stated", line.rated, opening.rated, True),
        ("to-rated-not-stated", line.to_rated, opening.rated, True),
        ("surge-not-stated", line.surge, reached, opening.surge < NEVER),
        ("to-surge-not-stated", line.to_surge, reached, opening.surge < NEVER),
    ):
        if wanted and figure is None:
            drawn = not guessed and name.startswith("to-")
            yield name, NEVER if drawn else month


def _figures(line: Line, opening: Opening, case: Case) -> Iterator[tuple[str, float]]:
    """The figures behind a curve, by name, as far as they are stated and used."""
    for name, figure, used in (
        ("current", line.current, True),
        ("rated", line.rated, opening.rated < NEVER),
        ("to_rated", line.to_rated, opening.rated < NEVER),
        ("surge", line.surge, opening.surge < NEVER),
        ("to_surge", line.to_surge, opening.surge < NEVER),
        ("committed", line.committed, True),
        ("committed_until", line.committed_until, line.committed is not None),
    ):
        if used and figure is not None:
            yield name, figure.at(case)
    if opening.rated < NEVER:
        yield "start", opening.rated
