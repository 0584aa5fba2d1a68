"""Firms that turned out to be one, and pairs that a person found to be two."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, Id, Moment, utcnow
from registry.firms.models import Firm


class Merge(Base):
    """One firm's rows moved to another. `moved` says which, so that they can be moved back."""

    __tablename__ = "merges"

    id: Mapped[Id]
    kept_id: Mapped[int] = mapped_column(ForeignKey("firms.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("firms.id"), index=True)
    moved: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str]
    made_by: Mapped[int]
    made_at: Mapped[Moment] = mapped_column(default=utcnow)
    undone_by: Mapped[int | None]
    undone_at: Mapped[Moment | None]

    kept: Mapped[Firm] = relationship(foreign_keys=[kept_id])
    merged: Mapped[Firm] = relationship(foreign_keys=[merged_id])


class Distinct(Base):
    """Two firms alike by name that a person found to be two; never offered again."""

    __tablename__ = "distinct_firms"
    __table_args__ = (
        UniqueConstraint("one_id", "other_id"),
        CheckConstraint("one_id < other_id", name="order"),
    )

    id: Mapped[Id]
    one_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"))
    decided_by: Mapped[int]
    decided_at: Mapped[Moment] = mapped_column(default=utcnow)
