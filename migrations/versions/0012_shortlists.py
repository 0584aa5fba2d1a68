"""Shortlists are shared, evaluated by a panel, locked, and told the outcome of."""

import sqlalchemy as sa
from alembic import op

revision = "0012_shortlists"
down_revision = "0011_shared_plans"
branch_labels = None
depends_on = None

USERS, LISTS = ["users.id"], ["shortlists.id"]


def _key(table, column, to, rule=None):
    name = op.f(f"fk_{table}_{column}_{to[0].split('.')[0]}")
    return sa.ForeignKeyConstraint([column], to, name=name, ondelete=rule)


def _number(name):
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _person_table(name, *columns):
    op.create_table(
        name,
        _number("id"),
        _number("shortlist_id"),
        _number("user_id"),
        *columns,
        _key(name, "shortlist_id", LISTS, "CASCADE"),
        _key(name, "user_id", USERS, "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "shortlist_id", "user_id", name=op.f(f"uq_{name}_shortlist_id_user_id")
        ),
    )
    with op.batch_alter_table(name) as batch:
        batch.create_index(op.f(f"ix_{name}_user_id"), ["user_id"])


def upgrade():
    with op.batch_alter_table("shortlists") as batch:
        batch.add_column(sa.Column("office", sa.String(length=120), nullable=True))
        batch.add_column(sa.Column("office_role", sa.String(length=10), nullable=True))
        batch.add_column(sa.Column("criteria", sa.JSON(), nullable=False, server_default="[]"))
        for name in ("consensus_open", "locked"):
            batch.add_column(
                sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            )
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("shortlists") as batch:
        for name in ("criteria", "consensus_open", "locked", "revision"):
            batch.alter_column(name, server_default=None)
        batch.create_check_constraint(
            op.f("ck_shortlists_office"), "(office is null) = (office_role is null)"
        )
        batch.create_check_constraint(
            op.f("ck_shortlists_office_role"), "office_role in ('editor', 'reader')"
        )
        batch.create_check_constraint(
            op.f("ck_shortlists_revision"), "revision >= 0 and (not locked or revision > 0)"
        )
        batch.create_index(op.f("ix_shortlists_office"), ["office"])
    with op.batch_alter_table("shortlist_items") as batch:
        batch.add_column(
            sa.Column("status", sa.String(length=12), nullable=False, server_default="considered")
        )
        batch.add_column(sa.Column("reject_reason", sa.String(length=20), nullable=True))
        batch.add_column(sa.Column("reject_text", sa.String(length=1000), nullable=True))
        batch.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("consensus", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("consensus_note", sa.String(length=1000), nullable=True))
    with op.batch_alter_table("shortlist_items") as batch:
        for name in ("status", "tags"):
            batch.alter_column(name, server_default=None)
        batch.create_check_constraint(
            op.f("ck_shortlist_items_status"),
            "status in ('considered', 'shortlisted', 'reserve', 'rejected')",
        )
        batch.create_check_constraint(
            op.f("ck_shortlist_items_reject_reason"),
            "(status = 'rejected') = (reject_reason is not null)",
        )
    _person_table(
        "shortlist_people",
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.CheckConstraint("role in ('editor', 'reader')", name=op.f("ck_shortlist_people_role")),
    )
    _person_table("shortlist_panel", _moment("submitted_at"))
    op.create_table(
        "shortlist_evaluations",
        _number("id"),
        _number("item_id"),
        _number("user_id"),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("conflict_text", sa.String(length=1000), nullable=True),
        sa.Column("scores", sa.JSON(), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=True),
        _moment("declared_at", nullable=False),
        sa.CheckConstraint(
            "not conflict or scores is null", name=op.f("ck_shortlist_evaluations_conflict")
        ),
        _key("shortlist_evaluations", "item_id", ["shortlist_items.id"], "CASCADE"),
        _key("shortlist_evaluations", "user_id", USERS, "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortlist_evaluations")),
        sa.UniqueConstraint(
            "item_id", "user_id", name=op.f("uq_shortlist_evaluations_item_id_user_id")
        ),
    )
    with op.batch_alter_table("shortlist_evaluations") as batch:
        batch.create_index(op.f("ix_shortlist_evaluations_user_id"), ["user_id"])
    op.create_table(
        "shortlist_revisions",
        _number("id"),
        _number("shortlist_id"),
        _number("number"),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        _number("locked_by_id"),
        _moment("locked_at", nullable=False),
        _moment("unlocked_at"),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("outcome_note", sa.String(length=1000), nullable=True),
        sa.Column("awarded", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "outcome in ('awarded', 'none suitable', 'cancelled')",
            name=op.f("ck_shortlist_revisions_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome is null) = (outcome_on is null)",
            name=op.f("ck_shortlist_revisions_outcome_on"),
        ),
        _key("shortlist_revisions", "shortlist_id", LISTS, "RESTRICT"),
        _key("shortlist_revisions", "locked_by_id", USERS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortlist_revisions")),
        sa.UniqueConstraint(
            "shortlist_id", "number", name=op.f("uq_shortlist_revisions_shortlist_id_number")
        ),
    )
    with op.batch_alter_table("shortlist_revisions") as batch:
        batch.create_index("ix_shortlist_revisions_outcome", ["outcome", "unlocked_at"])


def downgrade():
    for name in (
        "shortlist_revisions",
        "shortlist_evaluations",
        "shortlist_panel",
        "shortlist_people",
    ):
        op.drop_table(name)
    with op.batch_alter_table("shortlist_items") as batch:
        for name in ("status", "reject_reason"):
            batch.drop_constraint(op.f(f"ck_shortlist_items_{name}"), type_="check")
    with op.batch_alter_table("shortlist_items") as batch:
        for name in (
            "status",
            "reject_reason",
            "reject_text",
            "tags",
            "consensus",
            "consensus_note",
        ):
            batch.drop_column(name)
    with op.batch_alter_table("shortlists") as batch:
        for name in ("office", "office_role", "revision"):
            batch.drop_constraint(op.f(f"ck_shortlists_{name}"), type_="check")
        batch.drop_index(op.f("ix_shortlists_office"))
    with op.batch_alter_table("shortlists") as batch:
        for name in (
            "office",
            "office_role",
            "criteria",
            "consensus_open",
            "locked",
            "revision",
        ):
            batch.drop_column(name)
