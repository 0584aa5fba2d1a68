"""Invitations to act for a firm."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import User
from registry.db import Base, Id, Moment, utcnow
from registry.firms.models import Firm

EMAIL_LENGTH = 255


class Invitation(Base):
    """Sent to one address, for one use. Of its token only the digest is kept."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("role in ('owner', 'editor')", name="role"),
        CheckConstraint("accepted_at is null or withdrawn_at is null", name="end"),
    )

    id: Mapped[Id]
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH), index=True)
    role: Mapped[str] = mapped_column(String(10))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    expires_at: Mapped[Moment]
    accepted_at: Mapped[Moment | None]
    withdrawn_at: Mapped[Moment | None]

    firm: Mapped[Firm] = relationship()
    inviter: Mapped[User | None] = relationship()
