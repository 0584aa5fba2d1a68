"""The declarative base, constraint names, column types and the session."""

import datetime as dt
from typing import Annotated, Any

from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Connection, DateTime, Engine, ForeignKey, MetaData, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# Named constraints can be dropped by a migration on either database.
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[dt.datetime]):
    """An aware UTC moment; SQLite forgets the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(dt.UTC) if value else None

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=dt.UTC)
        return value


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


Id = Annotated[int, mapped_column(primary_key=True)]
Moment = Annotated[dt.datetime, mapped_column(UTCDateTime())]


def utcnow() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The day, in UTC like every stored moment."""
    return utcnow().date()


class Sourced:
    """Every imported or stated fact says where it comes from and how old it is."""

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    as_of: Mapped[dt.date | None]  # None: the source does not say


# expire_on_commit is off because the API serialises after the view has committed.
db = SQLAlchemy(session_options={"expire_on_commit": False})


@event.listens_for(Engine, "connect")
def _set_sqlite_pragmas(connection: Any, record: Any) -> None:
    """Readers beside a writer, foreign keys held, and patience instead of 'locked'."""
    if not _is_sqlite(connection):
        return
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=10000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "savepoint")
def _begin_before_savepoint(connection: Connection, name: str) -> None:
    """A savepoint that is the first statement would be the transaction: its release commits.

    The driver begins one only before it writes.
    """
    driver = connection.connection.dbapi_connection
    if _is_sqlite(driver) and not driver.in_transaction:  # type: ignore[union-attr]
        driver.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]


def _is_sqlite(connection: Any) -> bool:
    return type(connection).__module__.startswith("sqlite3")
