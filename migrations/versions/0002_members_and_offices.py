"""Owners and editors of a firm's record, and the office that an official acts for."""

import sqlalchemy as sa
from alembic import op

revision = "0002_members_and_offices"
down_revision = "0001_registry"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("office", sa.String(length=120), nullable=True))
    with op.batch_alter_table("memberships") as batch:
        # Whoever acted for a firm until now was alone in doing so.
        batch.add_column(
            sa.Column("role", sa.String(length=10), nullable=False, server_default="owner")
        )
        batch.create_check_constraint(op.f("ck_memberships_role"), "role in ('owner', 'editor')")
    with op.batch_alter_table("memberships") as batch:
        batch.alter_column("role", server_default=None)


def downgrade():
    with op.batch_alter_table("memberships") as batch:
        batch.drop_constraint(op.f("ck_memberships_role"), type_="check")
        batch.drop_column("role")
    with op.batch_alter_table("users") as batch:
        batch.drop_column("office")
