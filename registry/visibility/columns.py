"""Which column holds which field, and queries that leave out what their reader may not see."""

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import defer

from registry.visibility.table import Field, Purpose, Reader, may_see

# Every column of these tables has its row, but for keys; a test fails on one without.
COLUMNS: dict[str, dict[Field, str]] = {
    "production_lines": {
        Field.LINE: """
            site_id category_code class_code product_en product_fr unit evidence stated_on
            next_review_on source_id as_of
        """,
        Field.LINE_READINESS: """
            design_authority licence_holder trl mrl qualification qualified_to cgp_controlled
            itar_controlled ecl_controlled
        """,
        Field.LINE_RATES: """
            current_rate_per_month current_rate_low_per_month current_rate_high_per_month
            rated_rate_per_month rated_rate_low_per_month rated_rate_high_per_month
            surge_rate_per_month surge_rate_low_per_month surge_rate_high_per_month rates_as_typed
            months_to_rated months_to_surge shifts_now_per_day shifts_most_per_day people_now
            people_needed scarce_trades floor_space_m2 bottleneck_process
        """,
        Field.LINE_COMMERCIAL: """
            reference capital_low_cad capital_high_cad no_capital_reason smallest_order_units
            smallest_term_months investment_order_units investment_term_months unit_price_low_cad
            unit_price_high_cad committed_share committed_until committed_to committed_to_allowed
            unlock_kinds unlock_en unlock_fr
        """,
        Field.DISCLOSURE_BASIS: "disclosure_basis supplied_on",
    },
    "line_inputs": {
        Field.LINE_INPUTS: """
            name_en name_fr category_code unit units_per_unit supplier_name supplier_country
            supplier_firm_id supplier_rate_per_month sourcing lead_time_weeks stock_days
            stock_units alternative_qualified
        """,
    },
    "certificates": {
        # Whether a certificate is a clearance is said by its scheme: a matter of rows.
        Field.CERTIFICATE: """
            site_id scheme level body scope_en scope_fr issued_on expires_on evidence
            source_id as_of
        """,
        Field.CERTIFICATE_NUMBER: "number",
    },
    "identifiers": {
        Field.IDENTIFIER: """
            scheme value well_formed verified_by verified_on tried_on method source_id as_of
        """,
    },
    "contacts": {Field.CONTACT: "name duty email phone language source_id as_of"},
    "export_controls": {
        Field.EXPORT_CONTROL: "controlled_goods itar export_control_list permits source_id as_of",
    },
}
KEYS = frozenset({"id", "firm_id", "line_id"})
FIELD_OF: dict[tuple[str, str], Field] = {
    (table, column): field
    for table, fields in COLUMNS.items()
    for field, columns in fields.items()
    for column in columns.split()
}


def may_read(reader: Reader, table: str, column: str, purpose: Purpose = Purpose.PAGE) -> bool:
    """Whether a column of one of these tables may be read; one without a row may not."""
    field = FIELD_OF.get((table, column))
    return column in KEYS or (field is not None and may_see(reader, field, purpose))


def only_seen(model: Any, reader: Reader, purpose: Purpose = Purpose.PAGE) -> list[Any]:
    """Options of a query that leave out the columns hidden from the reader.

    They are not sent to the database, and touching one of them later raises.
    """
    table = model.__tablename__
    return [
        defer(getattr(model, attribute.key), raiseload=True)
        for attribute in inspect(model).column_attrs
        if not may_read(reader, table, attribute.columns[0].name, purpose)
    ]
