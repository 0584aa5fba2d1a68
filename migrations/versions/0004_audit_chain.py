"""What changed and why, the chain over events by hash, triggers that keep both; the access log."""

import datetime as dt
import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0004_audit_chain"
down_revision = "0003_production_lines"
branch_labels = None
depends_on = None

# Each table with what is unique in it.
TABLES = {"audit_events": ("id",), "audit_links": ("number", "event_id")}
INDEXES = {
    "at": ["at", "id"],
    "subject": ["subject", "subject_id", "at", "id"],
    "kind": ["subject", "at", "id"],
    "action": ["action", "at", "id"],
    "actor": ["actor_id", "at", "id"],
}


def upgrade():
    op.drop_index("ix_audit_events_subject", "audit_events")
    for column in (
        sa.Column("office", sa.String(length=120), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
    ):
        op.add_column("audit_events", column)
    for name, columns in INDEXES.items():
        op.create_index(f"ix_audit_events_{name}", "audit_events", columns)
    op.create_table(
        "audit_links",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_links_event_id")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["audit_events.id"], name=op.f("fk_audit_links_event_id_audit_events")
        ),
    )
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("office", sa.String(length=120), nullable=True),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("fields", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "purpose in ('page', 'api', 'export', 'report')", name=op.f("ck_disclosures_purpose")
        ),
        sa.CheckConstraint("times > 0", name=op.f("ck_disclosures_times")),
        sa.ForeignKeyConstraint(
            ["firm_id"],
            ["firms.id"],
            name=op.f("fk_disclosures_firm_id_firms"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
        sa.UniqueConstraint(
            "firm_id",
            "day",
            "actor_id",
            "purpose",
            name=op.f("uq_disclosures_firm_id_day_actor_id_purpose"),
        ),
    )
    chain_what_is_there(op.get_bind())
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade():
    for statement in guards_down(op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_table("disclosures")
    op.drop_table("audit_links")
    for name in INDEXES:
        op.drop_index(f"ix_audit_events_{name}", "audit_events")
    for name in ("why", "after", "before", "office"):
        op.drop_column("audit_events", name)
    op.create_index("ix_audit_events_subject", "audit_events", ["subject", "subject_id"])


def chain_what_is_there(connection):
    """Link the events of before, in the order of their ids; the form is that of audit.chain."""
    events = sa.table(
        "audit_events",
        sa.column("id", sa.Integer),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("actor_id", sa.Integer),
        sa.column("action", sa.String),
        sa.column("subject", sa.String),
        sa.column("subject_id", sa.Integer),
        sa.column("detail", sa.JSON),
    )
    names = ("number", "event_id", "previous", "digest")
    links = sa.table("audit_links", *(sa.column(name) for name in names))
    number, last, digest, page = 0, 0, "0" * 64, 1000
    while rows := connection.execute(
        sa.select(events).where(events.c.id > last).order_by(events.c.id).limit(page)
    ).all():
        batch = []
        for row in rows:
            at = row.at.replace(tzinfo=dt.UTC) if row.at.tzinfo is None else row.at
            facts = [
                "cadence-audit-1", digest, row.id,
                at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
                row.actor_id, None, row.action, row.subject, row.subject_id, row.detail,
                None, None, None,
            ]  # fmt: skip
            text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
            previous, digest = digest, hashlib.sha256(text.encode("ascii")).hexdigest()
            number += 1
            batch.append(dict(zip(names, (number, row.id, previous, digest), strict=True)))
        connection.execute(sa.insert(links), batch)
        last = rows[-1].id


def guards(dialect):
    """Statements that make the tables append-only, whoever writes to the database."""
    refusal = "the audit trail is append-only"
    if dialect == "sqlite":
        for table, keys in TABLES.items():
            for deed in ("update", "delete"):
                yield (
                    f"create trigger {table}_no_{deed} before {deed} on {table} "
                    f"begin select raise(abort, '{refusal}'); end"
                )
            # `insert or replace` deletes without asking the trigger above.
            there = " or ".join(f"{key} = new.{key}" for key in keys)
            yield (
                f"create trigger {table}_no_replace before insert on {table} "
                f"when exists (select 1 from {table} where {there}) "
                f"begin select raise(abort, '{refusal}'); end"
            )
        return
    yield (
        "create function refuse_audit_change() returns trigger language plpgsql as "
        f"$$ begin raise exception '{refusal}' using errcode = 'restrict_violation'; end $$"
    )
    for table in TABLES:
        yield (
            f"create trigger {table}_append_only before update or delete or truncate on {table} "
            "for each statement execute function refuse_audit_change()"
        )


def guards_down(dialect):
    if dialect == "sqlite":
        for table in TABLES:
            for deed in ("update", "delete", "replace"):
                yield f"drop trigger {table}_no_{deed}"
        return
    for table in TABLES:
        yield f"drop trigger {table}_append_only on {table}"
    yield "drop function refuse_audit_change()"
