"""CanadaBuys tender notices: CSV with a mark, a row for each notice and each of its amendments.

What the files do that others do not: a heading holds its name in both languages, most columns come
twice, cells hold line breaks, several values stand as `*A` and `*B` on lines of their own, and a
time of closing is in UTC-05:00 in summer too. The contact persons are left in the published notice.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from registry.feeds.columns import Columns
from registry.feeds.csv_rows import read_csv
from registry.feeds.importing import SourceNote
from registry.feeds.problems import Fault, Problems, RowRefused
from registry.feeds.reader import MIB, Feed, Limits, Row
from registry.feeds.text import clean, fold_heading, fold_words, web_address
from registry.i18n import gettext as _
from registry.tenders.models import CANCELLED, EXPIRED, OPEN

SOURCE = SourceNote(
    "canadabuys-tenders",
    "CanadaBuys tender notices",
    "Avis d’appel d’offres d’AchatsCanada",
    None,  # each notice has its own date
)
# A notice runs over tens of lines; the file of all years holds some millions of them.
LIMITS = Limits(rows=100_000_000, expanded_bytes=32 * 1024 * MIB)

HEADINGS = {
    "reference": "referenceNumber-numeroReference",
    "amendment": "amendmentNumber-numeroModification",
    "solicitation": "solicitationNumber-numeroSollicitation",
    "title_en": "title-titre-eng",
    "title_fr": "title-titre-fra",
    "description_en": "tenderDescription-descriptionAppelOffres-eng",
    "description_fr": "tenderDescription-descriptionAppelOffres-fra",
    "published_on": "publicationDate-datePublication",
    "amended_on": "amendmentDate-dateModification",
    "closes_at": "tenderClosingDate-appelOffresDateCloture",
    "starts_on": "expectedContractStartDate-dateDebutContratPrevue",
    "ends_on": "expectedContractEndDate-dateFinContratPrevue",
    "status_en": "tenderStatus-appelOffresStatut-eng",
    "status_fr": "tenderStatus-appelOffresStatut-fra",
    "kinds": "procurementCategory-categorieApprovisionnement",
    "gsin_codes": "gsin-nibs",
    "gsin_en": "gsinDescription-nibsDescription-eng",
    "gsin_fr": "gsinDescription-nibsDescription-fra",
    "unspsc_codes": "unspsc",
    "unspsc_en": "unspscDescription-eng",
    "unspsc_fr": "unspscDescription-fra",
    "notice_type_en": "noticeType-avisType-eng",
    "notice_type_fr": "noticeType-avisType-fra",
    "agreements_en": "tradeAgreements-accordsCommerciaux-eng",
    "agreements_fr": "tradeAgreements-accordsCommerciaux-fra",
    "delivery_en": "regionsOfDelivery-regionsLivraison-eng",
    "delivery_fr": "regionsOfDelivery-regionsLivraison-fra",
    # The publisher leaves out an "e" in these two.
    "buyer_en": "contractingEntityName-nomEntitContractante-eng",
    "buyer_fr": "contractingEntityName-nomEntitContractante-fra",
    "users_en": "endUserEntitiesName-nomEntitesUtilisateurFinal-eng",
    "users_fr": "endUserEntitiesName-nomEntitesUtilisateurFinal-fra",
    "url_en": "noticeURL-URLavis-eng",
    "url_fr": "noticeURL-URLavis-fra",
}
REQUIRED = ("reference", "amendment", "title_en", "title_fr", "closes_at", "status_en")
COLUMNS = Columns(
    {column: (fold_heading(heading),) for column, heading in HEADINGS.items()}, required=REQUIRED
)

CLOSING_ZONE = dt.timezone(dt.timedelta(hours=-5))  # all year: no daylight saving time
_LAST_MINUTE = dt.time(23, 59)  # of a day whose hour is not stated: nobody may take it as over
_STATUSES = {
    "open": OPEN, "ouvert": OPEN, "active": OPEN, "actif": OPEN,
    "expired": EXPIRED, "expire": EXPIRED, "closed": EXPIRED, "ferme": EXPIRED,
    "cancelled": CANCELLED, "canceled": CANCELLED, "annule": CANCELLED,
}  # fmt: skip
KINDS = ("GD", "SRV", "SRVTGD", "CNST")
_LISTS = (
    "gsin_codes", "gsin_en", "gsin_fr", "unspsc_codes", "unspsc_en", "unspsc_fr",
    "agreements_en", "agreements_fr", "delivery_en", "delivery_fr", "users_en", "users_fr",
)  # fmt: skip
_SHORT_TEXTS = {
    "solicitation": 80, "title_en": 400, "title_fr": 400, "notice_type_en": 200,
    "notice_type_fr": 200, "buyer_en": 300, "buyer_fr": 300,
}  # fmt: skip
_DATES = ("published_on", "amended_on", "starts_on", "ends_on")
LONGEST_REFERENCE, LONGEST_ADDRESS = 80, 500
_AMENDMENT = re.compile(r"([A-Z]{0,2})(\d{1,6})")
_STARRED = re.compile(r"(?:^|\n)[ \t]*\*")
# Goods of the GSIN are the NATO supply classes with an N before and letters after: N1005A.
_GSIN_GOODS = re.compile(r"N(\d{4})[A-Z]*(?![0-9A-Z])", re.IGNORECASE)
# Where a text names a class: as the first digits of a stock number, or by its own name.
_NAMED_CLASS = re.compile(
    r"(?<![\d-])(\d{4})-\d{2}-\d{3}-\d{4}(?![\d-])|\b(?:NSC|FSC|CNO)\s*(?:[:#]|code)?\s*(\d{4})(?!\d)"
)
_TWINS = ("en", "fr")
_SEARCHED = (
    "reference", "solicitation", "title_en", "title_fr", "buyer_en", "buyer_fr", "users_en",
    "users_fr", "gsin_codes", "gsin_en", "gsin_fr", "unspsc_codes", "unspsc_en", "unspsc_fr",
    "class_codes",
)  # fmt: skip


@lru_cache(maxsize=20_000)  # buyers, regions and codes are the same few, again and again
def split_values(text: str) -> tuple[str, ...]:
    """The values of a cell: `*A` and `*B` on lines of their own, or one value without a star."""
    parts = _STARRED.split(text) if _STARRED.match(text) else [text]
    cleaned = (" ".join(clean(part).split()) for part in parts)
    return tuple(dict.fromkeys(part for part in cleaned if part))


def amendment_rank(amendment: str, dated: dt.date | None) -> tuple[int, dt.date, str]:
    """Amendments in their order: by number, then by day; a letter decides only between equals.

    `000`, the notice itself, is the lowest. T01 and S01 count as first amendments.
    """
    parts = _AMENDMENT.fullmatch(amendment)
    return int(parts[2]) if parts else -1, dated or dt.date.min, amendment


def read_moment(text: str) -> dt.datetime:
    """A time of closing. Raises ValueError if it is not one."""
    if len(text) <= 10:
        day = dt.date.fromisoformat(text)
        return dt.datetime.combine(day, _LAST_MINUTE, CLOSING_ZONE)
    moment = dt.datetime.fromisoformat(text)
    # The file's own zone goes before ours, should the publisher begin to state one.
    return moment if moment.tzinfo else moment.replace(tzinfo=CLOSING_ZONE)


@dataclass
class TenderFacts:
    """One notice or amendment. `values` are columns of `Tender`, but for its source."""

    reference: str
    row: Row
    values: dict[str, Any]

    @property
    def key(self) -> str:
        return f"{self.reference}/{self.values['amendment']}"

    @property
    def rank(self) -> tuple[int, dt.date, str]:
        """Which of the rows of a notice counts: the one with the highest."""
        dated = self.values["amended_on"] or self.values["published_on"]
        return amendment_rank(self.values["amendment"], dated)

    @cached_property
    def digest(self) -> str:
        content = json.dumps([self.reference, self.values], sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()


class CanadaBuysFormat:
    """The `canadabuys` format. `classes` are the supply classes that the registry knows."""

    source = SOURCE

    def __init__(self, classes: Collection[str]):
        self._classes = classes

    def rows(self, feed: Feed, problems: Problems) -> Iterator[Row]:
        return read_csv(feed, COLUMNS, problems)

    def record(self, row: Row, problems: Problems) -> TenderFacts:
        """The notice of a row.

        Raises RowRefused without a reference, a title or an amendment that can be ordered; what
        else cannot be read is left out with a warning.
        """
        return _Notice(row, problems, self._classes).facts()


class _Notice:
    """One row on its way into facts."""

    def __init__(self, row: Row, problems: Problems, classes: Collection[str]):
        self._row, self._problems, self._classes = row, problems, classes

    def facts(self) -> TenderFacts:
        reference = self._text("reference")
        values: dict[str, Any] = {"amendment": self._amendment()}
        values.update({name: self._short(name, most) for name, most in _SHORT_TEXTS.items()})
        if not reference or len(reference) > LONGEST_REFERENCE:
            raise self._refusal("reference", _("The reference is missing or too long."))
        if not (values["title_en"] or values["title_fr"]):
            raise self._refusal("title_en", _("The notice has no title in either language."))
        for name in ("description_en", "description_fr"):
            values[name] = self._text(name) or None
        values.update({name: self._date(name) for name in _DATES})
        values["closes_at"] = self._closing()
        values["status"] = self._status()
        values.update({name: self._values(name) for name in _LISTS})
        values["kinds"] = self._kinds()
        values["class_codes"] = self._class_codes(values)
        values.update({name: self._address(name) for name in ("url_en", "url_fr")})
        values["as_of"] = values["amended_on"] or values["published_on"]
        values["words"] = _search_words(reference, values)
        return TenderFacts(reference, self._row, values)

    def _text(self, column: str) -> str:
        text = self._row.values.get(column)
        return clean(text) if text else ""

    def _values(self, column: str) -> list[str]:
        text = self._row.values.get(column)
        return list(split_values(text)) if text else []

    def _refusal(self, column: str, reason: str) -> RowRefused:
        advice = _("Correct the cell and import again.")
        value = self._row.values.get(column, "")
        return RowRefused(Fault(self._row.heading(column), value, reason, advice))

    def _warn(self, column: str, value: str, reason: str) -> None:
        advice = _("The notice was kept without it.")
        self._problems.warn(self._row.line, Fault(self._row.heading(column), value, reason, advice))

    def _amendment(self) -> str:
        text = self._text("amendment").upper() or "000"
        if not _AMENDMENT.fullmatch(text):
            raise self._refusal("amendment", _("This is not the number of an amendment."))
        return text

    def _short(self, column: str, most: int) -> str | None:
        text = " ".join(self._text(column).split())
        if len(text) > most:
            reason = _("The text is longer than %(limit)d characters and was cut.", limit=most)
            advice = _("The notice was kept with the beginning of it.")
            fault = Fault(self._row.heading(column), text, reason, advice)
            self._problems.warn(self._row.line, fault)
            text = text[: most - 1] + "…"
        return text or None

    def _date(self, column: str) -> dt.date | None:
        text = self._text(column)
        if not text:
            return None
        try:
            return dt.date.fromisoformat(text[:10])
        except ValueError:
            self._warn(column, text, _("This is not a date."))
            return None

    def _closing(self) -> dt.datetime | None:
        text = self._text("closes_at")
        if not text:
            return None
        try:
            return read_moment(text).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self._warn("closes_at", text, _("This is not a time of closing."))
            return None

    def _status(self) -> str | None:
        for column in ("status_en", "status_fr"):
            text = self._text(column)
            if not text:
                continue
            if known := _STATUSES.get(fold_words(text)):
                return known
            self._warn(column, text, _("The word is not one that the format knows."))
        return None

    def _kinds(self) -> list[str]:
        codes = [code.upper() for code in self._values("kinds")]
        for code in codes:
            if code not in KINDS:
                self._warn("kinds", code, _("The word is not one that the format knows."))
        return [code for code in codes if code in KINDS]

    def _class_codes(self, values: dict[str, Any]) -> list[str]:
        """Supply classes that the notice names: by its GSIN, a stock number, or as such."""
        found = [match[1] for code in values["gsin_codes"] for match in _GSIN_GOODS.finditer(code)]
        texts = (values[f"{part}_{twin}"] for part in ("title", "description") for twin in _TWINS)
        for match in _NAMED_CLASS.finditer("\n".join(filter(None, texts))):
            found.append(match[1] or match[2])
        return [code for code in dict.fromkeys(found) if code in self._classes]

    def _address(self, column: str) -> str | None:
        text = self._text(column)
        address = web_address(text) if text else None
        if text and (address is None or len(address) > LONGEST_ADDRESS):
            self._warn(column, text, _("This is not a web address (http or https)."))
            return None
        return address


def _search_words(reference: str, values: dict[str, Any]) -> str:
    every = {"reference": reference, **values}
    words: dict[str, None] = {}
    for name in _SEARCHED:
        value = every[name]
        for text in value if isinstance(value, list) else [value]:
            if text:
                words[fold_words(text)] = None
    return " ".join(words)
