"""Rules by which notices are read, changes of them, and what they found in each notice."""

import sqlalchemy as sa
from alembic import op

revision = "0017_rules"
down_revision = "0016_open_contracting"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KINDS = "kind in ('category', 'agreement', 'threshold', 'buyer', 'gate')"
_CURRENT = sa.text("replaced_at is null")


def upgrade():
    op.create_table(
        "rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=True),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("codes", "words_en", "words_fr")),
        sa.Column("weight", sa.Double(), nullable=True),
        sa.Column("entity", sa.String(length=20), nullable=True),
        sa.Column("commodity", sa.String(length=20), nullable=True),
        sa.Column("amount_cad", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("source_en", sa.String(length=300), nullable=False),
        sa.Column("source_fr", sa.String(length=300), nullable=False),
        sa.Column("reason_en", sa.String(length=500), nullable=True),
        sa.Column("reason_fr", sa.String(length=500), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=True),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("replaced_at", _MOMENT, nullable=True),
        sa.CheckConstraint(_KINDS, name=op.f("ck_rules_kind")),
        sa.CheckConstraint(
            "(kind = 'threshold') = (amount_cad is not null)", name=op.f("ck_rules_amount")
        ),
        sa.CheckConstraint("amount_cad > 0", name=op.f("ck_rules_amount_positive")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_rules_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_rules_key_version")),
    )
    op.create_index(
        "uq_rules_key_current",
        "rules",
        ["key"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    op.create_table(
        "rule_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("preview", sa.JSON(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "state in ('draft', 'saved', 'discarded')", name=op.f("ck_rule_changes_state")
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_rule_changes_job_id_jobs"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_changes")),
    )
    op.create_table(
        "notice_readings",
        sa.Column("tender_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        _of_tender("notice_readings"),
        sa.PrimaryKeyConstraint("tender_id", name=op.f("pk_notice_readings")),
    )
    op.create_table(
        "notice_findings",
        sa.Column("tender_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Double(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        _of_tender("notice_findings"),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rules.id"], name=op.f("fk_notice_findings_rule_id_rules")
        ),
        sa.PrimaryKeyConstraint("tender_id", "kind", "target", name=op.f("pk_notice_findings")),
    )
    with op.batch_alter_table("notice_findings") as batch:
        batch.create_index("ix_notice_findings_kind_target", ["kind", "target"])
        batch.create_index(op.f("ix_notice_findings_rule_id"), ["rule_id"])


def _of_tender(table):
    return sa.ForeignKeyConstraint(
        ["tender_id"], ["tenders.id"], name=op.f(f"fk_{table}_tender_id_tenders"),
        ondelete="CASCADE",
    )  # fmt: skip


def downgrade():
    op.drop_table("notice_findings")
    op.drop_table("notice_readings")
    op.drop_table("rule_changes")
    op.drop_table("rules")
