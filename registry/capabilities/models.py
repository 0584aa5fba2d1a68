"""What a firm makes or does, the supply classes it declares, and its production lines."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Numeric,
    String,
    UniqueConstraint,
)
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.capabilities.rules import (
    CAPITAL_SQL,
    CUSTOMER_SQL,
    INPUT_BOUNDS,
    LINE_BOUNDS,
    ORDERS,
    broken_rules,
)
from registry.db import Base, Id, Sourced
from registry.firms.models import Firm, Site
from registry.taxonomy.models import ShortfallCategory, SupplyClass

EVIDENCE_LEVELS = ("declared", "documented", "site-verified", "delivered")
QUALIFICATIONS = ("none", "under way", "qualified")
SOURCINGS = ("several", "single", "sole")  # single: one is used; sole: only one exists
UNLOCKS = ("order", "commitment", "loan", "permit", "housing", "power", "other")

Rate = Annotated[Decimal, mapped_column(Numeric(18, 6))]  # one a year is 0.083333 a month
Quantity = Annotated[Decimal, mapped_column(Numeric(18, 3))]
Price = Annotated[Decimal, mapped_column(Numeric(16, 2))]
Months = Annotated[Decimal, mapped_column(Numeric(8, 1))]  # or weeks, or days


def _bounded(bounds: Mapping[str, tuple[int, int]]) -> list[CheckConstraint]:
    return [
        CheckConstraint(f"{column} between {least} and {most}", name=column)
        for column, (least, most) in bounds.items()
    ]


def _one_of(column: str, words: Sequence[str]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} in ({listed})", name=column)


class Capability(Sourced, Base):
    """A product or service in the firm's own words."""

    __tablename__ = "capabilities"
    __table_args__ = (
        CheckConstraint("kind in ('product', 'service', 'licence')", name="kind"),
        CheckConstraint("name_en is not null or name_fr is not null", name="named"),
    )

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(10))
    name_en: Mapped[str | None] = mapped_column(String(500))
    name_fr: Mapped[str | None] = mapped_column(String(500))
    description_en: Mapped[str | None]
    description_fr: Mapped[str | None]

    def name_in(self, language: str) -> str:
        own, other = (self.name_fr, self.name_en)[:: 1 if language == "fr" else -1]
        return own or other or ""


class ClassDeclaration(Sourced, Base):
    """The firm says that it supplies this NATO supply class."""

    __tablename__ = "class_declarations"
    __table_args__ = (UniqueConstraint("firm_id", "class_code"),)

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("supply_classes.code"), index=True)

    supply_class: Mapped[SupplyClass] = relationship()


class LineCategory(Base):
    """A category that the line could also make for, beside its own."""

    __tablename__ = "line_categories"

    line_id: Mapped[int] = mapped_column(
        ForeignKey("production_lines.id", ondelete="CASCADE"), primary_key=True
    )
    category_code: Mapped[str] = mapped_column(
        ForeignKey("shortfall_categories.code"), primary_key=True, index=True
    )


