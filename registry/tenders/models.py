"""Notices of tenders: what the state asks the market for, each as its highest amendment says."""

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, Id, Moment, Sourced
from registry.feeds.models import Source

OPEN, EXPIRED, CANCELLED = "open", "expired", "cancelled"


class Tender(Sourced, Base):
    """One notice. A publisher adds amendments to a notice; only the highest is kept here.

    Names and telephone numbers of persons are in the published notice and are not taken.
    """

    __tablename__ = "tenders"
    __table_args__ = (
        UniqueConstraint("source_id", "reference"),
        CheckConstraint("status in ('open', 'expired', 'cancelled')", name="status"),
        Index("ix_tenders_status_closes_at", "status", "closes_at"),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(80))
    amendment: Mapped[str] = mapped_column(String(10))  # 000 is the notice itself
    digest: Mapped[str] = mapped_column(String(64))
    # Of OCDS alone: which release counts.
    released_at: Mapped[Moment | None]
    release_id: Mapped[str | None] = mapped_column(String(200))
    solicitation: Mapped[str | None] = mapped_column(String(80))
    title_en: Mapped[str | None] = mapped_column(String(400))
    title_fr: Mapped[str | None] = mapped_column(String(400))
    description_en: Mapped[str | None]
    description_fr: Mapped[str | None]
    published_on: Mapped[dt.date | None]
    amended_on: Mapped[dt.date | None]
    closes_at: Mapped[Moment | None]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    status: Mapped[str | None] = mapped_column(String(10))  # as published: may be out of date
    kinds: Mapped[list[str]] = mapped_column(JSON)  # GD, SRV, SRVTGD, CNST
    gsin_codes: Mapped[list[str]] = mapped_column(JSON)
    gsin_en: Mapped[list[str]] = mapped_column(JSON)
    gsin_fr: Mapped[list[str]] = mapped_column(JSON)
    unspsc_codes: Mapped[list[str]] = mapped_column(JSON)
    unspsc_en: Mapped[list[str]] = mapped_column(JSON)
    unspsc_fr: Mapped[list[str]] = mapped_column(JSON)
    class_codes: Mapped[list[str]] = mapped_column(JSON)  # supply classes that its codes name
    notice_type_en: Mapped[str | None] = mapped_column(String(200))
    notice_type_fr: Mapped[str | None] = mapped_column(String(200))
    agreements_en: Mapped[list[str]] = mapped_column(JSON)
    agreements_fr: Mapped[list[str]] = mapped_column(JSON)
    delivery_en: Mapped[list[str]] = mapped_column(JSON)  # regions
    delivery_fr: Mapped[list[str]] = mapped_column(JSON)
    buyer_en: Mapped[str | None] = mapped_column(String(300))
    buyer_fr: Mapped[str | None] = mapped_column(String(300))
    users_en: Mapped[list[str]] = mapped_column(JSON)  # who will use what is bought
    users_fr: Mapped[list[str]] = mapped_column(JSON)
    url_en: Mapped[str | None] = mapped_column(String(500))
    url_fr: Mapped[str | None] = mapped_column(String(500))
    words: Mapped[str]  # what a search looks in: folded titles, codes, names and numbers

    source: Mapped[Source] = relationship()

    def title_in(self, language: str) -> str:
        """The title in that language; in the other one if it was published in that alone."""
        pair = (self.title_en, self.title_fr)
        first, second = pair[::-1] if language == "fr" else pair
        return first or second or self.reference

    def description_in(self, language: str) -> str | None:
        pair = (self.description_en, self.description_fr)
        first, second = pair[::-1] if language == "fr" else pair
        return first or second

    def language_of(self, part: str, language: str) -> str:
        """The language in which a part (`title`, `description`) is shown to a reader of one."""
        other = "en" if language == "fr" else "fr"
        here, there = getattr(self, f"{part}_{language}"), getattr(self, f"{part}_{other}")
        return other if there and not here else language
