"""Finding notices: by words and state, the open ones first, what closes soonest at the top."""

import datetime as dt
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session, defer

from registry.db import UTCDateTime, utcnow
from registry.errors import NotFound
from registry.feeds.text import fold_words
from registry.i18n import gettext as _
from registry.tenders.models import CANCELLED, EXPIRED, Tender

PER_PAGE = 50
MOST_WORDS = 12
Moment = dt.datetime | BindParameter[dt.datetime]


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


def is_open(now: Moment) -> ColumnElement[bool]:
    """`state_of` is OPEN, as a condition on rows."""
    return and_(
        or_(Tender.status.is_(None), Tender.status.not_in((CANCELLED, EXPIRED))),
        or_(Tender.closes_at.is_(None), Tender.closes_at > now),
    )


def _in_state(state: State, now: Moment) -> ColumnElement[bool]:
    if state is State.OPEN:
        return is_open(now)
    if state is State.CANCELLED:
        return Tender.status == CANCELLED
    # A comparison with an unknown status or time is unknown, and so is its negation.
    not_cancelled = or_(Tender.status.is_(None), Tender.status != CANCELLED)
    return and_(
        not_cancelled,
        or_(
            and_(Tender.status.is_not(None), Tender.status == EXPIRED),
            and_(Tender.closes_at.is_not(None), not_(Tender.closes_at > now)),
        ),
    )


def find_tenders(
    session: Session, query: str, state: State | None, page: int
) -> tuple[list[Tender], int]:
    """(the notices of a page, how many there are in all) that hold every word of the query.

    Without a state all of them: the open ones first, what closes soonest at the top, then the
    others, what closed last at the top. Accents and capitals do not matter, parts of words do.
    """
    words = fold_words(query).split()[:MOST_WORDS]
    values: dict[str, Any] = {"now": utcnow(), "after": (page - 1) * PER_PAGE}
    values |= {f"word{place}": _containing(word) for place, word in enumerate(words)}
    rows = session.execute(_found(len(words), state), values).all()
    if not rows and page > 1:  # beyond the last page no row says how many there are
        return [], find_tenders(session, query, state, 1)[1]
    return [tender for tender, _count in rows], rows[0][1] if rows else 0


def _containing(word: str) -> str:
    """A pattern of LIKE that any text with the word in it meets."""
    for special in ("/", "%", "_"):
        word = word.replace(special, f"/{special}")
    return f"%{word}%"


@cache
def _found(words: int, state: State | None) -> Select[Tender, int]:
    """The statement for so many words, made once: that takes longer than to answer it."""
    now = bindparam("now", type_=UTCDateTime())
    conditions: list[ColumnElement[bool]] = [
        Tender.words.like(bindparam(f"word{place}", type_=String()), escape="/")
        for place in range(words)
    ]
    if state is not None:
        conditions.append(_in_state(state, now))
    return (
        select(Tender, func.count().over())  # the rows and their number in one reading
        .where(*conditions)
        .order_by(*_open_first(state, now))
        .limit(PER_PAGE)
        .offset(bindparam("after", type_=Integer()))
        .options(defer(Tender.words), defer(Tender.description_en), defer(Tender.description_fr))
    )


def _open_first(state: State | None, now: Moment) -> tuple[Any, ...]:
    if state is State.OPEN:
        return Tender.closes_at.is_(None), Tender.closes_at.asc(), Tender.id.asc()
    if state is not None:
        return Tender.closes_at.is_(None), Tender.closes_at.desc(), Tender.id.desc()
    opened = is_open(now)
    return (
        case((opened, 0), else_=1),
        Tender.closes_at.is_(None),
        case((opened, Tender.closes_at)).asc(),
        Tender.closes_at.desc(),
        Tender.id.asc(),
    )


def count_open(session: Session) -> int:
    """How many notices can still be answered."""
    return session.scalar(select(func.count(Tender.id)).where(is_open(utcnow()))) or 0


def get_tender(session: Session, tender_id: int) -> Tender:
    """The notice of that number. Raises NotFound."""
    if found := session.get(Tender, tender_id):
        return found
    raise NotFound(_("There is no tender with the number %(id)s.", id=tender_id))
