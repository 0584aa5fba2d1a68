"""Need to know: which official may see firm-confidential fields, of what, until when and why."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import User
from registry.db import Base, Id, Moment, utcnow
from registry.firms.models import Firm
from registry.taxonomy.models import ShortfallCategory
from registry.visibility.readers import Scope


class ScopeKind(StrEnum):
    EVERYTHING = "everything"
    CATEGORY = "category"
    FIRM = "firm"


class Grant(Base):
    """Given by an administrator. `kind` says what it is for, so that nothing missing means all."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'everything' and category_code is null and firm_id is null)"
            " or (kind = 'category' and category_code is not null and firm_id is null)"
            " or (kind = 'firm' and category_code is null and firm_id is not null)",
            name="scope",
        ),
        CheckConstraint("(revoked_at is null) = (revoked_by_id is null)", name="revoked"),
    )

    id: Mapped[Id]
    official_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    category_code: Mapped[str | None] = mapped_column(ForeignKey("shortfall_categories.code"))
    firm_id: Mapped[int | None] = mapped_column(
        ForeignKey("firms.id", ondelete="CASCADE"), index=True
    )
    until: Mapped[dt.date]  # the last day
    reason: Mapped[str] = mapped_column(String(500))
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[Moment] = mapped_column(default=utcnow)
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[Moment | None]

    official: Mapped[User] = relationship(foreign_keys=official_id)
    granted_by: Mapped[User] = relationship(foreign_keys=granted_by_id)
    revoked_by: Mapped[User | None] = relationship(foreign_keys=revoked_by_id)
    category: Mapped[ShortfallCategory | None] = relationship()
    firm: Mapped[Firm | None] = relationship()

    def in_force(self, day: dt.date) -> bool:
        return self.revoked_at is None and self.until >= day

    @property
    def about(self) -> dict[str, Any]:
        """The columns that say what it is for."""
        return {
            "kind": self.kind,
            "category_code": self.category_code,
            "firm_id": self.firm_id,
        }

    @property
    def scope(self) -> Scope:
        return Scope(
            until=self.until,
            everything=self.kind == ScopeKind.EVERYTHING,
            category=self.category_code,
            firm_id=self.firm_id,
        )
