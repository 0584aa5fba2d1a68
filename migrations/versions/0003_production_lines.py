"""Production lines with all that planning needs of them, their inputs, and files of them."""

import sqlalchemy as sa
from alembic import op

revision = "0003_production_lines"
down_revision = "0002_members_and_offices"
branch_labels = None
depends_on = None

RATE, QUANTITY, PRICE = sa.Numeric(18, 6), sa.Numeric(18, 3), sa.Numeric(16, 2)
MONTHS, OLD_RATE, OLD_MONTHS = sa.Numeric(8, 1), sa.Numeric(14, 3), sa.Numeric(6, 1)
RATES = ("current_rate_per_month", "rated_rate_per_month", "surge_rate_per_month")
RANGES = tuple(
    f"{step}_rate_{level}_per_month"
    for step in ("current", "rated", "surge")
    for level in ("low", "high")
)
COLUMNS = {
    "reference": sa.String(40),
    "class_code": sa.String(4),
    "design_authority": sa.String(200),
    "licence_holder": sa.String(200),
    **dict.fromkeys(RANGES, RATE),
    "rates_as_typed": sa.JSON(none_as_null=True),
    "capital_low_cad": sa.BigInteger(),
    "capital_high_cad": sa.BigInteger(),
    "no_capital_reason": sa.String(500),
    "smallest_order_units": QUANTITY,
    "smallest_term_months": MONTHS,
    "investment_order_units": QUANTITY,
    "investment_term_months": MONTHS,
    "unit_price_low_cad": PRICE,
    "unit_price_high_cad": PRICE,
    "committed_share": sa.Numeric(5, 4),
    "committed_until": sa.Date(),
    "committed_to": sa.String(200),
    "committed_to_allowed": sa.Boolean(),
    "unlock_kinds": sa.JSON(none_as_null=True),
    "unlock_en": sa.String(1000),
    "unlock_fr": sa.String(1000),
    "shifts_now_per_day": sa.Integer(),
    "shifts_most_per_day": sa.Integer(),
    "people_now": sa.Integer(),
    "people_needed": sa.Integer(),
    "scarce_trades": sa.String(500),
    "floor_space_m2": sa.Integer(),
    "bottleneck_process": sa.String(500),
    "trl": sa.Integer(),
    "mrl": sa.Integer(),
    "qualification": sa.String(12),
    "qualified_to": sa.String(200),
    "cgp_controlled": sa.Boolean(),
    "itar_controlled": sa.Boolean(),
    "ecl_controlled": sa.Boolean(),
    "next_review_on": sa.Date(),
    "disclosure_basis": sa.String(60),
    "supplied_on": sa.Date(),
}
MOST, MOST_CAD, MOST_MONTHS = 1_000_000_000, 1_000_000_000_000, 600
BOUNDS = {
    **dict.fromkeys((*RATES, *RANGES), (0, MOST)),
    **dict.fromkeys(
        ("months_to_rated", "months_to_surge", "smallest_term_months", "investment_term_months"),
        (0, MOST_MONTHS),
    ),
    **dict.fromkeys(
        ("capital_low_cad", "capital_high_cad", "unit_price_low_cad", "unit_price_high_cad"),
        (0, MOST_CAD),
    ),
    **dict.fromkeys(("smallest_order_units", "investment_order_units"), (0, MOST)),
    "committed_share": (0, 1),
    **dict.fromkeys(("shifts_now_per_day", "shifts_most_per_day"), (0, 6)),
    **dict.fromkeys(("people_now", "people_needed"), (0, 1_000_000)),
    "floor_space_m2": (0, 100_000_000),
    "trl": (1, 9),
    "mrl": (1, 10),
}
INPUT_BOUNDS = {
    **dict.fromkeys(("units_per_unit", "supplier_rate_per_month", "stock_units"), (0, MOST)),
    "lead_time_weeks": (0, 2_000),
    "stock_days": (0, 100_000),
}


