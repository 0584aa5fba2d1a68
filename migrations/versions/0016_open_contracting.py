"""Open contracting data: which release counts, and identifiers that it states of a supplier."""

import sqlalchemy as sa
from alembic import op

revision = "0016_open_contracting"
down_revision = "0015_saved_searches"
branch_labels = None
depends_on = None

_RELEASED = ("tenders", "contracts")


def upgrade():
    for table in _RELEASED:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
            batch.add_column(sa.Column("release_id", sa.String(length=200), nullable=True))
    with op.batch_alter_table("contracts") as batch:
        batch.create_index(op.f("ix_contracts_notice"), ["notice"])
    with op.batch_alter_table("vendors") as batch:
        batch.add_column(sa.Column("identifiers", sa.JSON(none_as_null=True), nullable=True))


def downgrade():
    with op.batch_alter_table("vendors") as batch:
        batch.drop_column("identifiers")
    with op.batch_alter_table("contracts") as batch:
        batch.drop_index(op.f("ix_contracts_notice"))
    for table in _RELEASED:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("release_id")
            batch.drop_column("released_at")
