"""Comments on plans, and what firms could add by which dates when a shortlist was locked."""

import sqlalchemy as sa
from alembic import op

revision = "0019_comments_and_frozen_output"
down_revision = "0018_tender_words"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "plan_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_plan_comments_plan_id_plans"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_plan_comments_person_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_comments")),
    )  # fmt: skip
    with op.batch_alter_table("plan_comments") as batch:
        batch.create_index(op.f("ix_plan_comments_plan_id"), ["plan_id"])
    with op.batch_alter_table("shortlist_revisions") as batch:
        batch.add_column(sa.Column("output", sa.JSON(), nullable=True))


def downgrade():
    with op.batch_alter_table("shortlist_revisions") as batch:
        batch.drop_column("output")
    op.drop_table("plan_comments")
