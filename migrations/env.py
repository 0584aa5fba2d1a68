"""One environment for SQLite (which needs batch mode to alter) and PostgreSQL."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.types import TypeDecorator

from registry.config import database_url, home_from_environment
from registry.schema import metadata


def render_column_type(kind, value, autogen_context):
    """Write our own types as the plain types under them: a migration outlives our classes."""
    if kind == "type" and isinstance(value, TypeDecorator):
        return f"sa.{value.impl_instance!r}"
    return False


def of_the_models(_object, name, _kind, reflected, _compared):
    """The full-text index of notices and its order are the database's own, unlike in each kind."""
    return not (
        reflected and name.startswith(("tender_words", "ix_tenders_words", "ix_tenders_closing"))
    )


def run(connection):
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_column_type,
        include_object=of_the_models,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(database_url(home_from_environment())).begin() as connection:
        run(connection)
