"""Rules by which notices are read, each version a row; proposed changes; and what they found."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, Id, Moment, utcnow
from registry.rules.content import KINDS, RuleContent
from registry.tenders.models import Tender

DRAFT, SAVED, DISCARDED = CHANGE_STATES = "draft", "saved", "discarded"


class Rule(Base):
    """One version of a rule. A row is never changed but for `replaced_at`: a change is a new row.

    Versions of one rule share its `key`. `added_by` None: it came with Cadence.
    """

    __tablename__ = "rules"
    __table_args__ = (
        UniqueConstraint("key", "version"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint("(kind = 'threshold') = (amount_cad is not null)", name="amount"),
        CheckConstraint("amount_cad > 0", name="amount_positive"),
        CheckConstraint("valid_from <= valid_until", name="validity"),
        Index(
            "uq_rules_key_current",
            "key",
            unique=True,
            sqlite_where=text("replaced_at is null"),
            postgresql_where=text("replaced_at is null"),
        ),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(String(40))
    level: Mapped[str | None] = mapped_column(String(20))
    codes: Mapped[list[str]] = mapped_column(JSON)  # "unspsc:461016": a prefix
    words_en: Mapped[list[str]] = mapped_column(JSON)
    words_fr: Mapped[list[str]] = mapped_column(JSON)
    weight: Mapped[float | None]
    entity: Mapped[str | None] = mapped_column(String(20))
    commodity: Mapped[str | None] = mapped_column(String(20))
    amount_cad: Mapped[int | None]
    valid_from: Mapped[dt.date | None]  # None: has always been valid
    valid_until: Mapped[dt.date | None]  # the last day
    withdrawn: Mapped[bool]  # a mistake: it never counted
    source_en: Mapped[str] = mapped_column(String(300))
    source_fr: Mapped[str] = mapped_column(String(300))
    reason_en: Mapped[str | None] = mapped_column(String(500))
    reason_fr: Mapped[str | None] = mapped_column(String(500))
    why: Mapped[str | None] = mapped_column(String(500))  # this version was saved
    added_by: Mapped[int | None]  # bare user id, as in the audit trail
    added_at: Mapped[Moment] = mapped_column(default=utcnow)
    replaced_at: Mapped[Moment | None]

    @property
    def content(self) -> RuleContent:
        return RuleContent.from_json({name: getattr(self, name) for name in RuleContent.names()})

    def source_in(self, language: str) -> str:
        return self.source_fr if language == "fr" else self.source_en


class RuleChange(Base):
    """Rules as someone would have them, with what that would change; saved, or discarded.

    `rules` holds of each its content, and as `key` the rule that it replaces if it is one's
    next version. `rules_version` is what `preview` was compared with.
    """

    __tablename__ = "rule_changes"
    __table_args__ = (CheckConstraint(f"state in {CHANGE_STATES}", name="state"),)

    id: Mapped[Id]
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default=DRAFT)
    rules_version: Mapped[int]
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    asked_by: Mapped[int | None]  # bare user id
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    ended_at: Mapped[Moment | None]


class NoticeReading(Base):
    """That a notice was read, as which content and under which rules: else it is to be read."""

    __tablename__ = "notice_readings"

    tender_id: Mapped[int] = mapped_column(
        ForeignKey("tenders.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64))
    rules_version: Mapped[int]


class NoticeFinding(Base):
    """What the rules found in a notice: a category (or that it is none), an agreement, a gate."""

    __tablename__ = "notice_findings"
    __table_args__ = (Index("ix_notice_findings_kind_target", "kind", "target"),)

    tender_id: Mapped[int] = mapped_column(
        ForeignKey("tenders.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    target: Mapped[str] = mapped_column(String(40), primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("rules.id"), index=True)  # says most for it
    points: Mapped[float | None]  # of a category
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)

    tender: Mapped[Tender] = relationship()
