"""Made-up notices in the shape of CanadaBuys."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from benchmarks.canadabuys import HEADINGS as PUBLISHED
from registry.tenders.canadabuys import HEADINGS
from registry.tenders.importing import import_tenders
from registry.tenders.models import Tender


def notice(number: int = 1, **other: str) -> dict[str, str]:
    """A row by our names of the columns."""
    return {
        "reference": f"cb-{number}",
        "amendment": "000",
        "title_en": "Projectile bodies",
        "title_fr": "Corps de projectiles",
        "published_on": "2026-11-02",
        "closes_at": "2026-12-01T14:00:00",
        "status_en": "Open",
        "status_fr": "Ouvert",
        **other,
    }


@pytest.fixture
def row():
    return notice


@pytest.fixture
def write_notices(write_published) -> Callable[..., Path]:
    """A file of notices as it is published."""

    def write(*rows: dict[str, str], headings=PUBLISHED, name="tenders.csv") -> Path:
        return write_published(rows, HEADINGS, headings, name)

    return write


@pytest.fixture
def load(session, write_notices, with_report) -> Callable[..., Any]:
    def run(*rows, batch_rows=1000):
        path = write_notices(*rows)
        return with_report(import_tenders, session, path, "canadabuys", lambda _: None, batch_rows)

    return run


@pytest.fixture
def tender(session) -> Callable[..., Tender]:
    """The notice of that number as it is stored."""

    def find(number: int = 1) -> Tender:
        session.expire_all()
        return session.scalars(select(Tender).where(Tender.reference == f"cb-{number}")).one()

    return find
