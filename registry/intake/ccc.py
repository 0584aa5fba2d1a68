"""Canadian Company Capabilities: JSON lines, one profile a firm.

Statements that a firm made in 2017 are kept as such, with their date. Sales bands, export markets
and plant sizes (whose unit is not stated) are not taken.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterator
from typing import Any

from registry.feeds.importing import SourceNote
from registry.feeds.json_lines import read_json_lines
from registry.feeds.language import Language, language_of
from registry.feeds.problems import Fault, Problems, RowRefused
from registry.feeds.reader import Feed, Row
from registry.feeds.text import clean, parse_whole, web_address
from registry.firms.identifiers import check_identifier, nato_stock_number, postal_code
from registry.firms.models import Activity, IdentifierType, NameKind
from registry.i18n import gettext as _
from registry.intake.facts import (
    CAPABILITIES,
    CERTIFICATES,
    DECLARATIONS,
    IDENTIFIERS,
    INDUSTRIES,
    NAMES,
    OWNERSHIPS,
    SITES,
    STATEMENTS,
    FirmFacts,
)
from registry.intake.places import province_code, town_name

SOURCE = SourceNote(
    "ccc-2017",
    "Canadian Company Capabilities, 2017",
    "Réseau des entreprises canadiennes, 2017",
    # Only the year is known: the last day is the latest that any of it can be from.
    dt.date(2017, 12, 31),
)

_ACTIVITIES = {
    "Manufacturer / Processor / Producer": Activity.MANUFACTURER,
    "Services": Activity.SERVICE,
    "Trading House / Wholesaler / Agent and Distributor": Activity.DISTRIBUTOR,
    "Retail": Activity.RETAILER,
    "Association": Activity.ASSOCIATION,
    "Government": Activity.GOVERNMENT,
}
_YES_NO = {"Yes": True, "No": False}
_OWNERS = {"Canada": "Canada", "Foreign": "Foreign"}
_KINDS = {"product": "product", "service": "service", "licence": "licence"}
_NAMES = (  # the first to give a spelling says what kind of name it is
    ("legal_name", NameKind.LEGAL),
    ("legal_operating_name", NameKind.LEGAL),
    ("operating_name", NameKind.OPERATING),
    ("name", NameKind.OPERATING),
)
_STATEMENTS = (
    ("technology_profile", "technology"),
    ("unique_applications", "applications"),
    ("key_clients", "clients"),
    ("strategic_alliances", "alliances"),
)
_INDUSTRY = re.compile(r"(\d{2,6})\s*-\s*(.+)", re.DOTALL)
_YEARS = range(1600, 2101)
MOST_EMPLOYEES = 10_000_000
LONGEST_NAME, LONGEST_OFFER, LONGEST_TITLE = 300, 500, 200


class CccFormat:
    """The `ccc` format. `classes` are the supply classes that the registry knows."""

    source = SOURCE

    def __init__(self, classes: Collection[str]):
        self._classes = classes

    def rows(self, feed: Feed, problems: Problems) -> Iterator[Row]:
        return read_json_lines(feed, problems)

    def record(self, row: Row, problems: Problems) -> FirmFacts:
        """The firm of a line.

        Raises RowRefused if the line has no key or name, or a column holds another kind of value
        than the format says.
        """
        return _Profile(row, problems, self._classes).facts()


class _Profile:
    """One line on its way into facts."""

    def __init__(self, row: Row, problems: Problems, classes: Collection[str]):
        self._row, self._values, self._problems = row, row.values, problems
        self._classes = classes
        self._language: Language = "en"

    def facts(self) -> FirmFacts:
        key = self._text("ccc_id")
        name = self._fitting("name", self._text("name"), LONGEST_NAME)
        for column, value in (("ccc_id", key), ("name", name)):
            if not value:
                raise RowRefused(
                    Fault(
                        column,
                        self._values.get(column, ""),
                        _("The value is missing."),
                        _("Every firm needs this. Correct the line and import again."),
                    )
                )
        if len(key) > 60:
            raise RowRefused(Fault("ccc_id", key, _("The value is too long."), _("Correct it.")))
        profile = self._text("company_profile")
        self._language = language_of(profile or name)
        facts = FirmFacts(key, self._row, self._firm(name, profile))
        self._identify(facts, key)
        self._name(facts)
        self._place(facts)
        self._describe(facts)
        self._offer(facts)
        self._declare(facts)
        return facts

    # What the columns hold

    def _text(self, column: str) -> str:
        value = self._values.get(column)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._other_kind(column, value, _("a text"))
        return clean(value)

    def _list(self, column: str, kind: type[Any] = str) -> list[Any]:
        value = self._values.get(column)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(part, kind) for part in value):
            expected = _("a list of texts") if kind is str else _("a list of objects")
            raise self._other_kind(column, value, expected)
        return value

    def _part(self, column: str, values: dict[str, Any], name: str) -> str:
        value = values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._other_kind(f"{column}.{name}", value, _("a text"))
        return clean(value)

    def _other_kind(self, column: str, value: object, expected: str) -> RowRefused:
        return RowRefused(
            Fault(
                column,
                value,
                _("The value is not %(expected)s.", expected=expected),
                _("Correct the line, or export the file again."),
            )
        )

    def _warn(self, column: str, value: object, reason: str) -> None:
        advice = _("The firm was kept without it. Correct it at the source.")
        self._problems.warn(self._row.line, Fault(column, value, reason, advice))

    def _one_of(self, column: str, words: dict[str, Any]) -> Any:
        text = self._text(column)
        if text and text not in words:
            self._warn(column, text, _("The word is not one that the format knows."))
        return words.get(text)

    def _number(self, column: str, allowed: range) -> int | None:
        text = self._text(column)
        number = parse_whole(text)
        if text and (number is None or number not in allowed):
            self._warn(column, text, _("The value is not a plausible number."))
            return None
        return number

    def _fitting(self, column: str, text: str, limit: int) -> str:
        if len(text) <= limit:
            return text
        reason = _("The text is longer than %(limit)d characters and was cut.", limit=limit)
        self._warn(column, text, reason)
        return text[: limit - 1] + "…"

    # What becomes of them

    def _firm(self, name: str, profile: str) -> dict[str, Any]:
        return {
            "name": name,
            "website": self._website(),
            "activity": self._one_of("primary_activity", _ACTIVITIES),
            "employees": self._number("employees", range(MOST_EMPLOYEES)),
            "founded_year": self._number("year_established", _YEARS),
            "exports": self._one_of("exporting", _YES_NO),
            "indigenous": self._fitting("indigenous_firm", self._text("indigenous_firm"), 200)
            or None,
            "profile_en": (profile or None) if self._language == "en" else None,
            "profile_fr": (profile or None) if self._language == "fr" else None,
        }

    def _website(self) -> str | None:
        text = self._text("website")
        address = web_address(text)
        if text and (address is None or len(address) > 300):
            self._warn("website", text, _("This is not a web address (http or https)."))
            return None
        return address

    def _identify(self, facts: FirmFacts, key: str) -> None:
        given = ((IdentifierType.CCC, "ccc_id", key), (IdentifierType.NCAGE, "cage_code", ""))
        for scheme, column, value in given:
            value = value or self._text(column)
            if not value:
                continue
            checked = check_identifier(scheme, value)
            if len(checked.value) > 60:
                self._warn(column, value, checked.remark)
                continue
            if checked.remark:
                advice = _("It was kept as given, marked as not well formed.")
                self._problems.warn(self._row.line, Fault(column, value, checked.remark, advice))
            facts.state(
                IDENTIFIERS, scheme=scheme, value=checked.value, well_formed=checked.well_formed
            )

    def _name(self, facts: FirmFacts) -> None:
        found: dict[str, str] = {}
        given = [(column, kind, self._text(column)) for column, kind in _NAMES]
        for text in self._list("alternate_name"):
            given.append(("alternate_name", NameKind.ALTERNATE, clean(text)))
        for column, kind, text in given:
            fitting = self._fitting(column, text, LONGEST_NAME)
            if fitting and fitting.casefold() not in found:
                found[fitting.casefold()] = fitting
                facts.state(NAMES, kind=kind, name=fitting)

    def _place(self, facts: FirmFacts) -> None:
        if owner := self._one_of("country_of_ownership", _OWNERS):
            facts.state(OWNERSHIPS, owner_country=owner)
        # The place where the firm is comes first; the source does not say whether it is a plant.
        location, mailing = self._site("location"), self._site("mailing")
        if location:
            facts.state(SITES, kind="office", **location)
        if mailing and mailing != location:
            facts.state(SITES, kind="mailing", **mailing)

    def _site(self, column: str) -> dict[str, str | None] | None:
        values = self._values.get(column)
        if values is None:
            return None
        if not isinstance(values, dict):
            raise self._other_kind(column, values, _("an object"))
        province = self._part(column, values, "province")
        code = province_code(province)
        if province and code is None:
            self._warn(f"{column}.province", province, _("This is not a province or territory."))
        postal = self._part(column, values, "postal_prefix")
        prefix = postal_code(postal)
        if postal and prefix is None:
            self._warn(f"{column}.postal_prefix", postal, _("This is not a postal code."))
        town = town_name(self._fitting(column, self._part(column, values, "city"), 100))
        site = {"province": code, "city": town or None, "postal_code": prefix}
        return site if any(site.values()) else None

    def _describe(self, facts: FirmFacts) -> None:
        industries = [("naics_primary", self._text("naics_primary"), True)]
        industries += [("naics_alternate", clean(t), False) for t in self._list("naics_alternate")]
        for column, text, primary in industries:
            self._industry(facts, column, text, primary)
        for column, kind in _STATEMENTS:
            if text := self._text(column):
                language = language_of(text, self._language)
                facts.state(STATEMENTS, kind=kind, **{f"text_{language}": text})
        if markets := [clean(text) for text in self._list("market_interests")]:
            facts.state(STATEMENTS, kind="markets", text_en="; ".join(markets))
        for text in self._list("quality_certification"):
            scheme = self._fitting("quality_certification", clean(text), 60)
            if scheme:
                facts.state(CERTIFICATES, scheme=scheme, evidence="declared")

    def _industry(self, facts: FirmFacts, column: str, text: str, primary: bool) -> None:
        parts = _INDUSTRY.fullmatch(text)
        if parts:
            title = self._fitting(column, parts[2].strip(), LONGEST_TITLE)
            facts.state(INDUSTRIES, code=parts[1], title=title, primary=primary)
        elif text:
            self._warn(column, text, _("This is not an industry code with its title."))

    def _offer(self, facts: FirmFacts) -> None:
        for number, item in enumerate(self._list("items", dict), start=1):
            column = f"items[{number}]"
            kind, name = self._part(column, item, "kind"), self._part(column, item, "name")
            description = self._part(column, item, "desc")
            if kind not in _KINDS or not name:
                self._warn(column, item, _("The item has no name, or a kind that is not known."))
                continue
            name = self._fitting(f"{column}.name", name, LONGEST_OFFER)
            # The name alone is often a heading of a product list; its description tells more.
            language = language_of(description or name, self._language)
            texts = {f"name_{language}": name, f"description_{language}": description or None}
            facts.state(CAPABILITIES, kind=kind, **texts)

    def _declare(self, facts: FirmFacts) -> None:
        for number, entry in enumerate(self._list("fsc", dict), start=1):
            code = self._part(f"fsc[{number}]", entry, "code")
            if code in self._classes:
                facts.state(DECLARATIONS, class_code=code)
            else:
                self._warn(f"fsc[{number}].code", code, _("This is not a supply class we know."))
        stock = []
        for number, entry in enumerate(self._list("nsn", dict), start=1):
            text = self._part(f"nsn[{number}]", entry, "nsn")
            if (nsn := nato_stock_number(text)) is None:
                self._warn(f"nsn[{number}].nsn", text, _("This is not a NATO stock number."))
                continue
            stock.append(f"{nsn} {self._part(f'nsn[{number}]', entry, 'name')}".strip())
        if stock:
            facts.state(STATEMENTS, kind="nsn", text_en="; ".join(dict.fromkeys(stock)))
