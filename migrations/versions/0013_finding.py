"""Results that an office dismissed for a need."""

import sqlalchemy as sa
from alembic import op

revision = "0013_finding"
down_revision = "0012_shortlists"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "dismissals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("whose", sa.String(length=220), nullable=False),
        sa.Column("need_kind", sa.String(length=10), nullable=False),
        sa.Column("need_key", sa.String(length=400), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("dismissed_by_id", sa.Integer(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "need_kind in ('category', 'class', 'tender', 'text')",
            name=op.f("ck_dismissals_need_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id"],
            ["firms.id"],
            name=op.f("fk_dismissals_firm_id_firms"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["dismissed_by_id"], ["users.id"], name=op.f("fk_dismissals_dismissed_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dismissals")),
        sa.UniqueConstraint(
            "whose",
            "need_kind",
            "need_key",
            "firm_id",
            name=op.f("uq_dismissals_whose_need_kind_need_key_firm_id"),
        ),
    )
    with op.batch_alter_table("dismissals") as batch:
        batch.create_index(op.f("ix_dismissals_firm_id"), ["firm_id"])
        batch.create_index(op.f("ix_dismissals_dismissed_by_id"), ["dismissed_by_id"])


def downgrade():
    op.drop_table("dismissals")