def _growth(lower: str, upper: str) -> dict[str, str]:
    low, high = f"{lower}_rate_per_month", f"{upper}_rate_per_month"
    rules = {f"{lower}_{upper}": f"{low} <= {high}"}
    for level in ("low", "high"):
        rules[f"{lower}_{upper}_{level}"] = (
            f"coalesce({lower}_rate_{level}_per_month, {low}) <= "
            f"coalesce({upper}_rate_{level}_per_month, {high})"
        )
    return rules


def _range(step: str) -> dict[str, str]:
    low, base, high = (
        f"{step}_rate_low_per_month",
        f"{step}_rate_per_month",
        f"{step}_rate_high_per_month",
    )
    return {
        f"{step}_range": f"{low} <= {high}",
        f"{step}_low": f"{low} <= {base}",
        f"{step}_high": f"{base} <= {high}",
    }


RULES = {
    "named": "product_en is not null or product_fr is not null",
    **{name: f"{name} between {least} and {most}" for name, (least, most) in BOUNDS.items()},
    **_growth("current", "rated"),
    **_growth("rated", "surge"),
    **_growth("current", "surge"),
    **_range("current"),
    **_range("rated"),
    **_range("surge"),
    "capital_range": "capital_low_cad <= capital_high_cad",
    "unit_price_range": "unit_price_low_cad <= unit_price_high_cad",
    "months": "months_to_rated <= months_to_surge",
    "shifts": "shifts_now_per_day <= shifts_most_per_day",
    "capital": (
        "surge_rate_per_month <= rated_rate_per_month or no_capital_reason is not null "
        "or coalesce(capital_high_cad, capital_low_cad, 0) > 0"
    ),
    "customer": "committed_to is null or committed_to_allowed is true",
    "evidence": "evidence in ('declared', 'documented', 'site-verified', 'delivered')",
    "qualification": "qualification in ('none', 'under way', 'qualified')",
    "disclosure": "(disclosure_basis is null) = (supplied_on is null)",
}
OLD_RULES = {
    "current_rate": "current_rate_per_month >= 0",
    "rated_rate": "rated_rate_per_month >= current_rate_per_month",
    "surge_rate": "surge_rate_per_month >= rated_rate_per_month",
    "months_to_rated": "months_to_rated >= 0",
    "months_to_surge": "months_to_surge >= months_to_rated",
}


def upgrade():
    with op.batch_alter_table("production_lines") as batch:
        for name in OLD_RULES:
            batch.drop_constraint(op.f(f"ck_production_lines_{name}"), type_="check")
        for name in RATES:
            batch.alter_column(name, existing_type=OLD_RATE, type_=RATE)
        for name in ("months_to_rated", "months_to_surge"):
            batch.alter_column(name, existing_type=OLD_MONTHS, type_=MONTHS)
        for name in ("product_en", "product_fr"):
            batch.alter_column(name, existing_type=sa.String(200), nullable=True)
        for name, kind in COLUMNS.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
    op.execute(
        "update production_lines set no_capital_reason = "
        "'Not stated so far / Non indiqué jusqu’ici' "
        "where surge_rate_per_month > rated_rate_per_month"
    )
    with op.batch_alter_table("production_lines") as batch:
        batch.create_foreign_key(
            op.f("fk_production_lines_class_code_supply_classes"),
            "supply_classes",
            ["class_code"],
            ["code"],
        )
        batch.create_unique_constraint(
            op.f("uq_production_lines_firm_id_reference"), ["firm_id", "reference"]
        )
        for name, rule in RULES.items():
            batch.create_check_constraint(op.f(f"ck_production_lines_{name}"), rule)
    _create_inputs()
    _create_categories()
    _create_uploads()


