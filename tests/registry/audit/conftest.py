"""Events, and a hand that reaches past the service into the stored rows."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, text

from registry.audit.service import record


@pytest.fixture
def add_events(session) -> Callable[..., None]:
    """Record and commit events of one firm, each in a transaction of its own."""

    def add(count: int, **facts: object) -> None:
        for number in range(count):
            given = {"before": {"employees": number}, "after": {"employees": number + 1}, **facts}
            record(session, 7, "firm.publish", "firm", 1, **given)
            session.commit()

    return add


@pytest.fixture
def tamper(engine: Engine) -> Callable[..., None]:
    """Run statements as whoever owns the database could: with triggers and references resting."""

    def run(*statements: str) -> None:
        with engine.connect() as connection:
            _disarm(connection)
            for statement in statements:
                connection.execute(text(statement))
            connection.commit()

    return run


def _disarm(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("set session_replication_role = replica"))
        return
    connection.exec_driver_sql("pragma foreign_keys = off")
    triggers = text("select name from sqlite_master where type = 'trigger'")
    for name in connection.scalars(triggers).all():
        connection.execute(text(f"drop trigger {name}"))
