"""Firms: who they are, who controls them, where they are, what vouches for them."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, Id, Moment, Sourced, utcnow
from registry.feeds.models import Source


class Activity(StrEnum):
    """What a firm mainly does; a maker and a reseller of the same thing are not alike."""

    MANUFACTURER = "manufacturer"
    SERVICE = "service"
    DISTRIBUTOR = "distributor"
    RETAILER = "retailer"
    ASSOCIATION = "association"
    GOVERNMENT = "government"


class NameKind(StrEnum):
    LEGAL = "legal"
    OPERATING = "operating"
    ALTERNATE = "alternate"
    FORMER = "former"


class IdentifierType(StrEnum):
    """Schemes of domain knowledge; `ccc` is the key of Canadian Company Capabilities."""

    CCC = "ccc"
    BUSINESS_NUMBER = "bn"
    NCAGE = "ncage"
    CORPORATION_NUMBER = "corporation"
    UEI = "uei"


class Listing(StrEnum):
    """Whether a firm is shown: withdrawn by its own wish, suspended by an administrator."""

    LISTED = "listed"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    MERGED = "merged"  # its address leads to the firm that it was merged into


class Firm(Sourced, Base):
    """A firm of the registry. `name` is the name it is listed by when no other fits better."""

    __tablename__ = "firms"
    __table_args__ = (
        CheckConstraint("employees is null or employees >= 0", name="employees"),
        CheckConstraint("listed in ('listed', 'withdrawn', 'suspended', 'merged')", name="listed"),
        CheckConstraint("(listed = 'merged') = (merged_into_id is not null)", name="merged"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(300), index=True)
    website: Mapped[str | None] = mapped_column(String(300))
    activity: Mapped[str | None] = mapped_column(String(20))  # None: not stated
    employees: Mapped[int | None]
    founded_year: Mapped[int | None]
    exports: Mapped[bool | None]
    indigenous: Mapped[str | None] = mapped_column(String(200))  # how it is registered, as stated
    profile_en: Mapped[str | None]
    profile_fr: Mapped[str | None]
    listed: Mapped[str] = mapped_column(String(10), default=Listing.LISTED)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("firms.id"))
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    updated_at: Mapped[Moment] = mapped_column(default=utcnow)

    source: Mapped[Source] = relationship()
    names: Mapped[list["FirmName"]] = relationship(cascade="all, delete-orphan")
    identifiers: Mapped[list["Identifier"]] = relationship(
        cascade="all, delete-orphan", back_populates="firm"
    )
    ownership: Mapped["Ownership | None"] = relationship(cascade="all, delete-orphan")
    sites: Mapped[list["Site"]] = relationship(
        cascade="all, delete-orphan", order_by="Site.id", back_populates="firm"
    )
    industries: Mapped[list["Industry"]] = relationship(
        cascade="all, delete-orphan", order_by="Industry.id"
    )
    statements: Mapped[list["Statement"]] = relationship(cascade="all, delete-orphan")
    certificates: Mapped[list["Certificate"]] = relationship(
        cascade="all, delete-orphan", order_by="Certificate.scheme"
    )
    export_controls: Mapped["ExportControls | None"] = relationship(cascade="all, delete-orphan")
    contacts: Mapped[list["Contact"]] = relationship(
        cascade="all, delete-orphan", order_by="Contact.id"
    )

    def name_in(self, language: str) -> str:
        """The operating name in the reader's language, else the legal one, else `name`."""
        for kind in (NameKind.OPERATING, NameKind.LEGAL):
            for row in self.names:
                if row.kind == kind and row.language == language:
                    return row.name
        return self.name

    def profile_in(self, language: str) -> tuple[str | None, str | None]:
        """(text, its language): the reader's language first, the other rather than nothing."""
        texts = {"en": self.profile_en, "fr": self.profile_fr}
        other = "en" if language == "fr" else "fr"
        chosen = language if texts[language] else other
        return texts[chosen], chosen if texts[chosen] else None

    @property
    def main_site(self) -> "Site | None":
        return self.sites[0] if self.sites else None


class FirmRecord(Base):
    """The last version of a firm that a source gave.

    The digest is what makes the same file, read twice, change nothing.
    """

    __tablename__ = "firm_records"
    __table_args__ = (UniqueConstraint("source_id", "key"),)

    id: Mapped[Id]
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    key: Mapped[str] = mapped_column(String(100))  # the source's own identifier of the firm
    digest: Mapped[str] = mapped_column(String(64))
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)


class FirmName(Sourced, Base):
    """A name the firm has or had; `language` None means used in both."""

    __tablename__ = "firm_names"
    __table_args__ = (
        UniqueConstraint("firm_id", "kind", "name"),
        CheckConstraint("language is null or language in ('en', 'fr')", name="language"),
    )

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    language: Mapped[str | None] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(300))


