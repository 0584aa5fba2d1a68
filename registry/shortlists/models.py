"""Shortlists: firms picked for a need, who works on them, what was decided and frozen."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import OFFICE_LENGTH, User
from registry.db import Base, Id, Moment, utcnow
from registry.firms.models import Firm

OWNER, EDITOR, READER = "owner", "editor", "reader"
SHARED = (EDITOR, READER)
CONSIDERED, SHORTLISTED, RESERVE, REJECTED = STATUSES = (
    "considered", "shortlisted", "reserve", "rejected",
)  # fmt: skip
REASONS = ("capacity", "requirements", "unsuitable", "ownership", "no reply", "other")
AWARDED, NONE_SUITABLE, CANCELLED = OUTCOMES = ("awarded", "none suitable", "cancelled")
TEXT_LENGTH = 1000  # of a reason, a declaration, a comment, a note of an outcome


class Shortlist(Base):
    """Owned by the official who made it. `need` is the query as it was asked.

    `office` shares it with every official of that office. `revision` is the number of the newest
    lock, 0 before the first; `locked` says that the list is as that revision froze it.
    """

    __tablename__ = "shortlists"
    __table_args__ = (
        CheckConstraint("(office is null) = (office_role is null)", name="office"),
        CheckConstraint(f"office_role in {SHARED}", name="office_role"),
        CheckConstraint("revision >= 0 and (not locked or revision > 0)", name="revision"),
    )

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    need: Mapped[dict[str, Any]] = mapped_column(JSON)
    office: Mapped[str | None] = mapped_column(String(OFFICE_LENGTH), index=True)
    office_role: Mapped[str | None] = mapped_column(String(10))
    criteria: Mapped[list[str]] = mapped_column(JSON, default=list)
    consensus_open: Mapped[bool] = mapped_column(default=False)
    locked: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    updated_at: Mapped[Moment] = mapped_column(default=utcnow)

    owner: Mapped[User] = relationship()
    items: Mapped[list["ShortlistItem"]] = relationship(
        cascade="all, delete-orphan", order_by="ShortlistItem.position", back_populates="shortlist"
    )
    people: Mapped[list["ShortlistPerson"]] = relationship(
        cascade="all, delete-orphan", order_by="ShortlistPerson.id"
    )
    panel: Mapped[list["PanelMember"]] = relationship(
        cascade="all, delete-orphan", order_by="PanelMember.id"
    )
    revisions: Mapped[list["ShortlistRevision"]] = relationship(
        order_by="ShortlistRevision.number", back_populates="shortlist"
    )


class ShortlistItem(Base):
    """One firm; `match` is the frozen result, so that the figure can be defended later."""

    __tablename__ = "shortlist_items"
    __table_args__ = (
        UniqueConstraint("shortlist_id", "firm_id"),
        CheckConstraint(f"status in {STATUSES}", name="status"),
        CheckConstraint(
            "(status = 'rejected') = (reject_reason is not null)", name="reject_reason"
        ),
    )

    id: Mapped[Id]
    shortlist_id: Mapped[int] = mapped_column(
        ForeignKey("shortlists.id", ondelete="CASCADE"), index=True
    )
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="RESTRICT"), index=True)
    position: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(12), default=CONSIDERED)
    reject_reason: Mapped[str | None] = mapped_column(String(20))
    reject_text: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    consensus: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))  # by criterion
    consensus_note: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    match: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # None: added by hand
    data_version: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[Moment] = mapped_column(default=utcnow)
    added_by: Mapped[int]

    shortlist: Mapped[Shortlist] = relationship(back_populates="items")
    firm: Mapped[Firm] = relationship()
    evaluations: Mapped[list["Evaluation"]] = relationship(
        cascade="all, delete-orphan", order_by="Evaluation.id", back_populates="item"
    )


class ShortlistPerson(Base):
    """A colleague with whom a list is shared."""

    __tablename__ = "shortlist_people"
    __table_args__ = (
        UniqueConstraint("shortlist_id", "user_id"),
        CheckConstraint(f"role in {SHARED}", name="role"),
    )

    id: Mapped[Id]
    shortlist_id: Mapped[int] = mapped_column(ForeignKey("shortlists.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(10))

    user: Mapped[User] = relationship()


class PanelMember(Base):
    """Who scores the firms. Before `submitted_at` the scores are the member's own affair."""

    __tablename__ = "shortlist_panel"
    __table_args__ = (UniqueConstraint("shortlist_id", "user_id"),)

    id: Mapped[Id]
    shortlist_id: Mapped[int] = mapped_column(ForeignKey("shortlists.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    submitted_at: Mapped[Moment | None]

    user: Mapped[User] = relationship()


class Evaluation(Base):
    """What a member says of one firm: a conflict of interest, or a score for each criterion."""

    __tablename__ = "shortlist_evaluations"
    __table_args__ = (
        UniqueConstraint("item_id", "user_id"),
        CheckConstraint("not conflict or scores is null", name="conflict"),
    )

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("shortlist_items.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    conflict: Mapped[bool]
    conflict_text: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    scores: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))  # None: not yet
    comment: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    declared_at: Mapped[Moment] = mapped_column(default=utcnow)

    item: Mapped[ShortlistItem] = relationship(back_populates="evaluations")


class ShortlistRevision(Base):
    """A list as it was locked: one document that explains itself, never changed.

    `sha256` is of the document, and stands in the audit trail as well; `output` (see `output.py`)
    stands apart, since not all who read the document may know it. What came of it is told later,
    once: `outcome` with the firms that it was awarded to.
    """

    __tablename__ = "shortlist_revisions"
    __table_args__ = (
        UniqueConstraint("shortlist_id", "number"),
        CheckConstraint(f"outcome in {OUTCOMES}", name="outcome"),
        CheckConstraint("(outcome is null) = (outcome_on is null)", name="outcome_on"),
        Index("ix_shortlist_revisions_outcome", "outcome", "unlocked_at"),
    )

    id: Mapped[Id]
    shortlist_id: Mapped[int] = mapped_column(ForeignKey("shortlists.id", ondelete="RESTRICT"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    output: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    locked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    locked_at: Mapped[Moment] = mapped_column(default=utcnow)
    unlocked_at: Mapped[Moment | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    outcome_on: Mapped[dt.date | None]
    outcome_note: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    awarded: Mapped[list[int]] = mapped_column(JSON, default=list)  # numbers of firms

    shortlist: Mapped[Shortlist] = relationship(back_populates="revisions")
    locked_by: Mapped[User] = relationship()
