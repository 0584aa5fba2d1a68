"""The chain holds through commits, rollbacks and many writers, and shows what was done to it."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from alembic.script import ScriptDirectory
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry import schema
from registry.audit.chain import START, Break, Fault, Head, digest_of, head, verify
from registry.audit.models import AuditEvent, AuditLink
from registry.audit.service import changed, record

MANY_WRITERS, EACH_WRITES = 12, 8


def place_of_last(session) -> int:
    return head(session).events


def test_an_event_says_who_what_before_after_and_why(session):
    record(
        session, 7, "firm.publish", "firm", 1,
        before={"rate": Decimal("1.50"), "on": dt.date(2026, 1, 2)},
        after={"rate": None, "on": None}, why="A plant closed", office="Shells", form="web",
    )  # fmt: skip
    session.commit()
    session.expire_all()
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.before == {"rate": "1.50", "on": "2026-01-02"}
    assert event.after == {"rate": None, "on": None}
    assert (event.why, event.office, event.detail) == ("A plant closed", "Shells", {"form": "web"})
    assert dt.datetime.now(dt.UTC) - event.at < dt.timedelta(minutes=1)


def test_only_what_differs_is_kept():
    before, after = {"a": 1, "b": 2, "c": 3}, {"a": 1, "b": None, "d": 4}
    assert changed(before, after) == {"before": {"b": 2, "c": 3}, "after": {"b": None, "d": 4}}


def test_the_events_of_the_first_migrations_are_chained(session):
    """The template was filled by the service; its taxonomies are the first events."""
    verdict = verify(session)
    assert verdict.broken is None and verdict.head == head(session) and verdict.head.events > 0


def test_each_digest_covers_the_one_before(session, add_events):
    add_events(3)
    rows = session.execute(
        select(AuditLink.previous, AuditLink.digest, *AuditEvent.__table__.c)
        .join(AuditEvent, AuditEvent.id == AuditLink.event_id)
        .order_by(AuditLink.number)
    ).all()
    previous = START
    for row in rows:
        assert row.previous == previous and row.digest == digest_of(row, previous)
        previous = row.digest
    assert head(session) == Head(len(rows), previous)


def test_the_form_of_the_digest_does_not_drift(session):
    """Chains are verified years later: whoever changes this must give the form a new name."""
    moment = dt.datetime(2026, 11, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=-4)))
    names = [column.name for column in AuditEvent.__table__.c]
    assert set(names) == {
        "id", "at", "actor_id", "office", "action", "subject", "subject_id", "detail",
        "before", "after", "why",
    }  # fmt: skip
    entry = AuditEvent(
        id=1, at=moment, actor_id=None, office=None, action="a", subject="s", subject_id=2,
        detail={"é": [1, 2.5, None]}, before=None, after={}, why="« pourquoi »",
    )  # fmt: skip
    assert digest_of(entry, START) == (
        "3804457f0f47e2ea52407fba0feaae989ca9a8478746d9ff536b2f6e2714f2fc"
    )


def test_rollback_leaves_no_hole(session, add_events):
    add_events(2)
    events = place_of_last(session)
    for _turn in range(3):
        record(session, 7, "firm.publish", "firm", 1)
        session.flush()
        session.rollback()
    add_events(1)
    verdict = verify(session)
    assert verdict.broken is None and verdict.head.events == events + 1


def test_a_savepoint_given_up_takes_its_events_along(session):
    events = place_of_last(session)
    record(session, 7, "firm.list", "firm", 1)
    for action, kept in (("line.add", False), ("firm.suspend", True), ("line.remove", False)):
        savepoint = session.begin_nested()
        record(session, 7, action, "firm", 1)
        session.flush()
        savepoint.commit() if kept else savepoint.rollback()
    session.commit()
    chained = select(AuditEvent.action).join(AuditLink).order_by(AuditLink.number)
    assert session.scalars(chained).all()[events:] == ["firm.list", "firm.suspend"]
    assert verify(session).broken is None


def test_events_forgotten_by_the_session_are_chained_too(session):
    record(session, 7, "firm.publish", "firm", 1)
    session.flush()
    session.expunge_all()
    session.commit()
    assert verify(session).broken is None


def test_a_commit_without_events_adds_nothing(session):
    before = head(session)
    session.execute(text("update sources set title_en = title_en"))
    session.commit()
    assert head(session) == before


def test_many_writers_make_one_chain(database_url, session):
    """Their commits meet; half of the transactions give up."""
    before = place_of_last(session)
    session.commit()
    engine = create_engine(database_url, pool_size=MANY_WRITERS)

    def write(writer: int) -> None:
        for number in range(EACH_WRITES):
            with Session(engine) as own:
                record(own, writer, "firm.publish", "firm", number, after={"n": number})
                own.flush()
                record(own, writer, "firm.publish", "firm", number)
                own.rollback() if number % 2 else own.commit()

    with ThreadPoolExecutor(MANY_WRITERS) as writers:
        list(writers.map(write, range(MANY_WRITERS)))
    engine.dispose()
    verdict = verify(session)
    assert verdict.broken is None
    assert verdict.head.events == before + MANY_WRITERS * EACH_WRITES


@pytest.mark.parametrize("table", ["audit_events", "audit_links"])
@pytest.mark.parametrize(
    "deed", ["update {0} set {1} = {1}", "delete from {0}", "delete from {0} where {1} = {2}"]
)
def test_the_database_refuses_to_change_the_trail(engine, session, add_events, table, deed):
    add_events(1)
    verdict = verify(session)
    key = {"audit_events": "id", "audit_links": "number"}[table]
    value = session.scalar(text(f"select max({key}) from {table}"))
    session.commit()
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(deed.format(table, key, value)))
    assert verify(session) == verdict


def test_nor_can_a_row_be_put_over_another(engine, session, add_events):
    add_events(1)
    replace = {
        "sqlite": "insert or replace into audit_links select number, event_id, previous, 'x' "
        "from audit_links",
        "postgresql": "truncate audit_links",
    }[engine.dialect.name]
    session.commit()
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(replace))
    assert verify(session).broken is None


def test_the_migration_chains_the_events_that_were_there(engine):
    """Down to where there was no chain, more events, and up again."""
    migrations = ScriptDirectory.from_config(schema.alembic_config())
    schema.downgrade(engine, migrations.get_revision("0004_audit_chain").down_revision)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into audit_events (at, actor_id, action, subject, subject_id, detail) "
                "values ('2026-01-02 03:04:05.678901+00:00', 7, 'x', 'firm', 1, "
                "'{\"é\": [1.5, null]}')".replace(":", "\\:")
            )
        )
    schema.upgrade(engine)
    with Session(engine) as session:
        verdict = verify(session)
        assert verdict.broken is None
        assert verdict.head.events == session.scalar(select(func.count(AuditEvent.id))) > 1
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text("delete from audit_events"))


# What is done behind the service's back


@pytest.fixture
def five(session, add_events) -> list[int]:
    """Five events at the end of the chain: the ids of all events in their order."""
    add_events(5)
    ids = session.scalars(select(AuditLink.event_id).order_by(AuditLink.number)).all()
    session.commit()
    return list(ids)


def renumber(*pairs: tuple[int, int]) -> list[str]:
    """Statements that give links new numbers, by way of numbers that none has."""
    away = [f"update audit_links set number = -{new} where number = {old}" for old, new in pairs]
    back = [f"update audit_links set number = {new} where number = -{new}" for _old, new in pairs]
    return [*away, *back]


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = 8",
        "actor_id = null",
        "office = 'Elsewhere'",
        "action = 'firm.view'",
        "subject_id = 2",
        "at = '2020-01-01 00:00:00.000000'",
        "detail = '{\"x\": 1}'",
        "before = '{\"employees\": 1}'",
        "after = null",
        "why = 'Because'",
    ],
)
def test_a_changed_field_is_found(session, five, tamper, change):
    tamper(f"update audit_events set {change} where id = {five[-3]}")
    assert verify(session).broken == Break(Fault.CHANGED, len(five) - 2, five[-3])


def test_a_changed_event_with_a_fitting_digest_is_found(session, five, tamper):
    """Who knows the form can make the digest fit; then the next event does not follow."""
    tamper(f"update audit_events set actor_id = 8 where id = {five[-3]}")
    place = len(five) - 2
    entry = session.execute(
        select(AuditLink.previous, *AuditEvent.__table__.c)
        .join(AuditEvent, AuditEvent.id == AuditLink.event_id)
        .where(AuditLink.number == place)
    ).one()
    session.commit()
    digest = digest_of(entry, entry.previous)
    tamper(f"update audit_links set digest = '{digest}' where number = {place}")
    assert verify(session).broken == Break(Fault.MISSING, place + 1, None)


def test_a_deleted_event_is_found(session, five, tamper):
    place = len(five) - 2
    tamper(f"delete from audit_events where id = {five[-3]}")
    assert verify(session).broken == Break(Fault.MISSING, place, five[-3])
    tamper(f"delete from audit_links where number = {place}")
    assert verify(session).broken == Break(Fault.MISSING, place, None)
    tamper(*renumber((place + 1, place), (place + 2, place + 1)))  # the gap is closed
    assert verify(session).broken == Break(Fault.MISSING, place, None)


def test_an_event_outside_the_chain_is_found(session, engine, five):
    with engine.begin() as connection:
        values = {"at": dt.datetime.now(dt.UTC), "action": "x", "subject": "firm", "detail": {}}
        (event_id,) = connection.execute(insert(AuditEvent).values(values)).inserted_primary_key
    assert verify(session).broken == Break(Fault.INSERTED, None, event_id)


def test_an_inserted_event_is_found(session, engine, five, tamper):
    """Squeezed in with a true digest of its own."""
    place = len(five) - 1
    previous = session.scalar(select(AuditLink.digest).where(AuditLink.number == place - 1))
    session.commit()
    with engine.begin() as connection:
        values = {"at": dt.datetime.now(dt.UTC), "action": "x", "subject": "firm", "detail": {}}
        (event_id,) = connection.execute(insert(AuditEvent).values(values)).inserted_primary_key
        entry = connection.execute(
            select(*AuditEvent.__table__.c).where(AuditEvent.id == event_id)
        ).one()
    digest = digest_of(entry, previous)
    tamper(
        *renumber((place, place + 1), (place + 1, place + 2)),
        f"insert into audit_links values ({place}, {event_id}, '{previous}', '{digest}')",
    )
    assert verify(session).broken == Break(Fault.INSERTED, place, event_id)


def test_reordered_events_are_found(session, five, tamper):
    place = len(five) - 3
    tamper(*renumber((place, place + 2), (place + 2, place)))
    assert verify(session).broken == Break(Fault.REORDERED, place, five[-2])


def test_a_cut_end_shows_against_a_digest_kept_elsewhere(session, five, tamper, add_events):
    kept = head(session).digest
    add_events(1)
    assert verify(session, kept).expected_at == len(five)  # it grew, and that is in order
    tamper(
        f"delete from audit_links where number >= {len(five)}",
        f"delete from audit_events where id >= {five[-1]}",
    )
    assert verify(session).broken is None  # nothing in the chain itself can tell
    assert verify(session, kept).broken == Break(Fault.CUT, None, None)


def test_an_empty_chain(session, tamper):
    session.commit()
    tamper("delete from audit_links", "delete from audit_events")
    assert verify(session).head == head(session) == Head(0, START)
    assert verify(session, "a" * 64).broken.fault is Fault.CUT


COLUMNS = {
    "audit_events": ("actor_id", "action", "subject", "subject_id", "why", "office", "id"),
    "audit_links": ("number", "event_id", "previous", "digest"),
}
DEEDS = st.one_of(
    st.tuples(
        st.just("change"),
        st.sampled_from([(t, c) for t, columns in COLUMNS.items() for c in columns]),
        st.integers(0, 5),
        st.integers(1, 10**6),
    ),
    st.tuples(st.just("delete"), st.sampled_from(list(COLUMNS)), st.integers(0, 4), st.just(0)),
    st.tuples(
        st.just("swap"), st.sampled_from(list(COLUMNS)), st.integers(0, 4), st.integers(0, 4)
    ),
)


@pytest.fixture(scope="module")
def forged(sqlite_template, tmp_path_factory):
    """A chain of six in memory, whose triggers are gone; each example starts from a savepoint."""
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('forged') / 'a.sqlite'}")
    AuditEvent.metadata.create_all(engine, tables=[AuditEvent.__table__, AuditLink.__table__])
    with Session(engine) as session:
        for number in range(6):
            record(session, number, "firm.list", "firm", number, why=f"{number}")
            session.commit()
        session.connection().exec_driver_sql("pragma foreign_keys = off")
        yield session
    engine.dispose()


@settings(max_examples=150, deadline=None)  # a busy machine is not a fault
@given(st.lists(DEEDS, min_size=1, max_size=4))
def test_whatever_is_done_to_the_rows_is_found(forged, deeds):
    """Any change, deletion or swap that leaves other rows than before breaks the chain."""
    rows = stored(forged)
    expected = head(forged).digest
    forged.execute(text("savepoint untouched"))
    try:
        for deed in deeds:
            do(forged, *deed)
        broken = verify(forged, expected).broken
        assert (broken is None) == (stored(forged) == rows)
    finally:
        forged.execute(text("rollback to untouched"))
        forged.execute(text("release untouched"))


def stored(session):
    return [session.execute(text(f"select * from {t} order by 1")).all() for t in COLUMNS]


def do(session, deed, what, place, value):
    """Change a cell, delete a row, or let two rows change places; what cannot be, is not done."""
    table, column = what if isinstance(what, tuple) else (what, None)
    key = "id" if table == "audit_events" else "number"
    keys = session.scalars(text(f"select {key} from {table} order by 1")).all()
    if place >= len(keys) or (deed == "swap" and value >= len(keys)):
        return
    if deed == "delete":
        session.execute(text(f"delete from {table} where {key} = {keys[place]}"))
    elif deed == "change":
        statement = f"update or ignore {table} set {column} = '{value}' where {key} = {keys[place]}"
        session.execute(text(statement))
    elif place != value:
        one, other = keys[place], keys[value]
        for old, new in ((one, -1), (other, one), (-1, other)):
            session.execute(text(f"update {table} set {key} = {new} where {key} = {old}"))


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_what_is_hashed_survives_the_database(value):
    """JSON of any kind is hashed as it comes back."""
    entry = AuditEvent(
        id=1,
        at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        action="a",
        subject="s",
        detail={"x": value},
    )
    again = AuditEvent(
        id=1, at=entry.at, action="a", subject="s", detail=json.loads(json.dumps(entry.detail))
    )
    assert digest_of(entry, START) == digest_of(again, START)


def test_verification_asks_twice_and_streams(session, add_events, engine):
    add_events(3)
    sent = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, said, *_rest: sent.append(said))
    assert verify(session).broken is None
    assert len(sent) == 2
    assert session.scalar(select(func.count(AuditLink.number))) > 3