class ProductionLine(Sourced, Base):
    """A line that makes one product at one site; rates are good units a month.

    Every figure may be None, which is unknown and never zero. What must hold between them is in
    `rules`. A rate may have a low and a high figure around it.
    """

    __tablename__ = "production_lines"
    __table_args__ = (
        UniqueConstraint("firm_id", "reference"),
        CheckConstraint("product_en is not null or product_fr is not null", name="named"),
        *_bounded(LINE_BOUNDS),
        *(CheckConstraint(order.sql, name=order.name) for order in ORDERS),
        CheckConstraint(CAPITAL_SQL, name="capital"),
        CheckConstraint(CUSTOMER_SQL, name="customer"),
        _one_of("evidence", EVIDENCE_LEVELS),
        _one_of("qualification", QUALIFICATIONS),
        CheckConstraint("(disclosure_basis is null) = (supplied_on is null)", name="disclosure"),
    )

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    reference: Mapped[str | None] = mapped_column(String(40))  # the firm's own name of the line
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="SET NULL"))
    category_code: Mapped[str] = mapped_column(ForeignKey("shortfall_categories.code"), index=True)
    class_code: Mapped[str | None] = mapped_column(ForeignKey("supply_classes.code"))
    product_en: Mapped[str | None] = mapped_column(String(200))
    product_fr: Mapped[str | None] = mapped_column(String(200))
    design_authority: Mapped[str | None] = mapped_column(String(200))
    licence_holder: Mapped[str | None] = mapped_column(String(200))

    unit: Mapped[str] = mapped_column(String(20))  # the category's
    current_rate_per_month: Mapped[Rate | None]
    current_rate_low_per_month: Mapped[Rate | None]
    current_rate_high_per_month: Mapped[Rate | None]
    rated_rate_per_month: Mapped[Rate | None]  # existing plant, full shifts
    rated_rate_low_per_month: Mapped[Rate | None]
    rated_rate_high_per_month: Mapped[Rate | None]
    surge_rate_per_month: Mapped[Rate | None]  # after the stated investment
    surge_rate_low_per_month: Mapped[Rate | None]
    surge_rate_high_per_month: Mapped[Rate | None]
    # {"period": "quarter", "rated_rate": "2700", …}; None: the rates were typed per month.
    rates_as_typed: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    months_to_rated: Mapped[Months | None]
    months_to_surge: Mapped[Months | None]

    capital_low_cad: Mapped[int | None] = mapped_column(BigInteger)
    capital_high_cad: Mapped[int | None] = mapped_column(BigInteger)
    no_capital_reason: Mapped[str | None] = mapped_column(String(500))
    smallest_order_units: Mapped[Quantity | None]  # what opens the existing plant
    smallest_term_months: Mapped[Months | None]
    investment_order_units: Mapped[Quantity | None]  # what opens the investment
    investment_term_months: Mapped[Months | None]
    unit_price_low_cad: Mapped[Price | None]
    unit_price_high_cad: Mapped[Price | None]
    committed_share: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))  # of the current rate
    committed_until: Mapped[dt.date | None]
    committed_to: Mapped[str | None] = mapped_column(String(200))
    committed_to_allowed: Mapped[bool | None]  # the customer lets itself be named
    unlock_kinds: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    unlock_en: Mapped[str | None] = mapped_column(String(1000))
    unlock_fr: Mapped[str | None] = mapped_column(String(1000))

    shifts_now_per_day: Mapped[int | None]
    shifts_most_per_day: Mapped[int | None]
    people_now: Mapped[int | None]
    people_needed: Mapped[int | None]  # in all, for the rated rate
    scarce_trades: Mapped[str | None] = mapped_column(String(500))
    floor_space_m2: Mapped[int | None]
    bottleneck_process: Mapped[str | None] = mapped_column(String(500))

    trl: Mapped[int | None]  # technology readiness, 1 to 9
    mrl: Mapped[int | None]  # manufacturing readiness, 1 to 10
    qualification: Mapped[str | None] = mapped_column(String(12))
    qualified_to: Mapped[str | None] = mapped_column(String(200))  # a standard or a customer
    cgp_controlled: Mapped[bool | None]  # Controlled Goods Program
    itar_controlled: Mapped[bool | None]
    ecl_controlled: Mapped[bool | None]  # Export Control List

    evidence: Mapped[str] = mapped_column(String(20), default="declared")
    stated_on: Mapped[dt.date | None]
    next_review_on: Mapped[dt.date | None]
    disclosure_basis: Mapped[str | None] = mapped_column(String(60))
    supplied_on: Mapped[dt.date | None]  # on that basis

    firm: Mapped[Firm] = relationship()
    site: Mapped[Site | None] = relationship()
    category: Mapped[ShortfallCategory] = relationship()
    supply_class: Mapped[SupplyClass | None] = relationship()
    inputs: Mapped[list["LineInput"]] = relationship(
        cascade="all, delete-orphan", order_by="LineInput.id", back_populates="line"
    )
    further: Mapped[list[LineCategory]] = relationship(
        cascade="all, delete-orphan", order_by="LineCategory.category_code"
    )
    further_categories: AssociationProxy[list[str]] = association_proxy(
        "further", "category_code", creator=lambda code: LineCategory(category_code=code)
    )

    def product_in(self, language: str) -> str:
        own, other = (self.product_fr, self.product_en)[:: 1 if language == "fr" else -1]
        return own or other or ""

    def unlock_in(self, language: str) -> str | None:
        own, other = (self.unlock_fr, self.unlock_en)[:: 1 if language == "fr" else -1]
        return own or other

    def broken_rules(self) -> list[str]:
        """The names of the rules between its figures that it breaks; so says the database too."""
        return broken_rules(vars(self))


class LineInput(Base):
    """What one finished unit takes of something, and where the firm gets it."""

    __tablename__ = "line_inputs"
    __table_args__ = (
        CheckConstraint("name_en is not null or name_fr is not null", name="named"),
        *_bounded(INPUT_BOUNDS),
        _one_of("sourcing", SOURCINGS),
    )

    id: Mapped[Id]
    line_id: Mapped[int] = mapped_column(
        ForeignKey("production_lines.id", ondelete="CASCADE"), index=True
    )
    name_en: Mapped[str | None] = mapped_column(String(200))
    name_fr: Mapped[str | None] = mapped_column(String(200))
    # When the input is itself something the Alliance is short of, and others here may make it.
    category_code: Mapped[str | None] = mapped_column(
        ForeignKey("shortfall_categories.code"), index=True
    )
    unit: Mapped[str | None] = mapped_column(String(20))  # the category's, where there is one
    units_per_unit: Mapped[Rate | None]  # input units in one finished unit
    supplier_name: Mapped[str | None] = mapped_column(String(200))
    supplier_country: Mapped[str | None] = mapped_column(String(2))  # ISO 3166-1
    supplier_firm_id: Mapped[int | None] = mapped_column(
        ForeignKey("firms.id", ondelete="SET NULL"), index=True
    )
    supplier_rate_per_month: Mapped[Rate | None]  # input units that the supplier can send
    sourcing: Mapped[str | None] = mapped_column(String(7))
    lead_time_weeks: Mapped[Months | None]
    stock_days: Mapped[Months | None]
    stock_units: Mapped[Quantity | None]
    alternative_qualified: Mapped[bool | None]

    line: Mapped[ProductionLine] = relationship(back_populates="inputs")
    category: Mapped[ShortfallCategory | None] = relationship()
    supplier_firm: Mapped[Firm | None] = relationship()

    def name_in(self, language: str) -> str:
        own, other = (self.name_fr, self.name_en)[:: 1 if language == "fr" else -1]
        return own or other or ""
