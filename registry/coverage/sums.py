"""Output of a category for those who may not see any firm's figures: where it tells none."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matching.capacity import Case, Step
from registry.capabilities.seen import seen_lines
from registry.coverage.lines import Facts, read_lines
from registry.coverage.network import listed_makers
from registry.coverage.plan import from_day_0
from registry.coverage.service import DATES, chain_in
from registry.visibility.aggregates import Figures, Place, safe_table
from registry.visibility.readers import OPERATOR
from registry.visibility.table import Field, Purpose, Reader, may_see

Floats = NDArray[np.float64]

SURE_DIGITS = 2  # of a sum over firms whose own figures are not shown
NOW, ADDED = "now", "added"


@dataclass(frozen=True)
class Sums:
    """Likely units by each date over all firms, rounded; None where a sum may not be shown."""

    now: tuple[float, ...] | None
    invested: tuple[float, ...] | None
    firms: int


def safe_sums(session: Session, reader: Reader, code: str, day: dt.date) -> Sums:
    """Sums that a reader who may not see the firms' figures may be told.

    Whoever is told sums by three dates, with and without investments, can subtract them: so they
    are the totals of one table, a row for what lines make if nothing is signed and one for what
    investments add, a column from each date to the next. They are told only if no part of it must
    be hidden; else the first row alone, on the same terms. The table is the same for everyone: it
    is made for the first day of the month, and rounded, since two answers of different days can be
    subtracted too. What inputs allow is left out: it is not summed for those outside the state.
    """
    allowed = may_see(reader, Field.LINE_RATES, Purpose.AGGREGATE) and may_see(
        reader, Field.LINE_COMMERCIAL, Purpose.AGGREGATE
    )
    if not allowed:
        return Sums(None, None, 0)
    firms = listed_makers(session, code)
    seen = seen_lines(session, OPERATOR, firms, code, whole=True)
    read, _left_out = read_lines(seen, day.replace(day=1))
    alone = [facts.alone() for facts in read]
    now = _by_firm(alone, Step.CURRENT)
    invested = _by_firm(alone, Step.SURGE)
    added = {number: invested[number] - now[number] for number in now}
    return Sums(_told({NOW: now}), _told({NOW: now, ADDED: added}), len(firms))


def _by_firm(read: Iterable[Facts], step: Step) -> dict[int, Floats]:
    """Likely units between two dates, (len(DATES),), for each firm."""
    sums: dict[int, Floats] = {}
    for facts in read:
        units = from_day_0(chain_in(facts, step, Case.BASE).output)
        number = facts.seen.line.firm_id
        sums[number] = sums.get(number, 0) + np.diff(units[[0, *DATES]])
    return sums


def _told(rows: Mapping[str, Mapping[int, Floats]]) -> tuple[float, ...] | None:
    """All rows added up by each date, rounded; None if any part of their table must be hidden."""
    cells: dict[Place, Figures] = {
        (row, str(date)): {
            number: max(0.0, float(figures[column])) for number, figures in by_firm.items()
        }
        for row, by_firm in rows.items()
        for column, date in enumerate(DATES)
    }
    sums = safe_table(cells).sums
    if None in sums.values():
        return None
    return _rounded([sum(sums[row, str(date)] or 0.0 for row in rows) for date in DATES])


def _rounded(parts: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(f"{units:.{SURE_DIGITS}g}") for units in np.cumsum(parts))
