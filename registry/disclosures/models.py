"""The access log: which office saw what a firm told in confidence."""

import datetime as dt
from collections.abc import Collection
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from registry.db import Base, Id, Moment, utcnow
from registry.visibility.table import Field

# What a firm may have told in confidence. Stored as bits, so that one statement can add to what a
# row holds; a number is never given to another field.
BITS: dict[Field, int] = {
    Field.IDENTIFIER: 1,
    Field.CLEARANCE: 2,
    Field.CERTIFICATE_NUMBER: 4,
    Field.LINE_RATES: 8,
    Field.GATES: 16,
    Field.FIRM_LOG: 32,
    Field.LINE_READINESS: 64,
    Field.LINE_COMMERCIAL: 128,
    Field.LINE_INPUTS: 256,
    Field.CERTIFICATE_EVIDENCE: 512,
    Field.EXPORT_CONTROL: 1024,
    Field.CONTACT: 2048,
    Field.LINE_BANDS: 4096,
    Field.DISCLOSURE_BASIS: 8192,
}


class Purpose(StrEnum):
    PAGE = "page"
    API = "api"
    EXPORT = "export"
    REPORT = "report"


class FieldSet(TypeDecorator[frozenset[Field]]):
    """A set of fields; raises KeyError for one that has no bit."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Collection[Field] | None, dialect: Any) -> int | None:
        return None if value is None else sum(BITS[field] for field in set(value))

    def process_result_value(self, value: int | None, dialect: Any) -> frozenset[Field] | None:
        if value is None:
            return None
        return frozenset(field for field, bit in BITS.items() if value & bit)


class Disclosure(Base):
    """What one person saw of one firm for one purpose on one day.

    `actor_id` is bare, as in the audit trail. `office` and `role` are those of the day.
    """

    __tablename__ = "disclosures"
    __table_args__ = (
        UniqueConstraint("firm_id", "day", "actor_id", "purpose"),
        CheckConstraint("purpose in ('page', 'api', 'export', 'report')", name="purpose"),
        CheckConstraint("times > 0", name="times"),
    )

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="RESTRICT"))
    day: Mapped[dt.date]  # in UTC
    at: Mapped[Moment] = mapped_column(default=utcnow)  # the last time
    actor_id: Mapped[int]
    role: Mapped[str] = mapped_column(String(20))
    office: Mapped[str | None] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(10))
    fields: Mapped[frozenset[Field]] = mapped_column(FieldSet)
    times: Mapped[int] = mapped_column(default=1)
