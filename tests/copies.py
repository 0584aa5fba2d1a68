"""A PostgreSQL database that tests use one after the other, each finding it as the first did.

Copying a database of 12 MB for every test takes longer than most tests; putting back what one
wrote takes a tenth of that. Only where the schema changed is it copied anew.
"""

import psycopg
from sqlalchemy import create_engine, make_url, text

Rows = list[tuple]


class ReusedCopy:
    """A copy of a template on a server; `fresh` gives its address, as the template is."""

    def __init__(self, server: str, template: str, name: str) -> None:
        self.server, self.template, self.name = server, template, name
        self.url = on_server(server, name)
        self.connection: psycopg.Connection | None = None
        self.clean = False  # whether it is there and as the template is

    def fresh(self) -> str:
        if not self.clean:
            self.close()
            create_database(self.server, self.name, self.template)
            self._look()
        self.clean = False
        return self.url

    def restore(self) -> None:
        """Put back what a test changed, if it changed only rows."""
        self._ask(END_OTHERS)
        self.clean = self._ask(SCHEMA) == self.schema
        if self.clean:
            self._put_back()

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        drop_database(self.server, self.name)

    def _ask(self, query: str, **values: object) -> Rows:
        assert self.connection
        cursor = self.connection.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []

    def _look(self) -> None:
        """Learn what the template holds, and keep its rows beside it."""
        address = make_url(self.url).set(drivername="postgresql")
        self.connection = psycopg.connect(address.render_as_string(False), autocommit=True)
        self._ask("set session_replication_role = replica")  # neither keys nor triggers
        tables = [table for (table,) in self._ask(TABLES)]
        # Of each table: how many rows, and how many of them were written since it was whole.
        self.census = " union all ".join(
            f"select '{table}', count(*), "
            f"count(*) filter (where xmin::text::bigint >= %(since)s) from {table}"
            for table in tables
        )
        self.since = self._now()
        self.counts = {table: rows for table, rows, _new in self._changes()}
        self._ask("create schema kept")
        for table in tables:
            self._ask(f"create table kept.{table} as table {table}")
        self.schema, self.sequences = self._ask(SCHEMA), dict(self._ask(SEQUENCES))

    def _now(self) -> int:
        return self._ask("select pg_current_xact_id()::text::bigint")[0][0]

    def _changes(self) -> Rows:
        return self._ask(self.census, since=self.since)

    def _put_back(self) -> None:
        for table, rows, new in self._changes():
            if rows - new == self.counts[table]:  # what was there is there: the new ones go
                if new:
                    self._ask(f"delete from {table} where xmin::text::bigint >= {self.since}")
            else:
                self._ask(f"delete from {table}")
                self._ask(f"insert into {table} overriding system value table kept.{table}")
        for sequence, value in self._ask(SEQUENCES):
            if value != self.sequences[sequence]:
                start = self.sequences[sequence]
                self._ask(
                    "select setval(%(sequence)s, %(value)s, %(called)s)",
                    sequence=sequence, value=start or 1, called=start is not None,
                )  # fmt: skip
        self.since = self._now()


END_OTHERS = """
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
"""
TABLES = """
    select quote_ident(tablename) from pg_tables where schemaname = 'public' order by tablename
"""
SEQUENCES = """
    select quote_ident(sequencename), last_value from pg_sequences where schemaname = 'public'
"""
SCHEMA = """
    select (select count(*) from pg_class), (select max(oid) from pg_class),
      (select count(*) from pg_attribute where not attisdropped and attnum > 0),
      (select count(*) from pg_constraint), (select count(*) from pg_trigger),
      (select count(*) from pg_proc)
"""


def on_server(server_url: str, name: str) -> str:
    return server_url.replace("/postgres?", f"/{name}?")


def create_database(server_url: str, name: str, template: str = "template1") -> None:
    _on(server_url, f"create database {name} template {template}")


def drop_database(server_url: str, name: str) -> None:
    _on(server_url, f"drop database if exists {name} with (force)")


def _on(server_url: str, statement: str) -> None:
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(statement))
    server.dispose()
