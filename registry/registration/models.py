"""Revisions of a firm's record, claims to speak for a firm, files of evidence, and reminders."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import User
from registry.db import Base, Id, Moment, utcnow
from registry.firms.models import Firm


class State(StrEnum):
    """Where a revision stands. At most one of a firm is open: draft, submitted or returned."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"  # with reasons; the firm works on
    PUBLISHED = "published"
    SUPERSEDED = "superseded"  # published once; a later version took its place
    WITHDRAWN = "withdrawn"  # given up before it was published


OPEN = (State.DRAFT, State.SUBMITTED, State.RETURNED)
EDITABLE = (State.DRAFT, State.RETURNED)
_OPEN_SQL = text("state in ('draft', 'submitted', 'returned')")


class Revision(Base):
    """A whole record as one document. What is published of a firm stands in the firm's tables.

    `edit` grows with each change, so that of two people who save at once the second is told.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("firm_id", "number"),
        Index(
            "uq_revisions_open",
            "firm_id",
            unique=True,
            sqlite_where=_OPEN_SQL,
            postgresql_where=_OPEN_SQL,
        ),
        CheckConstraint(
            "state in ('draft', 'submitted', 'returned', 'published', 'superseded', 'withdrawn')",
            name="state",
        ),
        CheckConstraint(
            "firm_id is not null or state not in ('published', 'superseded')", name="published"
        ),
        CheckConstraint("state <> 'returned' or reasons is not null", name="reasons"),
    )

    id: Mapped[Id]
    # None: a firm that is not in the registry yet.
    firm_id: Mapped[int | None] = mapped_column(ForeignKey("firms.id", ondelete="RESTRICT"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=State.DRAFT, index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    edit: Mapped[int] = mapped_column(default=1)
    # The published version that it started from, and the record as it stood then: what the firm
    # did not touch is not undone when a feed changed it meanwhile.
    base_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"))
    began_with: Mapped[dict[str, Any]] = mapped_column(JSON)
    reasons: Mapped[str | None]  # why it was returned

    begun_by: Mapped[int] = mapped_column(index=True)  # bare user ids, as in the audit trail
    begun_at: Mapped[Moment] = mapped_column(default=utcnow)
    edited_by: Mapped[int]
    edited_at: Mapped[Moment] = mapped_column(default=utcnow)
    submitted_by: Mapped[int | None]
    submitted_at: Mapped[Moment | None]
    decided_by: Mapped[int | None]
    decided_at: Mapped[Moment | None]

    firm: Mapped[Firm | None] = relationship()

    __mapper_args__ = {"version_id_col": edit}  # noqa: RUF012

    @property
    def editable(self) -> bool:
        return self.state in EDITABLE


class Claim(Base):
    """A person says that they speak for a firm that is here already; an administrator decides."""

    __tablename__ = "claims"
    __table_args__ = (
        Index(
            "uq_claims_open",
            "firm_id",
            "user_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("state in ('open', 'approved', 'refused')", name="state"),
        CheckConstraint("state <> 'refused' or reasons is not null", name="reasons"),
    )

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    proof: Mapped[str]  # how the person can show that they speak for the firm
    state: Mapped[str] = mapped_column(String(10), default="open", index=True)
    reasons: Mapped[str | None]
    made_at: Mapped[Moment] = mapped_column(default=utcnow)
    decided_by: Mapped[int | None]
    decided_at: Mapped[Moment | None]

    firm: Mapped[Firm] = relationship()
    user: Mapped[User] = relationship()


class EvidenceFile(Base):
    """A file that vouches for a certificate: the document names it, once published its row too.

    Its bytes lie outside the web root, by digest. Who may act on the revision may read it.
    """

    __tablename__ = "evidence_files"
    __table_args__ = (UniqueConstraint("revision_id", "digest"),)

    id: Mapped[Id]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"))
    certificate_id: Mapped[int | None] = mapped_column(
        ForeignKey("certificates.id", ondelete="SET NULL"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size_bytes: Mapped[int]
    uploaded_by: Mapped[int]
    uploaded_at: Mapped[Moment] = mapped_column(default=utcnow)

    revision: Mapped[Revision] = relationship()


class Reminder(Base):
    """A mail to a firm about what grew old; at most one a month."""

    __tablename__ = "reminders"

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    sent_at: Mapped[Moment] = mapped_column(default=utcnow)
