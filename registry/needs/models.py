"""Needs of an office in its own words, and the files that they came in."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Numeric, String
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import User
from registry.bulk.models import Upload
from registry.db import Base, Id, Moment, utcnow
from registry.feeds.language import language_of
from registry.taxonomy.models import ShortfallCategory

HIGH, NORMAL, LOW = PRIORITIES = ("high", "normal", "low")
WHOSE_LENGTH = 220


class OfficeNeed(Base):
    """Unclassified, and the affair of the office that states it: `whose` as of dismissals.

    `reference` is the office's own and finds the need again in a file. A quantity is in all by the
    day, in `unit`, which is that of the category where there is one.
    """

    __tablename__ = "office_needs"
    __table_args__ = (
        Unique("whose", "reference"),
        CheckConstraint("title_en is not null or title_fr is not null", name="title"),
        CheckConstraint("priority in ('high', 'normal', 'low')", name="priority"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[Id]
    whose: Mapped[str] = mapped_column(String(WHOSE_LENGTH))
    stated_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    reference: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str | None] = mapped_column(String(400))
    title_fr: Mapped[str | None] = mapped_column(String(400))
    description: Mapped[str | None]
    class_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    category_code: Mapped[str | None] = mapped_column(
        ForeignKey("shortfall_categories.code"), index=True
    )
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(16, 3))
    unit: Mapped[str | None] = mapped_column(String(20))
    by_date: Mapped[dt.date | None]
    priority: Mapped[str] = mapped_column(String(10), default=NORMAL)
    region: Mapped[str | None] = mapped_column(String(2))  # a province or territory
    clearance: Mapped[str | None] = mapped_column(String(10))
    controlled_goods: Mapped[bool | None]
    cyber_certification: Mapped[bool | None]
    indigenous_set_aside: Mapped[bool | None]
    source: Mapped[str] = mapped_column(String(300))
    closed: Mapped[bool] = mapped_column(default=False)
    stated_at: Mapped[Moment] = mapped_column(default=utcnow)

    stated_by: Mapped[User] = relationship()
    category: Mapped[ShortfallCategory | None] = relationship()

    def title_in(self, language: str) -> str:
        pair = (self.title_en, self.title_fr)
        first, second = pair[::-1] if language == "fr" else pair
        return first or second or self.reference

    def language_of_title(self, language: str) -> str:
        other = "en" if language == "fr" else "fr"
        return language if getattr(self, f"title_{language}") else other

    @property
    def description_en(self) -> str | None:
        return self.description if self._described_in == "en" else None

    @property
    def description_fr(self) -> str | None:
        return self.description if self._described_in == "fr" else None

    @property
    def _described_in(self) -> str:
        return language_of(self.description or "", "en" if self.title_en else "fr")


class NeedUpload(Upload, Base):
    """A file of an office's needs."""

    __tablename__ = "need_uploads"
    __table_args__ = (CheckConstraint("state in ('checked', 'applied')", name="state"),)

    whose: Mapped[str] = mapped_column(String(WHOSE_LENGTH), index=True)
