"""Jobs: long work with its progress, its heartbeat and its result."""

import sqlalchemy as sa
from alembic import op

revision = "0008_jobs"
down_revision = "0007_need_to_know"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("progress_done", sa.Integer(), nullable=True),
        sa.Column("progress_total", sa.Integer(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=True),
        sa.Column("holder", sa.String(length=32), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.String(length=4000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_jobs_state"),
        ),
        sa.CheckConstraint(
            "(state = 'running') = (holder is not null)", name=op.f("ck_jobs_holder")
        ),
        sa.CheckConstraint(
            "(holder is null) = (heartbeat_at is null)", name=op.f("ck_jobs_heartbeat")
        ),
        sa.CheckConstraint(
            "(state in ('done', 'failed', 'cancelled')) = (ended_at is not null)",
            name=op.f("ck_jobs_ended"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_jobs_attempts")),
        sa.CheckConstraint(
            "progress_done >= 0 and progress_total >= 0", name=op.f("ck_jobs_progress")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["users.id"],
            name=op.f("fk_jobs_asked_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs") as batch:
        batch.create_index(op.f("ix_jobs_asked_by_id"), ["asked_by_id"])
        batch.create_index("ix_jobs_state", ["state", "heartbeat_at"])


def downgrade():
    op.drop_table("jobs")
