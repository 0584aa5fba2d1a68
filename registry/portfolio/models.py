"""Plans of contracts, their versions, and what solving them gave."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import User
from registry.db import Base, Id, Moment, utcnow
from registry.jobs.models import Job

NAME_LENGTH, NOTE_LENGTH = 120, 1000


class Plan(Base):
    """An official's question. `version` is the number of its newest version."""

    __tablename__ = "plans"

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    updated_at: Mapped[Moment] = mapped_column(default=utcnow)

    owner: Mapped[User] = relationship()


class PlanShare(Base):
    """A colleague who may read a plan, or change it as well."""

    __tablename__ = "plan_shares"
    __table_args__ = (UniqueConstraint("plan_id", "person_id"),)

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    may_edit: Mapped[bool]
    shared_at: Mapped[Moment] = mapped_column(default=utcnow)

    person: Mapped[User] = relationship()


class PlanComment(Base):
    """What a reader of a plan said of it, and of which version; never changed."""

    __tablename__ = "plan_comments"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(String(NOTE_LENGTH))
    said_at: Mapped[Moment] = mapped_column(default=utcnow)

    person: Mapped[User] = relationship()


class PlanVersion(Base):
    """One version of a plan as one document (`forms`); never changed."""

    __tablename__ = "plan_versions"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[Moment] = mapped_column(default=utcnow)


class PlanResult(Base):
    """What solving one scenario of a version gave, with all that it was computed from.

    `inputs` and `answer` explain themselves without the registry as it is today. A result that is
    signed off is never changed; `sha256` is of both, and stands in the audit trail as well.
    """

    __tablename__ = "plan_results"
    __table_args__ = (
        CheckConstraint(
            "(signed_off_at is null) = (signed_off_by_id is null)"
            " and (signed_off_at is null) = (sha256 is null)",
            name="signed_off",
        ),
        Index("ix_plan_results_plan_id", "plan_id", "version"),
    )

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="RESTRICT"))
    version: Mapped[int]
    scenario: Mapped[int]  # its place in the version, from 0
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[Moment] = mapped_column(default=utcnow)
    signed_off_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    signed_off_at: Mapped[Moment | None]
    note: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))  # of whoever signed off
    sha256: Mapped[str | None] = mapped_column(String(64))

    plan: Mapped[Plan] = relationship()
    job: Mapped[Job | None] = relationship()
    made_by: Mapped[User] = relationship(foreign_keys=made_by_id)
    signed_off_by: Mapped[User | None] = relationship(foreign_keys=signed_off_by_id)
