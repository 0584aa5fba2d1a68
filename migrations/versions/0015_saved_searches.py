"""Saved searches: who follows them, what each run found, and firms told of new tenders.

A mail may carry the address at which its reader stops such mails.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_saved_searches"
down_revision = "0014_demand"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_FREQUENCY = "frequency in ('instantly', 'daily', 'weekly', 'never')"
_LANGUAGE = "language in ('en', 'fr')"
_RUNS = ("baseline_run_id", "seen_run_id", "told_run_id")


def upgrade():
    with op.batch_alter_table("mails") as batch:
        batch.add_column(sa.Column("unsubscribe_url", sa.String(length=500), nullable=True))
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("checked_at", _MOMENT, nullable=True),
        sa.Column("change_seq", sa.Integer(), nullable=False),
        sa.Column("index_name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint("digest", name=op.f("uq_saved_searches_digest")),
    )
    op.create_table(
        "search_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("ran_at", _MOMENT, nullable=False),
        sa.Column("change_seq", sa.Integer(), nullable=False),
        sa.Column("index_name", sa.String(length=80), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("fitting", "appeared", "gone", "changed")
        ),
        sa.Column("results", sa.LargeBinary(), nullable=False),
        _key("search_runs", "search_id", "saved_searches", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_runs")),
    )
    _index("search_runs", "search_id")
    op.create_table(
        "search_subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("frequency", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _RUNS),
        *_checks("search_subscriptions"),
        _key("search_subscriptions", "user_id", "users", ondelete="CASCADE"),
        _key("search_subscriptions", "search_id", "saved_searches"),
        *(_key("search_subscriptions", name, "search_runs") for name in _RUNS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_subscriptions")),
        sa.UniqueConstraint(
            "user_id", "search_id", name=op.f("uq_search_subscriptions_user_id_search_id")
        ),
    )
    _index("search_subscriptions", "search_id", *_RUNS)
    with op.batch_alter_table("search_subscriptions") as batch:
        batch.create_index("ix_search_subscriptions_due", ["frequency", "due_at"])
    op.create_table(
        "tender_watches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("known", sa.JSON(), nullable=False),
        *_checks("tender_watches"),
        _key("tender_watches", "user_id", "users", ondelete="CASCADE"),
        _key("tender_watches", "firm_id", "firms", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_watches")),
        sa.UniqueConstraint("user_id", "firm_id", name=op.f("uq_tender_watches_user_id_firm_id")),
    )
    _index("tender_watches", "firm_id")


def _checks(table):
    return (
        sa.CheckConstraint(_FREQUENCY, name=op.f(f"ck_{table}_frequency")),
        sa.CheckConstraint(_LANGUAGE, name=op.f(f"ck_{table}_language")),
    )


def _key(table, column, target, **options):
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, **options)


def _index(table, *columns):
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.create_index(op.f(f"ix_{table}_{column}"), [column])


def downgrade():
    op.drop_table("tender_watches")
    op.drop_table("search_subscriptions")
    op.drop_table("search_runs")
    op.drop_table("saved_searches")
    with op.batch_alter_table("mails") as batch:
        batch.drop_column("unsubscribe_url")
