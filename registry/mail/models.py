"""The outbox: every mail is a row, written in the transaction of what it tells of."""

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Id, Moment, utcnow

RECIPIENT_LENGTH, SUBJECT_LENGTH, ERROR_LENGTH, URL_LENGTH = 320, 200, 500, 500


class Mail(Base):
    """One message to one address.

    `text` may hold a link that opens an account, so it is forgotten once a server has taken it.
    """

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("text is not null or sent_at is not null", name="text"),
        Index("ix_mails_waiting", "sent_at", "attempts"),
    )

    id: Mapped[Id]
    recipient: Mapped[str] = mapped_column(String(RECIPIENT_LENGTH))
    language: Mapped[str] = mapped_column(String(2))  # of the text
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    text: Mapped[str | None]
    # Where its reader stops such mails without signing in; forgotten with the text.
    unsubscribe_url: Mapped[str | None] = mapped_column(String(URL_LENGTH))
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[Moment | None]
    error: Mapped[str | None] = mapped_column(String(ERROR_LENGTH))  # why the last attempt failed
