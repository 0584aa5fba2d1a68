"""Reading the audit trail: pages and exports of it, who acted, what changed."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from registry import terms
from registry.accounts.models import ADMINISTRATOR, OFFICIAL, User
from registry.audit import words
from registry.audit.models import AuditEvent, AuditLink
from registry.db import UTCDateTime
from registry.errors import RuleBroken
from registry.firms.models import Membership
from registry.i18n import gettext as _
from registry.web import number

PAGE = 50
BATCH = 1000  # rows of an export in memory
FIRM = "firm"  # the subject of events that are the firm's own


@dataclass(frozen=True)
class Filters:
    """Which events; None does not filter. `until` is the last day, in UTC."""

    subject: str | None = None
    subject_id: int | None = None
    action: str | None = None
    actor_id: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise RuleBroken(_("The first day is after the last one."))

    def narrow(self, query: Select[Any]) -> Select[Any]:
        for name in ("subject", "subject_id", "action", "actor_id"):
            if (value := getattr(self, name)) is not None:
                query = query.where(getattr(AuditEvent, name) == value)
        if self.since:
            query = query.where(AuditEvent.at >= _midnight(self.since))
        if self.until:
            query = query.where(AuditEvent.at < _midnight(self.until + dt.timedelta(days=1)))
        return query


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def list_events(
    session: Session, filters: Filters, before: int | None = None
) -> tuple[list[AuditEvent], int | None]:
    """PAGE events, the newest first, that are older than event `before`; and where to go on.

    The same cost on any page: an index leads to the place.
    """
    query = filters.narrow(select(AuditEvent))
    if before is not None and (place := session.get(AuditEvent, before)):
        here = tuple_(literal(place.at, UTCDateTime()), literal(place.id))
        query = query.where(tuple_(AuditEvent.at, AuditEvent.id) < here)
    query = query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(PAGE + 1)
    events: list[AuditEvent] = list(session.scalars(query))
    more = len(events) > PAGE
    return events[:PAGE], events[PAGE - 1].id if more else None


def values_of(session: Session, column: InstrumentedAttribute[str]) -> list[str]:
    """The values in a column of events, in order; leaps from one to the next along its index."""
    values = select(func.min(column).label("value")).cte("values", recursive=True)
    following = select(func.min(column)).where(column > values.c.value).scalar_subquery()
    values = values.union_all(select(following).where(values.c.value.is_not(None)))
    return list(session.scalars(select(values.c.value).where(values.c.value.is_not(None))))


def find_actor(session: Session, text: str) -> int | None:
    """The number of the account with this e-mail address, or the number itself."""
    if text.isdecimal():
        return int(text)
    return session.scalar(select(User.id).where(User.email == text.lower()))


def firms_in(session: Session, filters: Filters) -> list[int]:
    """The firms whose own events are among these."""
    query = filters.narrow(select(AuditEvent.subject_id)).distinct()
    return [number for number in session.scalars(query.where(AuditEvent.subject == FIRM)) if number]


def people_of(session: Session, events: Iterable[AuditEvent]) -> dict[int, User]:
    """The accounts, with their roles, of those who did these, by number."""
    ids = {event.actor_id for event in events if event.actor_id is not None}
    people = session.scalars(
        select(User).where(User.id.in_(ids)).options(joinedload(User.roles))
    ).unique()
    return {person.id: person for person in people}


def colleagues(session: Session, firm_id: int) -> set[int]:
    """Numbers of the accounts that act for the firm."""
    return set(session.scalars(select(Membership.user_id).where(Membership.firm_id == firm_id)))


def actor_words(event: AuditEvent, people: dict[int, User]) -> str:
    """Who did it, for those who read everything."""
    if event.actor_id is None:
        return _("the operator, at the command line")
    person = people.get(event.actor_id)
    name = _(person.name) if person else _("account %(id)s", id=event.actor_id)
    office = event.office or (person.office if person else None)
    return f"{name}, {office}" if office else name


def actor_words_for_firm(event: AuditEvent, people: dict[int, User], members: set[int]) -> str:
    """Who did it, for the firm: a colleague by name, the state by its office, no one else."""
    person = people.get(event.actor_id) if event.actor_id is not None else None
    if person and person.has_role(ADMINISTRATOR):
        return _("an administrator of Cadence")
    if person and person.has_role(OFFICIAL):
        return event.office or person.office or _("an official, office not stated")
    if person and person.id in members:
        return _("your colleague %(name)s", name=_(person.name))
    if event.actor_id is None:
        return _("the operator of Cadence")
    return _("someone who no longer acts for your firm")


@dataclass(frozen=True)
class Difference:
    """One field; a side is None where the event does not tell it."""

    name: str
    before: str | None
    after: str | None


def differences(event: AuditEvent) -> list[Difference]:
    """What changed, field by field, in words."""
    before, after = event.before or {}, event.after or {}
    return [
        Difference(
            terms.said(words.FACTS, name),
            _value(before[name]) if name in before else None,
            _value(after[name]) if name in after else None,
        )
        for name in {**before, **after}
    ]


def details(event: AuditEvent) -> list[tuple[str, str]]:
    """What else the event says, in words."""
    return [(terms.said(words.FACTS, name), _value(value)) for name, value in event.detail.items()]


def _value(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return terms.yes_no(value)
    if isinstance(value, (int, float)):
        return number(value, 2)
    if isinstance(value, list) and all(isinstance(held, str) for held in value):
        return ", ".join(value) or _("none")
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    """As it is stored; blank for what the event does not tell."""
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def export_rows(session: Session, filters: Filters) -> Iterator[list[Any]]:
    """Headings, then every event that the filters leave, newest first; streamed."""
    yield [
        _("Place in the chain"), _("Event"), _("At (UTC)"), _("Account"), _("E-mail address"),
        _("Office"), _("Action"), _("Subject"), _("Number"), _("Reason given"), _("Before"),
        _("After"), _("Details"), _("Digest"),
    ]  # fmt: skip
    chosen = filters.narrow(
        select(AuditLink.number, *AuditEvent.__table__.c, User.email, AuditLink.digest)
        .select_from(AuditEvent)
        .outerjoin(AuditLink, AuditLink.event_id == AuditEvent.id)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )
    with session.execute(chosen, execution_options={"yield_per": BATCH}) as rows:
        for row in rows:
            yield [
                row.number, row.id, row.at.strftime("%Y-%m-%d %H:%M:%S"), row.actor_id, row.email,
                row.office, row.action, row.subject, row.subject_id, row.why, _json(row.before),
                _json(row.after), _json(row.detail), row.digest,
            ]  # fmt: skip
