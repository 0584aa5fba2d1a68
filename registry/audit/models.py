"""Append-only trail: who changed what, written in the transaction of the change, chained by hash.

The database itself refuses to change or delete a row of either table (see the migration).
"""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Id, Moment, utcnow

DIGEST_LENGTH = 64  # SHA-256 in hexadecimal digits


class AuditEvent(Base):
    """One change. `actor_id` is bare, so that the trail outlives the account.

    Read by time, newest first, with or without a filter: each index ends in the order of reading.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_at", "at", "id"),
        Index("ix_audit_events_subject", "subject", "subject_id", "at", "id"),
        Index("ix_audit_events_kind", "subject", "at", "id"),
        Index("ix_audit_events_action", "action", "at", "id"),
        Index("ix_audit_events_actor", "actor_id", "at", "id"),
    )

    id: Mapped[Id]
    at: Mapped[Moment] = mapped_column(default=utcnow)
    actor_id: Mapped[int | None]  # None: an operator at the command line
    office: Mapped[str | None] = mapped_column(String(120))  # for which the person acted
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # Only what changed, by name; none_as_null keeps "not told" apart from a value that is null.
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    why: Mapped[str | None]


class AuditLink(Base):
    """The place of an event in the chain: numbers without gaps, given at commit."""

    __tablename__ = "audit_links"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("audit_events.id"), unique=True)
    previous: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
