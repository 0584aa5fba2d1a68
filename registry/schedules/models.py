"""Feeds that come in by themselves: where, how often, and what became of each fetch."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, Id, Moment, utcnow

READ, UNCHANGED, REFUSED = OUTCOMES = "read", "unchanged", "refused"
LONGEST_ADDRESS, LONGEST_DETAIL = 500, 1000
LONGEST_INTERVAL_HOURS = 24 * 366


class FeedSchedule(Base):
    """A published file that is fetched when `next_at` has come, unless it is paused."""

    __tablename__ = "feed_schedules"
    __table_args__ = (
        UniqueConstraint("kind", "url"),
        CheckConstraint(f"interval_hours between 1 and {LONGEST_INTERVAL_HOURS}", name="interval"),
        Index("ix_feed_schedules_paused_next_at", "paused", "next_at"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    url: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    interval_hours: Mapped[int]
    paused: Mapped[bool] = mapped_column(default=False)
    next_at: Mapped[Moment]
    added_by: Mapped[int | None]  # bare user id, as in the audit trail
    created_at: Mapped[Moment] = mapped_column(default=utcnow)

    @property
    def every(self) -> dt.timedelta:
        return dt.timedelta(hours=self.interval_hours)


class FeedFetch(Base):
    """One fetch that ended: with a file read, with the same file as before, or refused."""

    __tablename__ = "feed_fetches"
    __table_args__ = (
        CheckConstraint("outcome in ('read', 'unchanged', 'refused')", name="outcome"),
        Index("ix_feed_fetches_schedule_id_begun_at", "schedule_id", "begun_at"),
    )

    id: Mapped[Id]
    schedule_id: Mapped[int] = mapped_column(ForeignKey("feed_schedules.id", ondelete="CASCADE"))
    begun_at: Mapped[Moment]
    ended_at: Mapped[Moment]
    outcome: Mapped[str] = mapped_column(String(10))
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    detail: Mapped[str | None] = mapped_column(String(LONGEST_DETAIL))  # why refused: `feeds.told`
    report_name: Mapped[str | None] = mapped_column(String(120))  # in the folder of reports

    schedule: Mapped[FeedSchedule] = relationship()
