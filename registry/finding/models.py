"""Results that an office set aside for one need, for good, with its reason."""

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import User
from registry.db import Base, Id, Moment, utcnow
from registry.firms.models import Firm

NEED_KEY_LENGTH = 400


class Dismissal(Base):
    """A firm that is no answer to a need, as one office sees it. Firms never learn of it.

    `whose` is the office of who dismissed it, or that person's number if they have none. What is
    brought back is deleted; the audit trail keeps that it was.
    """

    __tablename__ = "dismissals"
    __table_args__ = (
        UniqueConstraint("whose", "need_kind", "need_key", "firm_id"),
        CheckConstraint(
            "need_kind in ('category', 'class', 'tender', 'text', 'need')", name="need_kind"
        ),
    )

    id: Mapped[Id]
    whose: Mapped[str] = mapped_column(String(220))
    need_kind: Mapped[str] = mapped_column(String(10))
    need_key: Mapped[str] = mapped_column(String(NEED_KEY_LENGTH))  # a code, a number, or the words
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    dismissed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    dismissed_at: Mapped[Moment] = mapped_column(default=utcnow)

    firm: Mapped[Firm] = relationship()
    dismissed_by: Mapped[User] = relationship()
