"""Identifiers of firms: how each is written, and whether a value is well formed.

A format check never proves registration; who vouched for it is kept beside the value.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from stdnum.ca import bn

from registry.firms.models import IdentifierType
from registry.i18n import gettext as _

# Letters of the Canada Revenue Agency's program accounts, and PG of procurement numbers. The list
# is not complete anywhere in public, so other letters are a remark and not an error.
_PROGRAMS = frozenset(
    ("RC", "RM", "RP", "RT", "RZ", "RR", "RU", "CT", "RD", "RE", "RG", "RN", "LT", "DT", "PG")
)
_BUSINESS_NUMBER = re.compile(r"(\d{9})(?:([A-Z]{2})\d{4})?")
_DRESS = re.compile(r"[\s.-]+")
_POSTAL_CODE = re.compile(r"([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z])(?:(\d[ABCEGHJ-NPRSTV-Z]\d))?")
_NSN = re.compile(r"(\d{4})-?([0-9A-Z]{2})-?([0-9A-Z]{3})-?([0-9A-Z]{4})")
_NAICS = re.compile(r"\d{2,6}")

_PATTERNS = {
    IdentifierType.CCC: re.compile(r"\d{12}"),
    # I and O are not used. No first letter is refused: old Canadian codes look like any other.
    IdentifierType.NCAGE: re.compile(r"[0-9A-HJ-NP-Z]{5}"),
    # Federal, provincial and Quebec numbers differ; what they share is that they are short.
    IdentifierType.CORPORATION_NUMBER: re.compile(r"[A-Z]{0,3}\d{3,10}(?:-\d)?"),
    IdentifierType.UEI: re.compile(r"[1-9A-HJ-NP-Z][0-9A-HJ-NP-Z]{11}"),
}


@dataclass(frozen=True)
class CheckedIdentifier:
    """An identifier in its one spelling. `remark` says what is odd about it; "" if nothing is."""

    scheme: IdentifierType
    value: str
    well_formed: bool
    remark: str = ""


def check_identifier(scheme: IdentifierType, raw: str) -> CheckedIdentifier:
    """The value as it is stored and compared, and whether it follows the scheme's rules.

    A business number loses its program account: the first nine digits are the firm's.
    """
    if scheme is IdentifierType.BUSINESS_NUMBER:
        return _check_business_number(raw)
    value = raw.strip().upper()
    if scheme is not IdentifierType.CORPORATION_NUMBER:
        value = _DRESS.sub("", value)
    if _PATTERNS[scheme].fullmatch(value):
        return CheckedIdentifier(scheme, value, True)
    remarks = {
        IdentifierType.NCAGE: _(
            "An NCAGE code has five characters, digits or letters but I and O."
        ),
        IdentifierType.CCC: _("A CCC number has twelve digits."),
        IdentifierType.UEI: _("A UEI has twelve characters, digits or letters but I and O."),
    }
    remark = remarks.get(scheme) or _("This is not how the number is written.")
    return CheckedIdentifier(scheme, value, False, remark)


def _check_business_number(raw: str) -> CheckedIdentifier:
    scheme, value = IdentifierType.BUSINESS_NUMBER, _DRESS.sub("", raw).upper()
    parts = _BUSINESS_NUMBER.fullmatch(value)
    if not parts:
        remark = _("A business number has nine digits; a program account, six more characters.")
        return CheckedIdentifier(scheme, value, False, remark)
    digits, program = parts.groups()
    if not bn.is_valid(digits):
        return CheckedIdentifier(scheme, digits, False, _("The check digit is not right."))
    if program and program not in _PROGRAMS:
        remark = _("“%(letters)s” is not a program account that we know.", letters=program)
        return CheckedIdentifier(scheme, digits, True, remark)
    return CheckedIdentifier(scheme, digits, True)


@lru_cache(10_000)
def postal_code(raw: str) -> str | None:
    """A Canadian postal code as Canada Post writes it, or its first three characters; else None."""
    parts = _POSTAL_CODE.fullmatch(_DRESS.sub("", raw).upper())
    return " ".join(filter(None, parts.groups())) if parts else None


def nato_stock_number(raw: str) -> str | None:
    """A NATO stock number as 1234-21-567-8901, or None."""
    parts = _NSN.fullmatch(_DRESS.sub("", raw).upper())
    return "-".join(parts.groups()) if parts else None


def industry_code(raw: str) -> str | None:
    """A NAICS Canada code of two to six digits, or None."""
    code = raw.strip()
    return code if _NAICS.fullmatch(code) and code.isascii() else None
