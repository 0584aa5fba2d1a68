"""Writing the access log before anything is shown, and reading it back for the firm."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.accounts.models import User
from registry.db import today, utcnow
from registry.disclosures.models import Disclosure, Purpose
from registry.errors import RegistryError
from registry.i18n import gettext as _
from registry.visibility.readers import Person as Reading
from registry.visibility.readers import reader_of
from registry.visibility.table import STATE, Field, Reader, in_confidence, may_see

WAIT_SECONDS = 2  # for a database that others write to; then the page does without
DAYS_SHOWN = 30
# A role with this permission is named to firms, not only its office.
NAMED_TO_FIRMS = "named-to-firms"


class Person(Reading, Protocol):
    """A signed-in person, as Flask-Security gives it."""

    @property
    def id(self) -> int: ...

    @property
    def office(self) -> str | None: ...


class NotLogged(RegistryError):
    """The access log cannot be written, so nothing told in confidence may be shown."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            _(
                "What firms told in confidence is not shown: the access log, which they can read, "
                "cannot be written just now. Try again in a moment."
            )
        )


def note_disclosure(
    session: Session,
    person: Person,
    firm_ids: Iterable[int],
    purpose: Purpose,
    fields: Collection[Field],
    readers: Mapping[int, Reader] | None = None,
) -> bool:
    """Log that the person is about to see these fields of these firms; commit before showing them.

    `readers` says who the person is to a firm, where need to know makes it more than the role does.
    One statement, however many firms. Says whether there was anything to log: fields that the
    person may not see or that everyone may, and people who are not of the state, leave no trace.
    Raises NotLogged, having rolled back, if the database does not take it in WAIT_SECONDS.
    """
    role = reader_of(person)
    if role not in STATE:
        return False
    facts = {
        "day": today(), "at": utcnow(), "actor_id": person.id, "role": role.value,
        "office": person.office, "purpose": purpose, "times": 1,
    }  # fmt: skip
    # In one order, so that two pages of one person never wait for each other.
    rows = [
        {"firm_id": number, "fields": seen, **facts}
        for number in sorted(set(firm_ids))
        if (seen := _told((readers or {}).get(number, role), fields))
    ]
    if not rows:
        return False
    try:
        with _short_wait(session):
            _add(session, rows)
    except DBAPIError as error:
        session.rollback()
        raise NotLogged from error
    return True


def _told(reader: Reader, fields: Collection[Field]) -> frozenset[Field]:
    """What is told in confidence by showing the fields to a reader; who has a rate has its band."""
    told = frozenset(f for f in fields if in_confidence(f) and may_see(reader, f))
    return told - {Field.LINE_BANDS} if Field.LINE_RATES in told else told


def _add(session: Session, rows: list[dict[str, object]]) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = Disclosure.__table__
    new = dialect.insert(table)
    upsert = new.on_conflict_do_update(
        index_elements=["firm_id", "day", "actor_id", "purpose"],
        set_={
            "at": new.excluded.at,
            "times": table.c.times + 1,
            "fields": table.c.fields.bitwise_or(new.excluded.fields),
        },
    )
    session.execute(upsert, rows)


@contextmanager
def _short_wait(session: Session) -> Iterator[None]:
    """Wait for a locked database WAIT_SECONDS, not as long as those who change something."""
    connection = session.connection()
    milliseconds = round(WAIT_SECONDS * 1000)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"set local lock_timeout = {milliseconds}")
        yield
        return
    usual = connection.exec_driver_sql("pragma busy_timeout").scalar()
    connection.exec_driver_sql(f"pragma busy_timeout = {milliseconds}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"pragma busy_timeout = {usual}")


@dataclass(frozen=True)
class View:
    """What an office saw of a firm for one purpose on one day; `person` None: not to be named."""

    day: dt.date
    office: str | None
    role: Reader
    person: str | None
    purpose: Purpose
    fields: list[Field]
    times: int


@dataclass(frozen=True)
class Summary:
    """All that was ever seen of a firm; `offices` counts those without an office by role."""

    times: int
    offices: int
    last: dt.date | None


def summary_of(session: Session, firm_id: int) -> Summary:
    offices = func.count(func.distinct(func.coalesce(Disclosure.office, Disclosure.role)))
    query = select(func.coalesce(func.sum(Disclosure.times), 0), offices, func.max(Disclosure.day))
    times, count, last = session.execute(query.where(Disclosure.firm_id == firm_id)).one()
    return Summary(int(times), count, last)


def list_views(
    session: Session, firm_id: int, before: dt.date | None = None
) -> tuple[list[View], dt.date | None]:
    """The newest DAYS_SHOWN days with views (before `before`), and the day to go on before.

    People of one office are told as one: how many they are is theirs.
    """
    ours = select(Disclosure).where(Disclosure.firm_id == firm_id)
    if before:
        ours = ours.where(Disclosure.day < before)
    newest = ours.with_only_columns(Disclosure.day).distinct().order_by(Disclosure.day.desc())
    days = session.scalars(newest.limit(DAYS_SHOWN + 1)).all()
    if not days:
        return [], None
    last = days[:DAYS_SHOWN][-1]
    rows = session.scalars(ours.where(Disclosure.day >= last)).all()
    names = _names(session, {row.actor_id for row in rows})

    def by(row: Disclosure) -> tuple[int, str, str, str, str]:
        named = names.get(row.actor_id, "")
        return -row.day.toordinal(), row.office or "", row.role, named, row.purpose

    views = [_view(list(group), names) for _key, group in groupby(sorted(rows, key=by), key=by)]
    return views, last if len(days) > DAYS_SHOWN else None


def _view(rows: list[Disclosure], names: dict[int, str]) -> View:
    first = rows[0]
    seen = frozenset[Field]().union(*(row.fields for row in rows))
    return View(
        day=first.day,
        office=first.office,
        role=Reader(first.role),
        person=names.get(first.actor_id),
        purpose=Purpose(first.purpose),
        fields=[field for field in Field if field in seen],
        times=sum(row.times for row in rows),
    )


def _names(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """Names of those whose role says that firms may know them."""
    people = session.scalars(select(User).where(User.id.in_(user_ids)))
    return {person.id: person.name for person in people if person.has_permission(NAMED_TO_FIRMS)}
