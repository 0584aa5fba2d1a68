"""CanadaBuys tender notices: CSV with a mark, a row for each notice and each of its amendments.

What the files do that others do not: a heading holds its name in both languages, most columns come
twice, cells hold line breaks, several values stand as `*A` and `*B` on lines of their own, and a
time of closing is in UTC-05:00 in summer too. The contact persons are left in the published notice.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from registry.feeds.columns import Columns
from registry.feeds.csv_rows import read_csv
from registry.feeds.importing import SourceNote
from registry.feeds.problems import Problems
from registry.feeds.reader import MIB, Feed, Limits, Row
from registry.feeds.text import fold_heading, fold_words, web_address
from registry.i18n import gettext as _
from registry.tenders.models import CANCELLED, EXPIRED, OPEN
from registry.tenders.notice_rows import NoticeRow, amendment_rank

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
_TEXTS = ("title", "description")
_DATES = ("published_on", "amended_on", "starts_on", "ends_on")
LONGEST_ADDRESS = 500
_SEARCHED = (
    "reference", "solicitation", "title_en", "title_fr", "buyer_en", "buyer_fr", "users_en",
    "users_fr", "gsin_codes", "gsin_en", "gsin_fr", "unspsc_codes", "unspsc_en", "unspsc_fr",
    "class_codes",
)  # fmt: skip


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


class _Notice(NoticeRow):
    """One row on its way into facts."""

    def facts(self) -> TenderFacts:
        reference = self._reference()
        values: dict[str, Any] = {"amendment": self._amendment()}
        values.update({name: self._short(name, most) for name, most in _SHORT_TEXTS.items()})
        if not (values["title_en"] or values["title_fr"]):
            raise self._refusal("title_en", _("The notice has no title in either language."))
        for name in ("description_en", "description_fr"):
            values[name] = self._text(name) or None
        values.update({name: self._date(name) for name in _DATES})
        values["closes_at"] = self._closing()
        values["status"] = self._status(_STATUSES)
        values.update({name: self._values(name) for name in _LISTS})
        values["kinds"] = self._kinds()
        texts = (values[f"{part}_{twin}"] for part in _TEXTS for twin in ("en", "fr"))
        values["class_codes"] = self._class_codes(values["gsin_codes"], *texts)
        values.update({name: self._address(name) for name in ("url_en", "url_fr")})
        values["as_of"] = values["amended_on"] or values["published_on"]
        values["words"] = search_words(reference, values)
        return TenderFacts(reference, self._row, values)

    def _closing(self) -> dt.datetime | None:
        text = self._text("closes_at")
        if not text:
            return None
        try:
            return read_moment(text).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self._warn("closes_at", text, _("This is not a time of closing."))
            return None

    def _kinds(self) -> list[str]:
        codes = [code.upper() for code in self._values("kinds")]
        for code in codes:
            if code not in KINDS:
                self._warn("kinds", code, _("The word is not one that the format knows."))
        return [code for code in codes if code in KINDS]

    def _address(self, column: str) -> str | None:
        text = self._text(column)
        address = web_address(text) if text else None
        if text and (address is None or len(address) > LONGEST_ADDRESS):
            self._warn(column, text, _("This is not a web address (http or https)."))
            return None
        return address


def search_words(reference: str, values: dict[str, Any]) -> str:
    """What a search of notices looks in."""
    every = {"reference": reference, **values}
    words: dict[str, None] = {}
    for name in _SEARCHED:
        value = every[name]
        for text in value if isinstance(value, list) else [value]:
            if text:
                words[fold_words(text)] = None
    return " ".join(words)
