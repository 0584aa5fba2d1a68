"""Append-only trail: who changed what, written in the transaction of the change."""

from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Id, Moment, utcnow


class AuditEvent(Base):
    """One change. `actor_id` is bare, so that the trail outlives the account."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject", "subject", "subject_id"),)

    id: Mapped[Id]
    at: Mapped[Moment] = mapped_column(default=utcnow)
    actor_id: Mapped[int | None]  # None: an operator at the command line
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
