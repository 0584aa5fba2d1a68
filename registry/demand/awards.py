"""CanadaBuys award notices and contract history: a row for each notice and each of its amendments.

The rows are written as those of tenders are (`registry.tenders.notice_rows`). The total value
repeats on every amendment and is that of the whole contract; what the amount of a row means differs
from one buyer to the next, so that it stands in only where no total is stated.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from registry.demand.dnd import LARGEST_VALUE, LONGEST_NAME, ContractFacts
from registry.demand.models import ACTIVE, CANCELLED, EXPIRED
from registry.feeds.columns import Columns
from registry.feeds.csv_rows import read_csv
from registry.feeds.importing import SourceNote
from registry.feeds.problems import Problems
from registry.feeds.reader import Feed, Row
from registry.feeds.text import fold_heading, fold_words, parse_decimal
from registry.i18n import gettext as _
from registry.tenders.notice_rows import NoticeRow, amendment_rank

AWARDS = SourceNote(
    "canadabuys-awards",
    "CanadaBuys award notices",
    "Avis d’attribution d’AchatsCanada",
    None,  # each notice has its own date
)
HISTORY = SourceNote(
    "canadabuys-history",
    "CanadaBuys contract history",
    "Historique des contrats d’AchatsCanada",
    None,
)

_TWINS = {
    "title": "title-titre",
    "description": "awardDescription-descriptionAttribution",
    "supplier": "supplierLegalName-nomLegalFournisseur",
    "standard": "supplierStandardizedName-nomNormaliseFournisseur",  # of contract history
    "city": "supplierAddressCity-fournisseurAdresseVille",
    "province": "supplierAddressProvince-fournisseurAdresseProvince",
    "buyer": "contractingEntityName-nomEntitContractante",
}
HEADINGS = {
    "reference": "referenceNumber-numeroReference",
    "amendment": "amendmentNumber-numeroModification",
    "solicitation": "solicitationNumber-numeroSollicitation",
    "contract": "contractNumber-numeroContrat",
    "published_on": "publicationDate-datePublication",
    "awarded_on": "contractAwardDate-dateAttributionContrat",
    "amended_on": "amendmentDate-dateModification",
    "starts_on": "contractStartDate-contratDateDebut",
    "ends_on": "contractEndDate-dateFinContrat",
    "amount": "contractAmount-montantContrat",
    "total": "totalContractValue-valeurTotaleContrat",
    "currency": "contractCurrency-contratMonnaie",
    "status_en": "awardStatus-attributionStatut-eng",
    "status_fr": "awardStatus-attributionStatut-fra",
    "gsin_codes": "gsin-nibs",
    "unspsc_codes": "unspsc",
    **{f"{name}_en": f"{heading}-eng" for name, heading in _TWINS.items()},
    **{f"{name}_fr": f"{heading}-fra" for name, heading in _TWINS.items()},
}
_HISTORY_HEADINGS = {
    **HEADINGS,
    "reference": "procurementNumber-numeroApprovisionnement",
    "status_en": "contractStatus-statutContrat-eng",
    "status_fr": "contractStatus-statutContrat-fra",
}


def _columns(headings: dict[str, str], *required: str) -> Columns:
    spelled = {column: (fold_heading(heading),) for column, heading in headings.items()}
    return Columns(spelled, required=("amendment", "supplier_en", "status_en", *required))


COLUMNS = _columns(HEADINGS, "reference", "title_en", "title_fr")
# What the file of history is keyed by was not seen by us: it has a contract number in any case.
HISTORY_COLUMNS = _columns(_HISTORY_HEADINGS, "contract")

_STATUSES = {
    "active": ACTIVE, "actif": ACTIVE, "expired": EXPIRED, "expire": EXPIRED,
    "cancelled": CANCELLED, "canceled": CANCELLED, "annule": CANCELLED,
}  # fmt: skip
_SHORT_TEXTS = {
    "solicitation": 80, "contract": 80, "title_en": 400, "title_fr": 400, "buyer_en": 300,
    "buyer_fr": 300,
}  # fmt: skip
_DATES = ("published_on", "awarded_on", "amended_on", "starts_on", "ends_on")
CANADIAN = "CAD"
_CURRENCIES = {"can": CANADIAN, "cdn": CANADIAN}
_KEPT = (
    "amendment", "solicitation", "title_en", "title_fr", "awarded_on", "amended_on", "starts_on",
    "buyer_en", "buyer_fr", "description_fr",
)  # fmt: skip


@dataclass
class AwardFacts(ContractFacts):
    """One notice of an award or an amendment of it; `key` is the row's, `source_key` the award's.

    Of the rows with one `source_key` the one with the highest `rank` counts.
    """

    award: str = ""

    @property
    def source_key(self) -> str:
        return self.award

    @property
    def rank(self) -> tuple[int, dt.date, str]:
        values = self.values
        return amendment_rank(values["amendment"], values["amended_on"] or values["awarded_on"])


class AwardFormat:
    """The `canadabuys` and `canadabuys-history` formats of awards."""

    def __init__(self, classes: Collection[str], source: SourceNote, columns: Columns):
        self._classes, self.source, self._columns = classes, source, columns

    def rows(self, feed: Feed, problems: Problems) -> Iterator[Row]:
        return read_csv(feed, self._columns, problems)

    def record(self, row: Row, problems: Problems) -> AwardFacts:
        """The award of a row.

        Raises RowRefused without a number, a title, a supplier or an amendment that can be
        ordered; what else cannot be read is left out with a warning.
        """
        return _Award(row, problems, self._classes).facts()


def award_format(classes: Collection[str]) -> AwardFormat:
    """Of award notices."""
    return AwardFormat(classes, AWARDS, COLUMNS)


def history_format(classes: Collection[str]) -> AwardFormat:
    """Of contract history."""
    return AwardFormat(classes, HISTORY, HISTORY_COLUMNS)


class _Award(NoticeRow):
    """One row on its way into facts."""

    def facts(self) -> AwardFacts:
        read: dict[str, Any] = {"amendment": self._amendment()}
        read.update({name: self._short(name, most) for name, most in _SHORT_TEXTS.items()})
        # Rows of history need not have a number of a notice.
        notice = self._reference() if self._text("reference") or not read["contract"] else None
        if not (read["title_en"] or read["title_fr"]):
            raise self._refusal("title_en", _("The notice has no title in either language."))
        name = self._supplier()
        read.update({date: self._date(date) for date in _DATES})
        texts = (self._text("description_en"), self._text("description_fr"))
        read["description_fr"] = texts[1] or None
        codes = self._class_codes(
            self._values("gsin_codes"), read["title_en"], read["title_fr"], *texts
        )
        value, currency = self._value(), self._currency()
        values = {
            **{column: read[column] for column in _KEPT},
            "notice": notice,
            "reference": read["contract"],
            "delivery_on": read["ends_on"],
            "description": texts[0] or texts[1] or read["title_en"] or read["title_fr"],
            # A contract has one class here: the first that its codes name, goods before words.
            "class_code": codes[0] if codes else None,
            "value": value,
            "currency": currency,
            "value_cad": value if currency == CANADIAN else None,
            "amended": read["amendment"] != "000",
            "status": self._status(_STATUSES),
            "unspsc_codes": self._values("unspsc_codes"),
            "as_of": read["amended_on"] or read["published_on"] or read["awarded_on"],
        }
        award = short_key(notice, read["contract"])
        return AwardFacts(
            f"{award}/{read['amendment']}",
            self._row,
            fold_words(name),
            name,
            values,
            (self._place("city", 120), self._place("province", 80)),
            award=award,
        )

    def _supplier(self) -> str:
        """The name as the buyer wrote it; the one that the publisher made of it only without."""
        for column in ("supplier_en", "supplier_fr", "standard_en", "standard_fr"):
            name = " ".join(self._text(column).split())
            if len(name) > LONGEST_NAME:
                reason = _("The text is longer than %(limit)d characters.", limit=LONGEST_NAME)
                raise self._refusal(column, reason)
            if name:
                return name
        raise self._refusal("supplier_en", _("The notice names no supplier."))

    def _place(self, part: str, most: int) -> str | None:
        return self._short(f"{part}_en", most) or self._short(f"{part}_fr", most)

    def _value(self) -> Decimal | None:
        """Of the whole contract. 0 is unknown: nothing is bought for nothing."""
        for column in ("total", "amount"):
            text = self._text(column).removeprefix("$")
            if not text:
                continue
            number = parse_decimal(text)
            if number is None or abs(number) >= LARGEST_VALUE:
                self._warn(column, text, _("This is not an amount."))
            elif rounded := round(number, 2):
                return rounded
        return None

    def _currency(self) -> str | None:
        text = self._text("currency").upper()
        code = _CURRENCIES.get(text.lower(), text)
        if code and not (len(code) == 3 and code.isascii() and code.isalpha()):
            self._warn("currency", text, _("The word is not one that the format knows."))
            return None
        return code or None


def short_key(notice: str | None, contract: str | None) -> str:
    """One key for a notice and the contract that it tells of: some notices tell of several."""
    whole = f"{notice or ''}|{contract or ''}"
    return whole if len(whole) <= 64 else hashlib.sha256(whole.encode()).hexdigest()