class Identifier(Sourced, Base):
    """An identifier as given. Well-formed and vouched-for are two different facts."""

    __tablename__ = "identifiers"
    __table_args__ = (UniqueConstraint("scheme", "value"),)

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    scheme: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(60))
    well_formed: Mapped[bool]
    verified_by: Mapped[str | None] = mapped_column(String(120))  # a person's office or a registry
    verified_on: Mapped[dt.date | None]
    method: Mapped[str | None] = mapped_column(String(120))
    tried_on: Mapped[dt.date | None]  # the last check, if it could not reach the register

    firm: Mapped[Firm] = relationship(back_populates="identifiers")


class Ownership(Sourced, Base):
    """Who owns and controls the firm: facts apart from where it is, never one 'Canadian' flag."""

    __tablename__ = "ownerships"
    __table_args__ = (
        CheckConstraint("canadian_content_percent between 0 and 100", name="canadian_content"),
    )

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), unique=True)
    owner_country: Mapped[str | None] = mapped_column(String(80))  # as stated by the source
    parent_name: Mapped[str | None] = mapped_column(String(300))
    parent_country: Mapped[str | None] = mapped_column(String(80))
    canadian_control: Mapped[bool | None]  # None: not stated
    registered_in_canada: Mapped[bool | None]
    basis: Mapped[str | None] = mapped_column(String(200))  # what the statement rests on
    # What is produced in Canada is a third fact, beside where the firm is and who controls it.
    canadian_content_percent: Mapped[int | None]
    content_basis: Mapped[str | None] = mapped_column(String(200))


class Site(Sourced, Base):
    """A place of the firm. A mailing address is not a plant."""

    __tablename__ = "sites"
    __table_args__ = (CheckConstraint("kind in ('plant', 'office', 'mailing')", name="kind"),)

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    name_en: Mapped[str | None] = mapped_column(String(200))
    name_fr: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(300))
    city: Mapped[str | None] = mapped_column(String(100))
    province: Mapped[str | None] = mapped_column(String(2))  # Canada Post code; None: not stated
    postal_code: Mapped[str | None] = mapped_column(String(7))  # or its first three characters
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    floor_area_m2: Mapped[int | None]

    firm: Mapped[Firm] = relationship(back_populates="sites")


class Industry(Sourced, Base):
    """A NAICS Canada industry that the firm says it is in."""

    __tablename__ = "industries"

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(String(6))
    title: Mapped[str] = mapped_column(String(200))
    primary: Mapped[bool]


class Statement(Sourced, Base):
    """What the firm says of itself beyond its profile."""

    __tablename__ = "statements"

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # technology, applications, clients, markets
    text_en: Mapped[str | None]
    text_fr: Mapped[str | None]


class Certificate(Sourced, Base):
    """A certificate, registration or clearance, with its scope and expiry."""

    __tablename__ = "certificates"

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="SET NULL"))
    scheme: Mapped[str] = mapped_column(String(60))  # ISO 9001, CGP, CPCSC, FSC …
    level: Mapped[str | None] = mapped_column(String(40))
    number: Mapped[str | None] = mapped_column(String(80))  # never published
    body: Mapped[str | None] = mapped_column(String(200))
    scope_en: Mapped[str | None] = mapped_column(String(500))
    scope_fr: Mapped[str | None] = mapped_column(String(500))
    issued_on: Mapped[dt.date | None]
    expires_on: Mapped[dt.date | None]  # None: not stated, which is not "for ever"
    evidence: Mapped[str] = mapped_column(String(20), default="declared")


class ExportControls(Sourced, Base):
    """Which control regimes the firm's products fall under, as it states; None: not stated."""

    __tablename__ = "export_controls"

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), unique=True)
    controlled_goods: Mapped[bool | None]  # examines, possesses or transfers controlled goods
    itar: Mapped[bool | None]  # products or data under the U.S. regulations
    export_control_list: Mapped[bool | None]  # products on Canada's Export Control List
    permits: Mapped[str | None] = mapped_column(String(500))  # which it holds, in its own words


class Contact(Sourced, Base):
    """Whom an official may write to or call."""

    __tablename__ = "contacts"

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    duty: Mapped[str | None] = mapped_column(String(120))  # sales, export, quality …
    email: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str | None] = mapped_column(String(2))  # preferred; None: not stated


class MemberRole(StrEnum):
    """An owner also invites and removes members; an editor keeps the record."""

    OWNER = "owner"
    EDITOR = "editor"


class Membership(Base):
    """Who may act for a firm."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("user_id", "firm_id"),
        CheckConstraint("role in ('owner', 'editor')", name="role"),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(10), default=MemberRole.OWNER)


class FirmChange(Base):
    """A number that only grows: the index compares it with what it has seen.

    A row whose `firm_id` is None says that any firm may have changed.
    """

    __tablename__ = "firm_changes"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    firm_id: Mapped[int | None]
