"""Finding notices: by words and state, the open ones first, what closes soonest at the top."""

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from sqlalchemy import Case, ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, defer

from registry.db import utcnow
from registry.errors import NotFound
from registry.i18n import gettext as _
from registry.tenders.models import CANCELLED, EXPIRED, OPEN, Tender
from registry.tenders.words import holds

PER_PAGE = 50
_AT_ONCE = 200


class State(StrEnum):
    """Whether a notice can still be answered."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


def state_of(tender: Tender, now: dt.datetime) -> State:
    """The state at a moment: the published word is of the day of the file, its time is not."""
    if tender.status == CANCELLED:
        return State.CANCELLED
    over = tender.closes_at is not None and tender.closes_at <= now
    return State.CLOSED if over or tender.status == EXPIRED else State.OPEN


def is_open(now: dt.datetime) -> ColumnElement[bool]:
    """`state_of` is OPEN, as a condition on rows: few of many, found by their index."""
    return and_(
        or_(Tender.status.is_(None), Tender.status == OPEN),
        or_(Tender.closes_at.is_(None), Tender.closes_at > now),
    )


def _state(now: dt.datetime) -> Case[str]:
    """`state_of` as an expression. Most are closed: their index is read in order, not searched."""
    return case(
        (Tender.status == CANCELLED, State.CANCELLED.value),
        (Tender.status == EXPIRED, State.CLOSED.value),
        (Tender.closes_at <= now, State.CLOSED.value),
        else_=State.OPEN.value,
    )


def find_tenders(
    session: Session, query: str, state: State | None, page: int
) -> tuple[list[Tender], int]:
    """(the notices of a page, how many there are in all) that hold every word of the query.

    Without a state all of them: the open ones first, what closes soonest at the top, then the
    others, what closed last at the top. Accents and capitals do not matter, beginnings of words do.
    """
    said = holds(session, query)
    found: list[Tender] = []
    before, count = (page - 1) * PER_PAGE, 0
    for condition, order in _stretches(state, utcnow()):
        here = session.scalar(select(func.count(Tender.id)).where(condition, *said)) or 0
        count += here
        if before < here and len(found) < PER_PAGE:
            rows = _listed().where(condition, *said).order_by(*order)
            found += session.scalars(rows.offset(before).limit(PER_PAGE - len(found)))
        before = max(before - here, 0)
    return found, count


def _listed() -> Select[Any]:
    """Notices without the long texts, which no list shows."""
    return select(Tender).options(
        defer(Tender.words), defer(Tender.description_en), defer(Tender.description_fr)
    )


def every_tender(
    session: Session, query: str = "", state: State | None = None, most: int | None = None
) -> Iterator[Tender]:
    """The notices that `find_tenders` finds, in the same order, `most` at most.

    Whoever takes them does not keep them: they may be very many.
    """
    said = holds(session, query)
    numbers: list[int] = []
    for condition, order in _stretches(state, utcnow()):
        left = None if most is None else most - len(numbers)
        found = select(Tender.id).where(condition, *said).order_by(*order).limit(left)
        numbers += session.scalars(found)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        read = session.scalars(select(Tender).where(Tender.id.in_(some)))
        by_number = {tender.id: tender for tender in read}
        yield from (by_number[number] for number in some if number in by_number)


def _stretches(
    state: State | None, now: dt.datetime
) -> list[tuple[ColumnElement[bool], tuple[Any, ...]]]:
    """The parts of a list, one after the other: which notices, in which order.

    Each order is one that an index has, as there may be a million of them.
    """
    soonest = (Tender.closes_at.is_(None), Tender.closes_at.asc(), Tender.id.asc())
    latest = (Tender.closes_at.desc().nulls_last(), Tender.id.desc())
    if state is State.OPEN:
        return [(is_open(now), soonest)]
    if state is not None:
        return [(_state(now) == state.value, latest)]
    return [(is_open(now), soonest), (_state(now) != State.OPEN.value, latest)]


def count_open(session: Session) -> int:
    """How many notices can still be answered."""
    return session.scalar(select(func.count(Tender.id)).where(is_open(utcnow()))) or 0


def get_tender(session: Session, tender_id: int) -> Tender:
    """The notice of that number. Raises NotFound."""
    if found := session.get(Tender, tender_id):
        return found
    raise NotFound(_("There is no tender with the number %(id)s.", id=tender_id))
