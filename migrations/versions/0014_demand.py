"""Award notices beside contracts, and feeds that are fetched by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0014_demand"
down_revision = "0013_finding"
branch_labels = None
depends_on = None

_AWARD = (
    ("notice", sa.String(length=80)),
    ("amendment", sa.String(length=10)),
    ("amended_on", sa.Date()),
    ("status", sa.String(length=10)),
    ("solicitation", sa.String(length=80)),
    ("title_en", sa.String(length=400)),
    ("title_fr", sa.String(length=400)),
    ("description_fr", sa.String()),
    ("starts_on", sa.Date()),
    ("value", sa.Numeric(precision=16, scale=2)),
    ("currency", sa.String(length=3)),
    ("buyer_en", sa.String(length=300)),
    ("buyer_fr", sa.String(length=300)),
    ("unspsc_codes", sa.JSON()),
)
_PLACE = (("city", sa.String(length=120)), ("province", sa.String(length=80)))


def upgrade():
    with op.batch_alter_table("vendors") as batch:
        for name, kind in _PLACE:
            batch.add_column(sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("contracts") as batch:
        for name, kind in _AWARD:
            batch.add_column(sa.Column(name, kind, nullable=True))
        batch.create_check_constraint(
            op.f("ck_contracts_status"), "status in ('active', 'expired', 'cancelled')"
        )
        batch.create_index(op.f("ix_contracts_solicitation"), ["solicitation"])
    op.create_table(
        "feed_schedules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("interval_hours", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "interval_hours between 1 and 8784", name=op.f("ck_feed_schedules_interval")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_schedules")),
        sa.UniqueConstraint("kind", "url", name=op.f("uq_feed_schedules_kind_url")),
    )
    with op.batch_alter_table("feed_schedules") as batch:
        batch.create_index("ix_feed_schedules_paused_next_at", ["paused", "next_at"])
    op.create_table(
        "feed_fetches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("detail", sa.String(length=1000), nullable=True),
        sa.Column("report_name", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "outcome in ('read', 'unchanged', 'refused')", name=op.f("ck_feed_fetches_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["feed_schedules.id"],
            name=op.f("fk_feed_fetches_schedule_id_feed_schedules"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_fetches")),
    )
    with op.batch_alter_table("feed_fetches") as batch:
        batch.create_index("ix_feed_fetches_schedule_id_begun_at", ["schedule_id", "begun_at"])


def downgrade():
    op.drop_table("feed_fetches")
    op.drop_table("feed_schedules")
    with op.batch_alter_table("contracts") as batch:
        batch.drop_index(op.f("ix_contracts_solicitation"))
        batch.drop_constraint(op.f("ck_contracts_status"), type_="check")
        for name, _kind in reversed(_AWARD):
            batch.drop_column(name)
    with op.batch_alter_table("vendors") as batch:
        for name, _kind in reversed(_PLACE):
            batch.drop_column(name)
