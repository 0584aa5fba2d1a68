"""Output of a category for those who may not see any firm's figures: where it tells none."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matching.capacity import Case, Step
from registry.capabilities.seen import seen_lines
from registry.coverage.lines import Facts, read_lines
from registry.coverage.service import DATES, chain_in, from_day_0, listed_makers
from registry.visibility.aggregates import may_show
from registry.visibility.readers import OPERATOR
from registry.visibility.table import Field, Purpose, Reader, may_see

Floats = NDArray[np.float64]

SURE_DIGITS = 2  # of a sum over firms whose own figures are not shown


@dataclass(frozen=True)
class Sums:
    """Likely units by each date over all firms, rounded; None where a sum may not be shown."""

    now: tuple[float, ...] | None
    invested: tuple[float, ...] | None
    firms: int


def safe_sums(session: Session, reader: Reader, code: str, day: dt.date) -> Sums:
    """Sums that a reader who may not see the firms' figures may be told.

    Whoever is told sums by three dates, with and without investments, can subtract them: so each
    part, what comes between two dates and what investments add in it, must be safe by itself.
    Rounded, since two answers of different days can be subtracted too. What inputs allow is left
    out: it is not summed for those outside the state.
    """
    allowed = may_see(reader, Field.LINE_RATES, Purpose.AGGREGATE) and may_see(
        reader, Field.LINE_COMMERCIAL, Purpose.AGGREGATE
    )
    if not allowed:
        return Sums(None, None, 0)
    firms = listed_makers(session, code)
    read, _left_out = read_lines(seen_lines(session, OPERATOR, firms, code, whole=True), day)
    alone = [facts.alone() for facts in read]
    now = _by_firm(alone, Step.CURRENT)
    invested = _by_firm(alone, Step.SURGE)
    added = {number: invested[number] - now[number] for number in now}
    told = _safe(now)
    return Sums(
        _rounded(now) if told else None,
        _rounded(invested) if told and _safe(added) else None,
        len(firms),
    )


def _by_firm(read: Iterable[Facts], step: Step) -> dict[int, Floats]:
    """Likely units between two dates, (len(DATES),), for each firm."""
    sums: dict[int, Floats] = {}
    for facts in read:
        units = from_day_0(chain_in(facts, step, Case.BASE).output)
        number = facts.seen.line.firm_id
        sums[number] = sums.get(number, 0) + np.diff(units[[0, *DATES]])
    return sums


def _safe(parts: dict[int, Floats]) -> bool:
    """Whether the sum of each column may be shown."""
    return all(
        may_show([max(0.0, float(figures[column])) for figures in parts.values()])
        for column in range(len(DATES))
    )


def _rounded(parts: dict[int, Floats]) -> tuple[float, ...]:
    sums = np.cumsum(sum(parts.values()))
    return tuple(float(f"{units:.{SURE_DIGITS}g}") for units in sums)
