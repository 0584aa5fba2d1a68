"""Every table in one import, and the database brought up to the newest migration."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

import migrations
import registry.audit.models
import registry.capabilities.models
import registry.demand.models
import registry.shortlists.models  # noqa: F401
from registry.db import Base

metadata = Base.metadata


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic, set up in code: there is no ini file to go stale."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("file_template", "%%(rev)s")  # revision equals file name
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply the migrations up to `revision`; safe to repeat."""
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the migrations back to `revision` (`base` for an empty database)."""
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), revision)
