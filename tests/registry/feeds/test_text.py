"""Numbers, headings, addresses and controls as outside files write them."""

from decimal import Decimal

import pytest

from registry.feeds.text import clean, fold_heading, parse_decimal, parse_whole, web_address


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234", 1234),
        ("1 234", 1234),
        ("1\u202f234", 1234),
        ("1,234", 1234),
        ("1,234,567", 1234567),
        ("« 25 »", 25),
        ("12,5", None),
        ("1.234", None),
        ("about 30", None),
        ("٣٤", None),
        ("9" * 5000, None),
        ("", None),
    ],
)
def test_whole_numbers(text, number):
    assert parse_whole(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("45,42", Decimal("45.42")),
        ("-75.7", Decimal("-75.7")),
        ("1\u00a0234,50", Decimal("1234.50")),
        ("« 3,5 »", Decimal("3.5")),
        ("1,2,3", None),
        ("NaN", None),
        ("1e99", None),
    ],
)
def test_decimal_numbers(text, number):
    assert parse_decimal(text) == number


@pytest.mark.parametrize("heading", ["Code postal", "code_postal", "CODE-POSTAL ", "Côde postal"])
def test_headings_are_compared_without_dress(heading):
    assert fold_heading(heading) == "code_postal"


def test_controls_are_dropped_and_mis_decoded_bullets_restored():
    assert clean(" a\x07b\x95\tc\n ") == "ab•\tc"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://forge.example", "http://forge.example"),
        ("forge.example/fr", "http://forge.example/fr"),
        ("HTTPS://Forge.example", "HTTPS://Forge.example"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("http://", None),
        ('http://a.example/"onclick="x', None),
        ("not an address", None),
    ],
)
def test_only_web_addresses_become_links(text, address):
    assert web_address(text) == address
