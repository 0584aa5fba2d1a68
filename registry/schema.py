"""Every table in one import, and the database brought up to the newest migration."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

import migrations
import registry.alerts.models
import registry.audit.models
import registry.bulk.models
import registry.capabilities.models
import registry.demand.models
import registry.disclosures.models
import registry.finding.models
import registry.grants.models
import registry.jobs.models
import registry.mail.models
import registry.members.models
import registry.merging.models
import registry.moderation.models
import registry.needs.models
import registry.opportunities.models
import registry.portfolio.models
import registry.registration.models
import registry.rules.models
import registry.schedules.models
import registry.shortlists.models
import registry.sso.models
import registry.tenders.models  # noqa: F401
from registry.db import Base

metadata = Base.metadata


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic, set up in code: there is no ini file to go stale."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("file_template", "%%(rev)s")  # revision equals file name
    config.attributes["connection"] = connection
    return config


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction for all migrations: they are applied whole or not at all.

    SQLite alters a table by copying it and dropping the old one, which would delete what refers to
    it; so its foreign keys rest meanwhile and are checked at the end. Its driver would also commit
    each statement that changes the schema if nothing had begun.
    """
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                raise RuntimeError(f"a migration left references to nothing: {broken[:5]}")
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply the migrations up to `revision`; safe to repeat."""
    with migrating(engine) as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the migrations back to `revision` (`base` for an empty database)."""
    with migrating(engine) as connection:
        command.downgrade(alembic_config(connection), revision)
