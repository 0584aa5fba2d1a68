"""Plans shared with named colleagues."""

import sqlalchemy as sa
from alembic import op

revision = "0011_shared_plans"
down_revision = "0010_tenders"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "plan_shares",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("may_edit", sa.Boolean(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_plan_shares_plan_id_plans"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_plan_shares_person_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_shares")),
        sa.UniqueConstraint("plan_id", "person_id", name=op.f("uq_plan_shares_plan_id_person_id")),
    )  # fmt: skip
    with op.batch_alter_table("plan_shares") as batch:
        batch.create_index(op.f("ix_plan_shares_person_id"), ["person_id"])


def downgrade():
    op.drop_table("plan_shares")
