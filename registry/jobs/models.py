"""Long work as rows: what was asked, by whom, how far it is, and what came of it."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import User
from registry.db import Base, Id, Moment, utcnow

WAITING, RUNNING, DONE, FAILED, CANCELLED = STATES = (
    "waiting", "running", "done", "failed", "cancelled",
)  # fmt: skip
ENDED = (DONE, FAILED, CANCELLED)
KIND_LENGTH, PHASE_LENGTH, ERROR_LENGTH = 40, 40, 4000


class Job(Base):
    """One piece of work. `holder` names the run that has it, which alone may end it.

    `progress_done` of `progress_total` are in the unit of the kind, None where it cannot tell;
    `phase` is a code. `error` says where and how it failed, never with which values.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint("(state = 'running') = (holder is not null)", name="holder"),
        CheckConstraint("(holder is null) = (heartbeat_at is null)", name="heartbeat"),
        CheckConstraint(f"(state in {ENDED}) = (ended_at is not null)", name="ended"),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("progress_done >= 0 and progress_total >= 0", name="progress"),
        Index("ix_jobs_state", "state", "heartbeat_at"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(KIND_LENGTH))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    asked_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )  # None: the service itself
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    progress_done: Mapped[int | None]
    progress_total: Mapped[int | None]
    phase: Mapped[str | None] = mapped_column(String(PHASE_LENGTH))
    holder: Mapped[str | None] = mapped_column(String(32))
    heartbeat_at: Mapped[Moment | None]
    attempts: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(String(ERROR_LENGTH))
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    started_at: Mapped[Moment | None]  # of the last attempt
    ended_at: Mapped[Moment | None]

    asked_by: Mapped[User | None] = relationship()

    @property
    def ended(self) -> bool:
        return self.state in ENDED
