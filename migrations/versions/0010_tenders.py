"""Notices of tenders, and the firms that each is for."""

import sqlalchemy as sa
from alembic import op

revision = "0010_tenders"
down_revision = "0009_portfolio"
branch_labels = None
depends_on = None

_TEXTS = {
    "reference": (80, False), "amendment": (10, False), "digest": (64, False),
    "solicitation": (80, True), "title_en": (400, True), "title_fr": (400, True),
    "description_en": (None, True), "description_fr": (None, True), "status": (10, True),
    "notice_type_en": (200, True), "notice_type_fr": (200, True),
    "buyer_en": (300, True), "buyer_fr": (300, True), "url_en": (500, True),
    "url_fr": (500, True), "words": (None, False),
}  # fmt: skip
_DATES = ("published_on", "amended_on", "starts_on", "ends_on", "as_of")
_LISTS = (
    "kinds", "gsin_codes", "gsin_en", "gsin_fr", "unspsc_codes", "unspsc_en", "unspsc_fr",
    "class_codes", "agreements_en", "agreements_fr", "delivery_en", "delivery_fr", "users_en",
    "users_fr",
)  # fmt: skip


def upgrade():
    op.create_table(
        "tenders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(length=length), nullable=nullable)
            for name, (length, nullable) in _TEXTS.items()
        ),
        *(sa.Column(name, sa.Date(), nullable=True) for name in _DATES),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in _LISTS),
        sa.CheckConstraint(
            "status in ('open', 'expired', 'cancelled')", name=op.f("ck_tenders_status")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_tenders_source_id_sources")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenders")),
        sa.UniqueConstraint("source_id", "reference", name=op.f("uq_tenders_source_id_reference")),
    )
    with op.batch_alter_table("tenders") as batch:
        batch.create_index("ix_tenders_status_closes_at", ["status", "closes_at"])
    op.create_table(
        "tender_matches",
        sa.Column("tender_id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tender_id"],
            ["tenders.id"],
            name=op.f("fk_tender_matches_tender_id_tenders"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["firm_id"],
            ["firms.id"],
            name=op.f("fk_tender_matches_firm_id_firms"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tender_id", "firm_id", name=op.f("pk_tender_matches")),
    )
    with op.batch_alter_table("tender_matches") as batch:
        batch.create_index(op.f("ix_tender_matches_firm_id"), ["firm_id"])


def downgrade():
    op.drop_table("tender_matches")
    op.drop_table("tenders")
