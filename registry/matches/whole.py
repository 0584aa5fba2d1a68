"""All firms that fit a need, read a few at a time: more than a page ever looks at."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

import matching
from matching import Need
from registry.db import today
from registry.firms.models import Firm
from registry.matches.publication import LiveIndex
from registry.matches.service import Row, rows_of_matches
from registry.visibility.readers import Standing


def fitting_firms(session: Session, live: LiveIndex, need: Need, most: int) -> list[int]:
    """Numbers of the firms that fit, best first, at most `most`. Raises NeedEmpty."""
    least = matching.PROFILE.fits_at
    scored = matching.order(live.index, need, limit=most, retrieved=most)
    fitting = [number for number, points in scored if points >= least]
    here = set(session.scalars(select(Firm.id).where(Firm.id.in_(fitting))))
    return [number for number in fitting if number in here]


def rows_by_batch(
    session: Session,
    live: LiveIndex,
    need: Need,
    firms: Sequence[int],
    standing: Standing,
    category: str | None,
    at_once: int,
) -> Iterator[list[Row]]:
    """The rows of firms that stand in their order, each at its rank, `at_once` in memory."""
    for first in range(0, len(firms), at_once):
        pool = firms[first : first + at_once]
        answer = matching.rank(live.index, need, today=today(), limit=0, pool=pool)
        placed = [replace(match, rank=first + match.rank) for match in answer.matches]
        yield rows_of_matches(session, placed, standing, category)
