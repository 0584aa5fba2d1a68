"""Where facts come from, and which files were read."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, Id, Moment, utcnow


class Source(Base):
    """An origin of facts: a published file, a firm itself, a demonstration."""

    __tablename__ = "sources"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title_en: Mapped[str] = mapped_column(String(200))
    title_fr: Mapped[str] = mapped_column(String(200))
    as_of: Mapped[dt.date | None]  # None: the source does not say

    def title_in(self, language: str) -> str:
        return self.title_fr if language == "fr" else self.title_en


class ImportRun(Base):
    """One reading of one file; an unfinished run shows that the reader was interrupted."""

    __tablename__ = "import_runs"

    id: Mapped[Id]
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    file_sha256: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[Moment] = mapped_column(default=utcnow)
    finished_at: Mapped[Moment | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    source: Mapped[Source] = relationship(lazy="joined")
