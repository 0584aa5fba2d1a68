"""The chain: each event's digest covers the event and the digest before it.

Events are written when a session flushes, and chained as the last thing its transaction does: only
then does one writer wait for another, and none waits for a row while it holds the chain.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, CursorResult, Row, Select, event, func, insert, select
from sqlalchemy.orm import Mapper, Session, SessionTransaction, object_session

from registry.audit.models import DIGEST_LENGTH, AuditEvent, AuditLink

CHAINING = 0xC4A1  # any number that nothing else in the database locks
FORM = "cadence-audit-1"  # names what is hashed and how, so that it can change without doubt
START = "0" * DIGEST_LENGTH  # what the first event follows
BATCH = 2000
EVENT = AuditEvent.__table__.c
LINK = AuditLink.__table__.c
Progress = Callable[[int], None]

# Ids of events by the transaction that wrote them; one given up takes its ids along.
_unchained: WeakKeyDictionary[SessionTransaction, list[int]] = WeakKeyDictionary()


def digest_of(entry: Row[Any], previous: str) -> str:
    """SHA-256 over JSON without spaces, ASCII only, keys sorted: the form, `previous`, the event.

    Moments are in UTC, to the microsecond.
    """
    facts = [
        FORM,
        previous,
        entry.id,
        entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.office,
        entry.action,
        entry.subject,
        entry.subject_id,
        entry.detail,
        entry.before,
        entry.after,
        entry.why,
    ]
    return hashlib.sha256(_canonical(facts)).hexdigest()


def _canonical(facts: list[Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode("ascii")


@event.listens_for(AuditEvent, "after_insert")
def _remember(_mapper: Mapper[AuditEvent], _connection: Connection, target: AuditEvent) -> None:
    session = object_session(target)
    transaction = session.get_transaction() if session else None
    assert transaction  # an insert is never outside one
    _unchained.setdefault(transaction, []).append(target.id)


@event.listens_for(Session, "before_commit")
def _chain_new_events(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint's events wait for the transaction's end
        return
    session.flush()
    transaction = session.get_transaction()
    if transaction and (ids := _unchained.pop(transaction, None)):
        _append(session.connection(), ids)


def _append(connection: Connection, ids: list[int]) -> None:
    """Link these events, as the database gives them back; a savepoint may have undone some."""
    _wait_for_others(connection)
    last = _head(connection)
    number, digest = last.events, last.digest
    for start in range(0, len(ids), BATCH):
        links = []
        query = select(*EVENT).where(EVENT.id.in_(ids[start : start + BATCH])).order_by(EVENT.id)
        for row in connection.execute(query):
            previous, number = digest, number + 1
            digest = digest_of(row, previous)
            links.append(
                {"number": number, "event_id": row.id, "previous": previous, "digest": digest}
            )
        if links:
            connection.execute(insert(AuditLink), links)


def _wait_for_others(connection: Connection) -> None:
    """One transaction at a time extends the chain; it commits next. SQLite has one writer anyway.

    PostgreSQL lets go of the lock after the commit can be seen, so the next reads the true head.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(CHAINING)))


def _head(connection: Connection) -> "Head":
    query = select(LINK.number, LINK.digest).order_by(LINK.number.desc()).limit(1)
    found = connection.execute(query).first()
    return Head(found.number, found.digest) if found else Head(0, START)


@dataclass(frozen=True)
class Head:
    """The end of the chain: how many events it holds and the digest that stands for all of them."""

    events: int
    digest: str


def head(session: Session) -> Head:
    """The end of the chain as it is stored, unverified; of no events it is START."""
    return _head(session.connection())


class Fault(StrEnum):
    """How the chain is broken."""

    CHANGED = "changed"  # an event is not what was chained
    MISSING = "missing"  # an event, or its link, is gone
    INSERTED = "inserted"  # an event was added without being chained
    REORDERED = "reordered"  # events stand in another order
    CUT = "cut"  # the digest kept elsewhere is not in the chain


@dataclass(frozen=True)
class Break:
    """Where the chain first fails; `number` is the place in it, None for an event outside."""

    fault: Fault
    number: int | None
    event_id: int | None


@dataclass(frozen=True)
class Verdict:
    """What verification found. `expected_at` is the place of the digest kept elsewhere."""

    head: Head
    broken: Break | None
    expected_at: int | None


def verify(
    session: Session, expected: str | None = None, progress: Progress = lambda events: None
) -> Verdict:
    """Compute the whole chain again, in constant memory; `progress` is told of events done.

    `expected` is a head kept elsewhere: it must be in the chain, at its end or before.
    """
    connection = session.connection()
    events, digest = 0, START
    expected_at = 0 if expected == START else None
    with _stream(connection) as rows:
        for row in rows:
            if broken := _fault_of(connection, row, events + 1, digest):
                return Verdict(Head(events, digest), broken, expected_at)
            events, digest = events + 1, row.digest
            if digest == expected:
                expected_at = events
            if events % BATCH == 0:
                progress(BATCH)
    progress(events % BATCH)
    broken = _outside(connection)
    if not broken and expected is not None and expected_at is None:
        broken = Break(Fault.CUT, None, None)
    return Verdict(Head(events, digest), broken, expected_at)


def _stream(connection: Connection) -> CursorResult[Any]:
    query: Select[Any] = (
        select(LINK.number, LINK.event_id, LINK.previous, LINK.digest, *EVENT)
        .outerjoin_from(AuditLink, AuditEvent, LINK.event_id == EVENT.id)
        .order_by(LINK.number)
    )
    return connection.execute(query, execution_options={"yield_per": BATCH})


def _fault_of(connection: Connection, row: Row[Any], number: int, digest: str) -> Break | None:
    """What is wrong with the link in place `number`, which should follow `digest`."""
    if row.number != number:
        return Break(Fault.MISSING, number, None)
    if row.id is None:
        return Break(Fault.MISSING, number, row.event_id)
    if digest_of(row, row.previous) != row.digest:
        return Break(Fault.CHANGED, number, row.event_id)
    if row.previous == digest:
        return None
    # The event is what it was when it was chained, but it followed another.
    query = select(LINK.number).where(LINK.digest == row.previous)
    follows = 0 if row.previous == START else connection.scalar(query)
    if follows is None:
        return Break(Fault.MISSING, number, None)
    if follows >= number:
        return Break(Fault.REORDERED, number, row.event_id)
    # It followed an earlier one: what stands between came later.
    between = select(LINK.event_id).where(LINK.number == follows + 1)
    return Break(Fault.INSERTED, follows + 1, connection.scalar(between))


def _outside(connection: Connection) -> Break | None:
    """An event that no link holds: written past the service."""
    linked = select(LINK.event_id).where(LINK.event_id == EVENT.id).exists()
    found = connection.scalar(select(EVENT.id).where(~linked).order_by(EVENT.id).limit(1))
    return None if found is None else Break(Fault.INSERTED, None, found)
