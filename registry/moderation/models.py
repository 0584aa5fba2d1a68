"""How well a line or a certificate is shown, as an administrator judged it."""

import datetime as dt

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Id, Moment, utcnow


class Assessment(Base):
    """One judgement of evidence; earlier ones are kept, the fact's own row holds the level."""

    __tablename__ = "assessments"
    __table_args__ = (
        Index("ix_assessments_subject", "subject", "subject_id"),
        CheckConstraint("subject in ('line', 'certificate')", name="subject"),
        CheckConstraint(
            "level in ('declared', 'documented', 'site-verified', 'delivered')", name="level"
        ),
    )

    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[int]  # bare: the judgement outlives the row
    level: Mapped[str] = mapped_column(String(20))
    note: Mapped[str]
    seen_on: Mapped[dt.date]  # the day of the document, the visit or the delivery
    made_by: Mapped[int]
    made_at: Mapped[Moment] = mapped_column(default=utcnow)
