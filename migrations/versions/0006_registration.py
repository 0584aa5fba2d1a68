"""Revisions of firms' records, claims, evidence, assessments, merges, contacts, export controls."""

import sqlalchemy as sa
from alembic import op

revision = "0006_registration"
down_revision = "0005_accounts"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "assessments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "level in ('declared', 'documented', 'site-verified', 'delivered')",
            name=op.f("ck_assessments_level"),
        ),
        sa.CheckConstraint(
            "subject in ('line', 'certificate')", name=op.f("ck_assessments_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
    )
    with op.batch_alter_table("assessments", schema=None) as batch_op:
        batch_op.create_index("ix_assessments_subject", ["subject", "subject_id"], unique=False)

    op.create_table(
        "claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reasons", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'refused' or reasons is not null", name=op.f("ck_claims_reasons")
        ),
        sa.CheckConstraint(
            "state in ('open', 'approved', 'refused')", name=op.f("ck_claims_state")
        ),
        sa.ForeignKeyConstraint(
            ["firm_id"], ["firms.id"], name=op.f("fk_claims_firm_id_firms"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_claims_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claims_firm_id"), ["firm_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_claims_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_claims_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_claims_open",
            ["firm_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("duty", sa.String(length=120), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["firm_id"], ["firms.id"], name=op.f("fk_contacts_firm_id_firms"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_contacts_source_id_sources")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_firm_id"), ["firm_id"], unique=False)

    op.create_table(
        "distinct_firms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_distinct_firms_order")),
        sa.ForeignKeyConstraint(
            ["one_id"],
            ["firms.id"],
            name=op.f("fk_distinct_firms_one_id_firms"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["firms.id"],
            name=op.f("fk_distinct_firms_other_id_firms"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distinct_firms")),
        sa.UniqueConstraint("one_id", "other_id", name=op.f("uq_distinct_firms_one_id_other_id")),
    )
    op.create_table(
        "export_controls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("controlled_goods", sa.Boolean(), nullable=True),
        sa.Column("itar", sa.Boolean(), nullable=True),
        sa.Column("export_control_list", sa.Boolean(), nullable=True),
        sa.Column("permits", sa.String(length=500), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["firm_id"],
            ["firms.id"],
            name=op.f("fk_export_controls_firm_id_firms"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_export_controls_source_id_sources")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_controls")),
        sa.UniqueConstraint("firm_id", name=op.f("uq_export_controls_firm_id")),
    )
    op.create_table(
        "merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("merged_id", sa.Integer(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["firms.id"], name=op.f("fk_merges_kept_id_firms")),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["firms.id"], name=op.f("fk_merges_merged_id_firms")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    with op.batch_alter_table("merges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_merges_kept_id"), ["kept_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_merges_merged_id"), ["merged_id"], unique=False)

    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["firm_id"], ["firms.id"], name=op.f("fk_reminders_firm_id_firms"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminders_firm_id"), ["firm_id"], unique=False)

    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("began_with", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=True),
        sa.Column("begun_by", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.Integer(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "firm_id is not null or state not in ('published', 'superseded')",
            name=op.f("ck_revisions_published"),
        ),
        sa.CheckConstraint(
            "state <> 'returned' or reasons is not null", name=op.f("ck_revisions_reasons")
        ),
        sa.CheckConstraint(
            "state in ('draft', 'submitted', 'returned', 'published', 'superseded', 'withdrawn')",
            name=op.f("ck_revisions_state"),
        ),
        sa.ForeignKeyConstraint(
            ["base_id"], ["revisions.id"], name=op.f("fk_revisions_base_id_revisions")
        ),
        sa.ForeignKeyConstraint(
            ["firm_id"], ["firms.id"], name=op.f("fk_revisions_firm_id_firms"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("firm_id", "number", name=op.f("uq_revisions_firm_id_number")),
    )
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revisions_begun_by"), ["begun_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_revisions_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_revisions_open",
            ["firm_id"],
            unique=True,
            sqlite_where=sa.text("state in ('draft', 'submitted', 'returned')"),
            postgresql_where=sa.text("state in ('draft', 'submitted', 'returned')"),
        )

    op.create_table(
        "evidence_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificates.id"],
            name=op.f("fk_evidence_files_certificate_id_certificates"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["revisions.id"],
            name=op.f("fk_evidence_files_revision_id_revisions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_files")),
        sa.UniqueConstraint(
            "revision_id", "digest", name=op.f("uq_evidence_files_revision_id_digest")
        ),
    )
    with op.batch_alter_table("evidence_files", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_evidence_files_certificate_id"), ["certificate_id"], unique=False
        )

    with op.batch_alter_table("firms", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_firms_merged_into_id_firms"), "firms", ["merged_into_id"], ["id"]
        )
        batch_op.drop_constraint(batch_op.f("ck_firms_listed"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_firms_listed"),
            "listed in ('listed', 'withdrawn', 'suspended', 'merged')",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_firms_merged"), "(listed = 'merged') = (merged_into_id is not null)"
        )

    with op.batch_alter_table("identifiers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tried_on", sa.Date(), nullable=True))

    with op.batch_alter_table("ownerships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("canadian_content_percent", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("content_basis", sa.String(length=200), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_ownerships_canadian_content"),
            "canadian_content_percent between 0 and 100",
        )


def downgrade():
    with op.batch_alter_table("identifiers", schema=None) as batch_op:
        batch_op.drop_column("tried_on")

    with op.batch_alter_table("ownerships", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_ownerships_canadian_content"), type_="check")
        batch_op.drop_column("content_basis")
        batch_op.drop_column("canadian_content_percent")

    # What was not shown stays so under the one word that there was for it.
    op.execute(
        "update firms set listed = 'withdrawn', merged_into_id = null"
        " where listed in ('suspended', 'merged')"
    )
    with op.batch_alter_table("firms", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_firms_merged"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_firms_listed"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_firms_listed"), "listed in ('listed', 'withdrawn')"
        )
        batch_op.drop_constraint(batch_op.f("fk_firms_merged_into_id_firms"), type_="foreignkey")
        batch_op.drop_column("merged_into_id")

    op.drop_table("evidence_files")
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_revisions_open",
            sqlite_where=sa.text("state in ('draft', 'submitted', 'returned')"),
            postgresql_where=sa.text("state in ('draft', 'submitted', 'returned')"),
        )
        batch_op.drop_index(batch_op.f("ix_revisions_state"))
        batch_op.drop_index(batch_op.f("ix_revisions_begun_by"))

    op.drop_table("revisions")
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminders_firm_id"))

    op.drop_table("reminders")
    with op.batch_alter_table("merges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_merges_merged_id"))
        batch_op.drop_index(batch_op.f("ix_merges_kept_id"))

    op.drop_table("merges")
    op.drop_table("export_controls")
    op.drop_table("distinct_firms")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contacts_firm_id"))

    op.drop_table("contacts")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_claims_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_claims_user_id"))
        batch_op.drop_index(batch_op.f("ix_claims_state"))
        batch_op.drop_index(batch_op.f("ix_claims_firm_id"))

    op.drop_table("claims")
    with op.batch_alter_table("assessments", schema=None) as batch_op:
        batch_op.drop_index("ix_assessments_subject")

    op.drop_table("assessments")
