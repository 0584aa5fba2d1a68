"""Shortlists: firms picked for a need, each with the match as it stood when it was picked."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import User
from registry.db import Base, Id, Moment, utcnow
from registry.firms.models import Firm


class Shortlist(Base):
    """Owned by the official who made it. `need` is the query as it was asked."""

    __tablename__ = "shortlists"

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    need: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[Moment] = mapped_column(default=utcnow)
    updated_at: Mapped[Moment] = mapped_column(default=utcnow)

    owner: Mapped[User] = relationship()
    items: Mapped[list["ShortlistItem"]] = relationship(
        cascade="all, delete-orphan", order_by="ShortlistItem.position", back_populates="shortlist"
    )


class ShortlistItem(Base):
    """One firm; `match` is the frozen result, so that the figure can be defended later."""

    __tablename__ = "shortlist_items"
    __table_args__ = (UniqueConstraint("shortlist_id", "firm_id"),)

    id: Mapped[Id]
    shortlist_id: Mapped[int] = mapped_column(
        ForeignKey("shortlists.id", ondelete="CASCADE"), index=True
    )
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="RESTRICT"), index=True)
    position: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    match: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # None: added by hand
    data_version: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[Moment] = mapped_column(default=utcnow)
    added_by: Mapped[int]

    shortlist: Mapped[Shortlist] = relationship(back_populates="items")
    firm: Mapped[Firm] = relationship()
