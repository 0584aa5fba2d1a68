"""National Defence contracts for goods, 2004 to 2013: CSV, one contract or amendment a row."""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from registry.feeds.columns import Columns
from registry.feeds.csv_rows import read_csv
from registry.feeds.importing import SourceNote
from registry.feeds.problems import Fault, Problems, RowRefused
from registry.feeds.reader import Feed, Row
from registry.feeds.text import clean, parse_decimal
from registry.i18n import gettext as _

SOURCE = SourceNote(
    "dnd-2004-2013",
    "National Defence contracts for goods, 2004 to 2013",
    "Contrats de biens de la Défense nationale, 2004 à 2013",
    dt.date(2013, 12, 31),  # the end of the last quarter in the file
)

_NAMES = (
    "source_id",
    "vendor_name",
    "vendor_key",
    "reference_number",
    "contract_date",
    "delivery_date",
    "description",
    "fsc_code",
    "value_cad",
    "flag_amended",
)
COLUMNS = Columns(dict.fromkeys(_NAMES, ()), required=_NAMES)

LONGEST_KEY, LONGEST_NAME, LONGEST_REFERENCE = 64, 300, 80
LARGEST_VALUE = Decimal(10) ** 14  # what the column holds
Identifiers = tuple[tuple[str, str], ...]  # (scheme, value), as firms have them
_FLAGS = {"0": False, "1": True}


@dataclass
class ContractFacts:
    """One contract row. `values` are columns of `Contract`, without its vendor.

    `vendor_place` is (city, province) as the row has them, `vendor_identifiers` what it states.
    """

    key: str
    row: Row
    vendor_key: str
    vendor_name: str
    values: dict[str, Any]
    vendor_place: tuple[str | None, str | None] = (None, None)
    vendor_identifiers: Identifiers = ()

    @property
    def source_key(self) -> str:
        """Which stored row it is: here each row of the file is one."""
        return self.key

    @cached_property
    def digest(self) -> str:
        content = json.dumps([self.vendor_key, self.values], sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()


class DndFormat:
    """The `dnd` format. `classes` are the supply classes that the registry knows."""

    source = SOURCE

    def __init__(self, classes: Collection[str]):
        self._classes = classes

    def rows(self, feed: Feed, problems: Problems) -> Iterator[Row]:
        return read_csv(feed, COLUMNS, problems)

    def record(self, row: Row, problems: Problems) -> ContractFacts:
        """The contract of a row.

        A blank reference and a blank value stay unknown. So does a value of 0: nothing is bought
        for nothing, and the publisher writes 0 where the amount was left out or is in another
        amendment; as a number it would only pull averages down. Raises RowRefused if the key, the
        vendor or the description is missing, or if a date, a value or a flag is not one.
        """
        key = _needed(row, "source_id", LONGEST_KEY)
        vendor_key = _needed(row, "vendor_key", LONGEST_NAME)
        vendor_name = _needed(row, "vendor_name", LONGEST_NAME)
        values = {
            "reference": _reference(row, problems),
            "awarded_on": _date(row, "contract_date"),
            "delivery_on": _date(row, "delivery_date"),
            "description": _needed(row, "description", None),
            "class_code": self._class_code(row, problems),
            "value_cad": _value(row),
            "amended": _flag(row),
        }
        return ContractFacts(key, row, vendor_key, vendor_name, values)

    def _class_code(self, row: Row, problems: Problems) -> str | None:
        code: str | None = row.values.get("fsc_code")
        if code is None or code in self._classes:
            return code
        reason = _("This is not a supply class we know.")
        advice = _("The contract was kept without it.")
        problems.warn(row.line, Fault(row.heading("fsc_code"), code, reason, advice))
        return None


def _refusal(row: Row, column: str, reason: str, advice: str) -> RowRefused:
    return RowRefused(Fault(row.heading(column), row.values.get(column, ""), reason, advice))


def _needed(row: Row, column: str, limit: int | None) -> str:
    text = clean(row.values.get(column, ""))
    advice = _("Correct the cell and import again.")
    if not text:
        raise _refusal(row, column, _("The value is missing."), advice)
    if limit and len(text) > limit:
        reason = _("The text is longer than %(limit)d characters.", limit=limit)
        raise _refusal(row, column, reason, advice)
    return text


def _reference(row: Row, problems: Problems) -> str | None:
    text = clean(row.values.get("reference_number", ""))
    if len(text) <= LONGEST_REFERENCE:
        return text or None
    limit = LONGEST_REFERENCE
    reason = _("The text is longer than %(limit)d characters and was cut.", limit=limit)
    advice = _("The contract was kept with the beginning of it.")
    problems.warn(row.line, Fault(row.heading("reference_number"), text, reason, advice))
    return text[:limit]


def _date(row: Row, column: str) -> dt.date | None:
    text = row.values.get(column)
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        reason, advice = _("This is not a date."), _("Write it as in 2013-12-31.")
        raise _refusal(row, column, reason, advice) from error


def _value(row: Row) -> Decimal | None:
    text = row.values.get("value_cad")
    if text is None:
        return None
    number = parse_decimal(text)
    if number is None or abs(number) >= LARGEST_VALUE:
        reason, advice = _("This is not an amount."), _("Write it as in 1234.50 or 1234,50.")
        raise _refusal(row, "value_cad", reason, advice)
    return round(number, 2) or None


def _flag(row: Row) -> bool:
    text = row.values.get("flag_amended", "0")
    if text not in _FLAGS:
        raise _refusal(row, "flag_amended", _("This is neither 0 nor 1."), _("Write 0 or 1."))
    return _FLAGS[text]
