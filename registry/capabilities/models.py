"""What a firm makes or does, the supply classes it declares, and its production lines."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, Id, Sourced
from registry.firms.models import Firm, Site
from registry.taxonomy.models import ShortfallCategory, SupplyClass

EVIDENCE_LEVELS = ("declared", "documented", "site-verified", "delivered")


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


class ProductionLine(Sourced, Base):
    """A line that makes one product for one category; rates are good units a month.

    Rates and months follow docs/architecture.md: current <= rated <= surge, and None is unknown.
    """

    __tablename__ = "production_lines"
    __table_args__ = (
        CheckConstraint("current_rate_per_month >= 0", name="current_rate"),
        CheckConstraint("rated_rate_per_month >= current_rate_per_month", name="rated_rate"),
        CheckConstraint("surge_rate_per_month >= rated_rate_per_month", name="surge_rate"),
        CheckConstraint("months_to_rated >= 0", name="months_to_rated"),
        CheckConstraint("months_to_surge >= months_to_rated", name="months_to_surge"),
    )

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="SET NULL"))
    category_code: Mapped[str] = mapped_column(ForeignKey("shortfall_categories.code"), index=True)
    product_en: Mapped[str] = mapped_column(String(200))
    product_fr: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(20))
    current_rate_per_month: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    rated_rate_per_month: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    surge_rate_per_month: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    months_to_rated: Mapped[Decimal | None] = mapped_column(Numeric(6, 1))
    months_to_surge: Mapped[Decimal | None] = mapped_column(Numeric(6, 1))
    evidence: Mapped[str] = mapped_column(String(20), default="declared")
    stated_on: Mapped[dt.date | None]

    firm: Mapped[Firm] = relationship()
    site: Mapped[Site | None] = relationship()
    category: Mapped[ShortfallCategory] = relationship()

    def product_in(self, language: str) -> str:
        return self.product_fr if language == "fr" else self.product_en
