"""Open contracting data: releases, identifiers of suppliers; and the needs of offices."""

import sqlalchemy as sa
from alembic import op

revision = "0016_open_contracting"
down_revision = "0015_saved_searches"
branch_labels = None
depends_on = None

_KINDS = ("category", "class", "tender", "text")
_RELEASED = ("tenders", "contracts")


def upgrade():
    for table in _RELEASED:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
            batch.add_column(sa.Column("release_id", sa.String(length=200), nullable=True))
    with op.batch_alter_table("contracts") as batch:
        batch.create_index(op.f("ix_contracts_notice"), ["notice"])
    with op.batch_alter_table("vendors") as batch:
        batch.add_column(sa.Column("identifiers", sa.JSON(none_as_null=True), nullable=True))
    _allow_needs((*_KINDS, "need"))
    _add_needs()
    _add_uploads()


def _allow_needs(kinds):
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("dismissals") as batch:
        batch.drop_constraint(op.f("ck_dismissals_need_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_dismissals_need_kind"), f"need_kind in ({listed})")


def _add_needs():
    op.create_table(
        "office_needs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("whose", sa.String(length=220), nullable=False),
        sa.Column("stated_by_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.String(length=400), nullable=True),
        sa.Column("title_fr", sa.String(length=400), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("class_codes", sa.JSON(), nullable=False),
        sa.Column("category_code", sa.String(length=6), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=16, scale=3), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("by_date", sa.Date(), nullable=True),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=True),
        sa.Column("clearance", sa.String(length=10), nullable=True),
        sa.Column("controlled_goods", sa.Boolean(), nullable=True),
        sa.Column("cyber_certification", sa.Boolean(), nullable=True),
        sa.Column("indigenous_set_aside", sa.Boolean(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "title_en is not null or title_fr is not null", name=op.f("ck_office_needs_title")
        ),
        sa.CheckConstraint(
            "priority in ('high', 'normal', 'low')", name=op.f("ck_office_needs_priority")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_office_needs_quantity")),
        sa.ForeignKeyConstraint(
            ["stated_by_id"], ["users.id"], name=op.f("fk_office_needs_stated_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["category_code"],
            ["shortfall_categories.code"],
            name=op.f("fk_office_needs_category_code_shortfall_categories"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_needs")),
        sa.UniqueConstraint("whose", "reference", name=op.f("uq_office_needs_whose_reference")),
    )
    with op.batch_alter_table("office_needs") as batch:
        batch.create_index(op.f("ix_office_needs_stated_by_id"), ["stated_by_id"])
        batch.create_index(op.f("ix_office_needs_category_code"), ["category_code"])


def _add_uploads():
    op.create_table(
        "need_uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("whose", sa.String(length=220), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('checked', 'applied')", name=op.f("ck_need_uploads_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_uploads")),
    )
    with op.batch_alter_table("need_uploads") as batch:
        batch.create_index(op.f("ix_need_uploads_whose"), ["whose"])


def downgrade():
    op.drop_table("need_uploads")
    op.drop_table("office_needs")
    op.execute("delete from dismissals where need_kind = 'need'")
    _allow_needs(_KINDS)
    with op.batch_alter_table("vendors") as batch:
        batch.drop_column("identifiers")
    with op.batch_alter_table("contracts") as batch:
        batch.drop_index(op.f("ix_contracts_notice"))
    for table in _RELEASED:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("release_id")
            batch.drop_column("released_at")
