"""A PostgreSQL database that tests use one after the other, each finding it as the first did.

Copying a database of 12 MB for every test takes longer than most tests; emptying what one wrote
takes a tenth of that. What cannot be emptied back (a taxonomy or the schema changed) is copied
anew.
"""

from sqlalchemy import Connection, create_engine, text

Fingerprint = tuple[object, ...]


class ReusedCopy:
    """A copy of a template on a server; `fresh` gives its address, as the template is."""

    def __init__(self, server: str, template: str, name: str) -> None:
        self.server, self.template, self.name = server, template, name
        self.url = on_server(server, name)
        self.clean = False  # whether it is there and as the template is

    def fresh(self) -> str:
        if not self.clean:
            drop_database(self.server, self.name)
            create_database(self.server, self.name, self.template)
            with self._connection() as connection:
                self._look(connection)
        self.clean = False
        return self.url

    def restore(self) -> None:
        """Empty what a test wrote, if that is all it did."""
        with self._connection() as connection:
            connection.execute(text(END_OTHERS))
            self.clean = self._empty(connection)

    def close(self) -> None:
        drop_database(self.server, self.name)

    def _connection(self) -> Connection:
        # The test's own connections are gone or about to be ended: this one is not kept either.
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        connection = engine.connect()
        connection.detach()
        return connection

    def _look(self, connection: Connection) -> None:
        """Learn what the template holds."""
        self.tables = connection.scalars(text(TABLES)).all()
        self.schema = connection.execute(text(SCHEMA)).one()
        self.sequences = dict(connection.execute(text(SEQUENCES)).all())
        first = connection.scalar(text("select pg_current_xact_id()::text::bigint"))
        # Of each table: how many rows, and how many of them were written after the copy was made.
        self.census = text(
            " union all ".join(
                f"select '{table}', count(*), "
                f"count(*) filter (where xmin::text::bigint >= {first}) from {table}"
                for table in self.tables
            )
        )
        self.counts = {table: rows for table, rows, _new in connection.execute(self.census)}

    def _empty(self, connection: Connection) -> bool:
        if connection.execute(text(SCHEMA)).one() != self.schema:
            return False
        changed = [
            table
            for table, rows, new in connection.execute(self.census)
            if new or rows != self.counts[table]
        ]
        if any(self.counts[table] for table in changed):
            return False
        connection.execute(text("set session_replication_role = replica"))  # no keys, no triggers
        for table in changed:
            connection.execute(text(f"delete from {table}"))
        for sequence, value in connection.execute(text(SEQUENCES)):
            if value != self.sequences[sequence]:
                start = self.sequences[sequence]
                connection.execute(
                    text("select setval(:sequence, :value, :called)"),
                    {"sequence": sequence, "value": start or 1, "called": start is not None},
                )
        return True


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
