"""Bands of rates: the same in Python, in the database and in words."""

import re
from decimal import Decimal

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from registry.capabilities.bands import STARTS, band_in_sql, band_in_words, band_of
from registry.capabilities.lines import RATE_COLUMNS
from registry.capabilities.models import ProductionLine
from registry.demo.service import load_demo

RATES = [
    Decimal(rate)
    for start in STARTS
    for rate in (start, f"{start}.001", max(start - 1, 0), f"{max(start - 1, 0)}.999")
]


def test_the_database_and_python_agree(app, session):
    load_demo(session)
    line = session.scalars(select(ProductionLine)).first()
    band = select(band_in_sql(ProductionLine.current_rate_per_month)).where(
        ProductionLine.id == line.id
    )
    for column in RATE_COLUMNS.values():  # so that any rate may stand alone
        setattr(line, column, None)
    for rate in (*RATES, None):
        line.current_rate_per_month = rate
        session.flush()
        assert session.scalar(band) == (None if rate is None else band_of(rate)), rate


@pytest.mark.parametrize(
    ("rate", "english", "french"),
    [
        (None, "not stated", "non précisé"),
        (0, "under 1", "moins de 1"),
        (Decimal("0.5"), "under 1", "moins de 1"),
        (1, "1–9", "1–9"),
        (99, "10–99", "10–99"),
        (1600, "1,000–4,999", "1 000–4 999"),
        (10**7, "1,000,000 or more", "1 000 000 ou plus"),
    ],
)
def test_in_words(app, rate, english, french):
    band = None if rate is None else band_of(rate)
    for locale, words in (("en_CA", english), ("fr_CA", french)):
        with app.test_request_context(), force_locale(locale):
            assert re.sub(r"\s", " ", band_in_words(band)) == words
