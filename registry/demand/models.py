"""Contracts that were awarded, and who won them."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    func,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, Id, Moment, Sourced
from registry.firms.models import Firm
from registry.taxonomy.models import SupplyClass

ACTIVE, EXPIRED, CANCELLED = "active", "expired", "cancelled"


class Vendor(Base):
    """A supplier as a source of contracts spells it, and the firm it is taken to be.

    Linked once for all its contracts. `unsure` waits for a person; a person's answer is kept and
    never overruled by a later import.
    """

    __tablename__ = "vendors"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        CheckConstraint("link in ('linked', 'unsure', 'none')", name="link"),
        CheckConstraint("(link = 'linked') = (firm_id is not null)", name="linked_to_a_firm"),
    )

    id: Mapped[Id]
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    key: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(String(300))
    city: Mapped[str | None] = mapped_column(String(120))  # where the source first places it
    province: Mapped[str | None] = mapped_column(String(80))
    # (scheme, value) of those that the source states and that are well formed.
    identifiers: Mapped[list[tuple[str, str]] | None] = mapped_column(JSON(none_as_null=True))
    firm_id: Mapped[int | None] = mapped_column(
        ForeignKey("firms.id", ondelete="RESTRICT"), index=True
    )
    link: Mapped[str] = mapped_column(String(10), index=True)
    method: Mapped[str | None] = mapped_column(String(20))  # identifier, name, person
    confidence: Mapped[float | None]  # of a name link, 0 to 1
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    decided_by: Mapped[int | None]  # bare user id, as in the audit trail
    decided_at: Mapped[Moment | None]

    firm: Mapped[Firm | None] = relationship()


class Contract(Sourced, Base):
    """One published contract; values are never summed over rows.

    The disclosure of National Defence repeats a contract for each amendment. Of award notices only
    the highest amendment is kept, with the value of the whole as it states it. Both may tell of the
    same contract: `contract_number` is what it is counted by.
    """

    __tablename__ = "contracts"
    __table_args__ = (
        UniqueConstraint("source_id", "source_key"),
        CheckConstraint("status in ('active', 'expired', 'cancelled')", name="status"),
        Index("ix_contracts_vendor_class", "vendor_id", "class_code"),
    )

    id: Mapped[Id]
    source_key: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    reference: Mapped[str | None] = mapped_column(String(80))  # blank in some published rows
    awarded_on: Mapped[dt.date | None]
    delivery_on: Mapped[dt.date | None]
    description: Mapped[str]
    class_code: Mapped[str | None] = mapped_column(ForeignKey("supply_classes.code"), index=True)
    value_cad: Mapped[Decimal | None] = mapped_column(Numeric(16, 2))  # None: blank or published 0
    amended: Mapped[bool]
    # Of award notices alone:
    # The publisher's number of the notice.
    notice: Mapped[str | None] = mapped_column(String(80), index=True)
    amendment: Mapped[str | None] = mapped_column(String(10))  # 000 is the notice itself
    amended_on: Mapped[dt.date | None]
    status: Mapped[str | None] = mapped_column(String(10))
    solicitation: Mapped[str | None] = mapped_column(String(80), index=True)
    title_en: Mapped[str | None] = mapped_column(String(400))
    title_fr: Mapped[str | None] = mapped_column(String(400))
    description_fr: Mapped[str | None]
    starts_on: Mapped[dt.date | None]
    value: Mapped[Decimal | None] = mapped_column(Numeric(16, 2))  # in `currency`
    currency: Mapped[str | None] = mapped_column(String(3))
    buyer_en: Mapped[str | None] = mapped_column(String(300))
    buyer_fr: Mapped[str | None] = mapped_column(String(300))
    unspsc_codes: Mapped[list[str] | None] = mapped_column(JSON)
    # Of OCDS alone: which release counts.
    released_at: Mapped[Moment | None]
    release_id: Mapped[str | None] = mapped_column(String(200))

    vendor: Mapped[Vendor] = relationship()
    supply_class: Mapped[SupplyClass | None] = relationship()


def contract_number() -> ColumnElement[str]:
    """What a contract is counted by, whichever source tells of it, and however often.

    Sources differ in capitals and blanks of the same number. A row without one is its own contract.
    """
    return func.coalesce(func.upper(func.replace(Contract.reference, " ", "")), Contract.source_key)


def stands() -> ColumnElement[bool]:
    """The contract was not cancelled."""
    return or_(Contract.status.is_(None), Contract.status != CANCELLED)
