"""Firms with one line each, and inputs that they take of each other."""

import datetime as dt
from decimal import Decimal

import pytest

from registry.capabilities.models import LineInput, ProductionLine
from registry.feeds.models import Source
from registry.firms.models import Firm

DAY = dt.date(2026, 11, 25)


@pytest.fixture
def make(session):
    """Add a firm with one line of so many a month, all of them free."""
    source = Source(code="t", title_en="Test", title_fr="Essai", as_of=DAY)
    session.add(source)
    session.flush()

    def line_of(name, category, rate, *inputs, unit="round", **stated):
        firm = Firm(name=name, source_id=source.id, listed=stated.pop("listed", "listed"))
        line = ProductionLine(
            firm=firm, source_id=source.id, category_code=category, unit=unit, product_en=name,
            evidence="declared", current_rate_per_month=rate, committed_share=Decimal(0),
            inputs=list(inputs), **stated,
        )  # fmt: skip
        session.add(line)
        session.flush()
        return line

    return line_of


def takes(supplier, category, ratio=1, unit="each", **stated):
    return LineInput(
        name_en=category, category_code=category, unit=unit, units_per_unit=Decimal(ratio),
        supplier_firm_id=supplier.firm_id, **stated,
    )  # fmt: skip
