"""Identifiers: one spelling each, and whether they follow their rules."""

import pytest

from registry.firms.identifiers import (
    check_identifier,
    industry_code,
    nato_stock_number,
    postal_code,
)
from registry.firms.models import IdentifierType

BN, NCAGE = IdentifierType.BUSINESS_NUMBER, IdentifierType.NCAGE


@pytest.mark.parametrize(
    ("scheme", "raw", "value", "well_formed"),
    [
        (BN, "123 026 635", "123026635", True),
        (BN, "123456782-RT-0001", "123456782", True),
        (BN, "123456789", "123456789", False),
        (BN, "12345", "12345", False),
        (NCAGE, "l0a1b", "L0A1B", True),
        (NCAGE, "35076", "35076", True),
        (NCAGE, "LOB32", "LOB32", False),
        (IdentifierType.CCC, "000000000001", "000000000001", True),
        (IdentifierType.UEI, "ABCDEFGH1234", "ABCDEFGH1234", True),
        (IdentifierType.UEI, "0BCDEFGH1234", "0BCDEFGH1234", False),
        (IdentifierType.CORPORATION_NUMBER, "123456-7", "123456-7", True),
        (IdentifierType.CORPORATION_NUMBER, "none", "NONE", False),
    ],
)
def test_identifiers(scheme, raw, value, well_formed):
    checked = check_identifier(scheme, raw)
    assert (checked.value, checked.well_formed) == (value, well_formed)
    assert bool(checked.remark) is not well_formed


def test_an_unknown_program_account_is_only_odd():
    checked = check_identifier(BN, "123456782XX0001")
    assert checked.well_formed and "XX" in checked.remark


def test_other_codes():
    assert postal_code("k1a0b1") == "K1A 0B1"
    assert postal_code("K1A") == "K1A"
    assert postal_code("D1A 0B1") is None
    assert nato_stock_number("1005-21-123-4567") == "1005-21-123-4567"
    assert nato_stock_number("1005211234567") == "1005-21-123-4567"
    assert nato_stock_number("1005") is None
    assert industry_code("332710") == "332710"
    assert industry_code("33271O") is None
