"""Need to know: which official may see firm-confidential fields, of what, until when and why."""

import sqlalchemy as sa
from alembic import op

revision = "0007_need_to_know"
down_revision = "0006_registration"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("official_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("category_code", sa.String(length=6), nullable=True),
        sa.Column("firm_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'everything' and category_code is null and firm_id is null)"
            " or (kind = 'category' and category_code is not null and firm_id is null)"
            " or (kind = 'firm' and category_code is null and firm_id is not null)",
            name=op.f("ck_grants_scope"),
        ),
        sa.CheckConstraint(
            "(revoked_at is null) = (revoked_by_id is null)", name=op.f("ck_grants_revoked")
        ),
        sa.ForeignKeyConstraint(
            ["official_id"],
            ["users.id"],
            name=op.f("fk_grants_official_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["category_code"],
            ["shortfall_categories.code"],
            name=op.f("fk_grants_category_code_shortfall_categories"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id"], ["firms.id"], name=op.f("fk_grants_firm_id_firms"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["users.id"], name=op.f("fk_grants_granted_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["users.id"], name=op.f("fk_grants_revoked_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants") as batch:
        batch.create_index(op.f("ix_grants_official_id"), ["official_id"])
        batch.create_index(op.f("ix_grants_firm_id"), ["firm_id"])


def downgrade():
    op.drop_table("grants")
