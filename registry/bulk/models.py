"""Files of lines that were uploaded, each with what applying it would change."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Id, Moment, utcnow

CHECKED, APPLIED = "checked", "applied"


class Upload:
    """A file as it was sent, and its dry run: one entry for each thing that is in it."""

    id: Mapped[Id]
    uploaded_by: Mapped[int]
    uploaded_at: Mapped[Moment] = mapped_column(default=utcnow)
    file_name: Mapped[str] = mapped_column(String(255))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(String(10), default=CHECKED)
    plan: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    applied_at: Mapped[Moment | None]


class BulkUpload(Upload, Base):
    """A file of a firm's production lines."""

    __tablename__ = "bulk_uploads"
    __table_args__ = (CheckConstraint("state in ('checked', 'applied')", name="state"),)

    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete="CASCADE"), index=True)
