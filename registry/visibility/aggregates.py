"""Whether a sum over firms may be shown, and which other sums must then be hidden with it.

A sum is safe by three rules of statistical disclosure control (Hundepool et al., *Statistical
Disclosure Control*, 2012, chapter 4; Cox, "Linear sensitivity measures in statistical disclosure
control", 1981):

- threshold: at least three firms contribute;
- dominance, the (n, k) rule with n = 1, k = 75 %: no firm has more than three quarters of it;
- p % rule, p = 15: the second largest firm, knowing its own figure, cannot come closer to the
  largest than 15 % of it: what the others contribute together is at least that much.

In a table with totals a hidden cell could be had by subtraction. So others are hidden with it
(complementary suppression) until no one, knowing only that figures are not negative, can place a
hidden sum within its protection interval: 15 % of its largest figure to either side. Which ones
is the linear programme of Kelly, Golden and Assad, "Cell suppression: disclosure protection for
sensitive tabular data" (1992), solved for one unsafe cell after the other.

Two answers can be subtracted too. So sums are made over one fixed table of coarse groups, whole,
for everyone alike: no filter, no firm left out at will, and not anew at every change of a figure.
"""

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_matrix

LEAST_FIRMS = 3
DOMINANCE = 0.75
CLOSENESS = 0.15
LEAST_FIGURE = 1.0  # a figure of zero is protected as if it were one unit
DUST = 1e-7  # what a solver leaves of nothing, as a share of the largest cell

Firm = Hashable
Figures = Mapping[Firm, float]  # what each firm contributes, not negative
Place = tuple[str, str]  # row and column; TOTAL stands for all
TOTAL = ""


def may_show(figures: Collection[float]) -> bool:
    """Whether the sum of these firms' figures, one for each firm, may be shown."""
    largest = sorted(figures, reverse=True)
    if len(largest) < LEAST_FIRMS or largest[0] <= 0:
        return False
    rest = sum(largest[2:])
    return largest[0] <= DOMINANCE * sum(largest) and rest >= CLOSENESS * largest[0]


def protection(figures: Figures) -> float:
    """How far off an outsider's best guess of the sum must stay, to either side."""
    return CLOSENESS * max(LEAST_FIGURE, *figures.values(), 0.0)


@dataclass(frozen=True)
class SafeTable:
    """Sums by row and column with their totals; None stands for one that is hidden.

    A place where no firm can contribute is absent: that it is empty is public.
    """

    sums: Mapping[Place, float | None]

    def __getitem__(self, place: Place) -> float | None:
        return self.sums[place]


def safe_table(cells: Mapping[Place, Figures]) -> SafeTable:
    """The sums that may be shown of a table of firms' figures.

    `cells` holds a place for each group that has firms; a firm without a stated figure is left
    out of it, and may leave it empty. Whoever may see the table sees all of it.
    """
    whole = _with_totals(cells)
    hidden = {place for place, figures in whole.items() if not may_show(figures.values())}
    unsafe = sorted(hidden)
    _hide_remainders(whole, hidden)
    for place in unsafe:
        _protect(whole, hidden, place)
    _hide_remainders(whole, hidden)
    return SafeTable(
        {
            place: None if place in hidden else float(sum(figures.values()))
            for place, figures in whole.items()
        }
    )


def _with_totals(cells: Mapping[Place, Figures]) -> dict[Place, dict[Firm, float]]:
    """The cells, the totals of rows and columns, and that of all; firms are added up in each."""
    whole: dict[Place, dict[Firm, float]] = {}
    for (row, column), figures in sorted(cells.items(), key=lambda cell: cell[0]):
        for place in ((row, column), (row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
            sums = whole.setdefault(place, {})
            for firm, figure in figures.items():
                sums[firm] = sums.get(firm, 0.0) + figure
    return whole


def _lines(whole: Mapping[Place, Figures]) -> Iterator[tuple[Place, list[Place]]]:
    """Each total with the places that add up to it; that of all twice, by rows and by columns."""
    across: dict[str, list[Place]] = {}
    down: dict[str, list[Place]] = {}
    for row, column in whole:
        if column != TOTAL:
            across.setdefault(row, []).append((row, column))
        if row != TOTAL:
            down.setdefault(column, []).append((row, column))
    yield from (((row, TOTAL), parts) for row, parts in across.items())
    yield from (((TOTAL, column), parts) for column, parts in down.items())


def _hide_remainders(whole: Mapping[Place, Figures], hidden: set[Place]) -> None:
    """Hide more until what each shown total leaves over for its hidden parts is safe as a sum.

    Else two hidden cells of one firm would tell that firm's figure together, and a firm alone in
    one cell could subtract its own figure to learn the other.
    """
    changed = True
    while changed:
        changed = False
        for total, parts in _lines(whole):
            covered = [part for part in parts if part in hidden]
            if total in hidden or not covered or may_show(_together(whole, covered)):
                continue
            others = [part for part in parts if part not in hidden]
            smallest = min(others, key=lambda place: _cost(whole, place), default=total)
            hidden.add(smallest)
            changed = True


def _together(whole: Mapping[Place, Figures], places: Collection[Place]) -> Collection[float]:
    sums: dict[Firm, float] = {}
    for place in places:
        for firm, figure in whole[place].items():
            sums[firm] = sums.get(firm, 0.0) + figure
    return sums.values()


def _cost(whole: Mapping[Place, Figures], place: Place) -> float:
    """What is lost by hiding a place: its sum, and something for a sum of zero."""
    return sum(whole[place].values()) + LEAST_FIGURE


def _protect(whole: Mapping[Place, Figures], hidden: set[Place], unsafe: Place) -> None:
    """Hide what must move with an unsafe sum when it is that much greater or smaller.

    The unknowns are how far each sum moves up and down, such that every total stays the sum of
    its parts and no sum becomes negative; moving a hidden one costs nothing.
    """
    places = list(whole)
    number = {place: at for at, place in enumerate(places)}
    size = len(places)
    sums = np.array([sum(whole[place].values()) for place in places])
    lines = list(_lines(whole))
    equal = lil_matrix((len(lines) + 1, 2 * size))
    for at, (total, parts) in enumerate(lines):
        for place, sign in [(total, -1.0), *((part, 1.0) for part in parts)]:
            equal[at, number[place]] += sign
            equal[at, size + number[place]] -= sign
    equal[-1, number[unsafe]], equal[-1, size + number[unsafe]] = 1.0, -1.0
    wanted = protection(whole[unsafe])
    for distance in (wanted, -min(wanted, sums[number[unsafe]])):
        if distance == 0:
            continue
        prices = np.array([0.0 if p in hidden else _cost(whole, p) for p in places])
        found = linprog(
            np.concatenate([prices, prices]) + DUST,
            A_eq=equal.tocsr(),
            b_eq=np.append(np.zeros(len(lines)), distance),
            bounds=[(0, None)] * size + [(0, most) for most in sums],
            method="highs",
        )
        if not found.success:  # all may be hidden, so there is always a way
            raise ArithmeticError(f"no suppression pattern: {found.message}")
        moved = found.x[:size] + found.x[size:]
        hidden.update(places[at] for at in np.flatnonzero(moved > DUST * max(wanted, 1.0)))
