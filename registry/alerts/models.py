"""Saved searches, who follows them, and what each run found."""

from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import User
from registry.db import Base, Id, Moment, utcnow
from registry.firms.models import Firm

INSTANTLY, DAILY, WEEKLY, NEVER = FREQUENCIES = ("instantly", "daily", "weekly", "never")
NAME_LENGTH, INDEX_LENGTH = 120, 80
_FREQUENCY = f"frequency in {FREQUENCIES}"


class SavedSearch(Base):
    """One question, whoever asks it: equal criteria are one row and one run."""

    __tablename__ = "saved_searches"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the canonical criteria
    criteria: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    checked_at: Mapped[Moment | None]  # when it was last run, also if nothing differed
    # What that run saw: the last change of a firm, and the index beneath it.
    change_seq: Mapped[int] = mapped_column(default=0)
    index_name: Mapped[str] = mapped_column(String(INDEX_LENGTH), default="")


class SearchRun(Base):
    """What a run found, kept where it differs from the one before it.

    `results` is a packed `comparing.Snapshot`: all firms that fit, not a page of them. The counts
    are against the run before.
    """

    __tablename__ = "search_runs"

    id: Mapped[Id]
    search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_searches.id", ondelete="CASCADE"), index=True
    )
    ran_at: Mapped[Moment] = mapped_column(default=utcnow)
    change_seq: Mapped[int]
    index_name: Mapped[str] = mapped_column(String(INDEX_LENGTH))
    fitting: Mapped[int]
    appeared: Mapped[int]
    gone: Mapped[int]
    changed: Mapped[int]
    results: Mapped[bytes] = mapped_column(LargeBinary)


class Subscription(Base):
    """A person follows a search: under which name, how often they are written to.

    `baseline_run` is what was found when it was saved, `seen_run` what the person has looked at,
    `told_run` what the last mail told of. `due_at` is when the next mail may go; None where it is
    not on a calendar.
    """

    __tablename__ = "search_subscriptions"
    __table_args__ = (
        UniqueConstraint("user_id", "search_id"),
        CheckConstraint(_FREQUENCY, name="frequency"),
        CheckConstraint("language in ('en', 'fr')", name="language"),
        Index("ix_search_subscriptions_due", "frequency", "due_at"),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    search_id: Mapped[int] = mapped_column(ForeignKey("saved_searches.id"), index=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    frequency: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(2))  # of the mails
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    due_at: Mapped[Moment | None]
    baseline_run_id: Mapped[int] = mapped_column(ForeignKey("search_runs.id"), index=True)
    seen_run_id: Mapped[int] = mapped_column(ForeignKey("search_runs.id"), index=True)
    told_run_id: Mapped[int] = mapped_column(ForeignKey("search_runs.id"), index=True)

    user: Mapped[User] = relationship()
    search: Mapped[SavedSearch] = relationship()
    baseline_run: Mapped[SearchRun] = relationship(foreign_keys=baseline_run_id)
    seen_run: Mapped[SearchRun] = relationship(foreign_keys=seen_run_id)
    told_run: Mapped[SearchRun] = relationship(foreign_keys=told_run_id)


class TenderWatch(Base):
    """Someone who acts for a firm is told of open tenders that it newly fits.

    `known` are the numbers of the tenders that it fitted when last told, or when this began.
    """

    __tablename__ = "tender_watches"
    __table_args__ = (
        UniqueConstraint("user_id", "firm_id"),
        CheckConstraint(_FREQUENCY, name="frequency"),
        CheckConstraint("language in ('en', 'fr')", name="language"),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    frequency: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(2))
    due_at: Mapped[Moment | None]
    version: Mapped[int] = mapped_column(default=0)  # counts mails: of two runs one tells
    known: Mapped[list[int]] = mapped_column(JSON)

    user: Mapped[User] = relationship()
    firm: Mapped[Firm] = relationship()