def _create_inputs():
    op.create_table(
        "line_inputs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=True),
        sa.Column("name_fr", sa.String(200), nullable=True),
        sa.Column("category_code", sa.String(6), nullable=True),
        sa.Column("unit", sa.String(20), nullable=True),
        sa.Column("units_per_unit", RATE, nullable=True),
        sa.Column("supplier_name", sa.String(200), nullable=True),
        sa.Column("supplier_country", sa.String(2), nullable=True),
        sa.Column("supplier_firm_id", sa.Integer(), nullable=True),
        sa.Column("supplier_rate_per_month", RATE, nullable=True),
        sa.Column("sourcing", sa.String(7), nullable=True),
        sa.Column("lead_time_weeks", MONTHS, nullable=True),
        sa.Column("stock_days", MONTHS, nullable=True),
        sa.Column("stock_units", QUANTITY, nullable=True),
        sa.Column("alternative_qualified", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "name_en is not null or name_fr is not null", name=op.f("ck_line_inputs_named")
        ),
        *(
            sa.CheckConstraint(
                f"{name} between {least} and {most}", name=op.f(f"ck_line_inputs_{name}")
            )
            for name, (least, most) in INPUT_BOUNDS.items()
        ),
        sa.CheckConstraint(
            "sourcing in ('several', 'single', 'sole')", name=op.f("ck_line_inputs_sourcing")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["production_lines.id"],
            name=op.f("fk_line_inputs_line_id_production_lines"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["category_code"],
            ["shortfall_categories.code"],
            name=op.f("fk_line_inputs_category_code_shortfall_categories"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_firm_id"],
            ["firms.id"],
            name=op.f("fk_line_inputs_supplier_firm_id_firms"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_inputs")),
    )
    for column in ("line_id", "category_code", "supplier_firm_id"):
        op.create_index(op.f(f"ix_line_inputs_{column}"), "line_inputs", [column])


def _create_categories():
    op.create_table(
        "line_categories",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("category_code", sa.String(6), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["production_lines.id"],
            name=op.f("fk_line_categories_line_id_production_lines"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["category_code"],
            ["shortfall_categories.code"],
            name=op.f("fk_line_categories_category_code_shortfall_categories"),
        ),
        sa.PrimaryKeyConstraint("line_id", "category_code", name=op.f("pk_line_categories")),
    )
    op.create_index(op.f("ix_line_categories_category_code"), "line_categories", ["category_code"])


def _create_uploads():
    op.create_table(
        "bulk_uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('checked', 'applied')", name=op.f("ck_bulk_uploads_state")),
        sa.ForeignKeyConstraint(
            ["firm_id"],
            ["firms.id"],
            name=op.f("fk_bulk_uploads_firm_id_firms"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_uploads")),
    )
    op.create_index(op.f("ix_bulk_uploads_firm_id"), "bulk_uploads", ["firm_id"])


def downgrade():
    op.drop_table("bulk_uploads")
    op.drop_table("line_categories")
    op.drop_table("line_inputs")
    with op.batch_alter_table("production_lines") as batch:
        for name in RULES:
            batch.drop_constraint(op.f(f"ck_production_lines_{name}"), type_="check")
        batch.drop_constraint(op.f("uq_production_lines_firm_id_reference"), type_="unique")
        batch.drop_constraint(
            op.f("fk_production_lines_class_code_supply_classes"), type_="foreignkey"
        )
    op.execute("update production_lines set product_en = coalesce(product_en, product_fr)")
    op.execute("update production_lines set product_fr = coalesce(product_fr, product_en)")
    with op.batch_alter_table("production_lines") as batch:
        for name in COLUMNS:
            batch.drop_column(name)
        for name in ("product_en", "product_fr"):
            batch.alter_column(name, existing_type=sa.String(200), nullable=False)
        for name in ("months_to_rated", "months_to_surge"):
            batch.alter_column(name, existing_type=MONTHS, type_=OLD_MONTHS)
        for name in RATES:
            batch.alter_column(name, existing_type=RATE, type_=OLD_RATE)
        for name, rule in OLD_RULES.items():
            batch.create_check_constraint(op.f(f"ck_production_lines_{name}"), rule)
