"""Which firms come first for an open tender, so that a firm finds its tenders at once."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class TenderMatch(Base):
    """A firm among the best for a tender when the tenders were last matched.

    Only where to look: page and reasons come from the index as it is now.
    """

    __tablename__ = "tender_matches"

    tender_id: Mapped[int] = mapped_column(
        ForeignKey("tenders.id", ondelete="CASCADE"), primary_key=True
    )
    firm_id: Mapped[int] = mapped_column(
        ForeignKey("firms.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    rank: Mapped[int]
    score: Mapped[float]
