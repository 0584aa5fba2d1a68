"""Tenders out of OCDS 1.1 releases; `registry.tenders.releases` writes them the same way.

A notice is known by its ocid. Its newest release counts, and what that one leaves out stays as an
earlier one said it, as the standard merges releases. Contact persons are left where they are.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.feeds.importing import SourceNote
from registry.feeds.ocds import COMPILED, Node, Release, read_releases, tags_of
from registry.feeds.problems import Problems
from registry.feeds.reader import Feed, Row
from registry.i18n import gettext as _
from registry.tenders.canadabuys import CLOSING_ZONE, KINDS, TenderFacts, read_moment, search_words
from registry.tenders.models import CANCELLED, EXPIRED, OPEN
from registry.tenders.notice_rows import named_classes

SOURCE = SourceNote(
    "ocds-tenders",
    "Tenders published as open contracting data (OCDS)",
    "Appels d’offres publiés en données ouvertes sur les marchés (OCDS)",
    None,  # each release has its own date
)
STATUSES = {
    "active": OPEN, "complete": EXPIRED, "unsuccessful": EXPIRED,
    "cancelled": CANCELLED, "withdrawn": CANCELLED,
}  # fmt: skip
CATEGORIES = {"goods": "GD", "services": "SRV", "works": "CNST"}
CANCELLATION = "tenderCancellation"
_LATER = {"tenderAmendment", "tenderUpdate", CANCELLATION}  # may say only what is new
_TENDER = {"tender", *_LATER, COMPILED}
_PLANNED = ("planning", "planned")
SCHEMES = {"UNSPSC": "unspsc", "GSIN": "gsin", "NSC": "nsc", "FSC": "nsc"}
NOTICE = "tenderNotice"  # the document that is the notice itself
_AMENDMENT = re.compile(r"[A-Z]{0,2}\d{1,6}")
TEXTS = ("title_en", "title_fr", "description_en", "description_fr")
Released = tuple[dt.datetime, str]
LISTS = {"agreements": "tradeAgreements", "delivery": "deliveryRegions"}  # local fields


@dataclass
class ReleasedTender(TenderFacts):
    """What one release says of a notice; `reference` is its ocid."""

    @property
    def key(self) -> str:
        return f"{self.reference}/{self.values['release_id']}"

    @property
    def place(self) -> Released:
        """Where the release stands among those of its notice."""
        return place_of(self.values)

    def over(self, earlier: dict[str, Any]) -> "ReleasedTender":
        """The same with what it leaves out as `earlier` has it."""
        kept = {
            name: earlier.get(name, value) if value is None or value == [] else value
            for name, value in self.values.items()
        }
        kept["amendment"] = kept["amendment"] or "000"
        kept["words"] = search_words(self.reference, kept)
        return ReleasedTender(self.reference, self.row, kept)


def place_of(values: Mapping[str, Any]) -> Released:
    """The place of a release of which these are columns: by its moment, then by its id."""
    return values["released_at"], values["release_id"]


class OcdsFormat:
    """The `ocds` format of tenders. `classes` are the supply classes that the registry knows."""

    source = SOURCE

    def __init__(self, classes: Collection[str]):
        self._classes = classes

    def rows(self, feed: Feed, problems: Problems) -> Iterator[Row]:
        """The releases of tenders; those of plans, awards and contracts alone are passed over."""
        return read_releases(feed, problems, _is_tender)

    def record(self, row: Row, problems: Problems) -> ReleasedTender:
        """The notice of a release.

        Raises RowRefused without ocid, id or date, and without a title unless it changes a notice;
        what else cannot be read is left out with a warning.
        """
        return _Tender(row, problems).facts(self._classes)


def _is_tender(release: dict[str, Any]) -> bool:
    tender = release.get("tender")
    planned = isinstance(tender, dict) and tender.get("status") in _PLANNED
    return bool(tender) and not planned and bool(tags_of(release) & _TENDER)


class _Tender(Release):
    """One release on its way into facts."""

    def facts(self, classes: Collection[str]) -> ReleasedTender:
        ocid, number, moment = self.head()
        tender = self.root["tender"]
        values: dict[str, Any] = {"released_at": moment, "release_id": number}
        values["solicitation"] = self.short(tender["id"], 80)
        self._texts_into(values, tender)
        if not (values["title_en"] or values["title_fr"] or self.tags & _LATER):
            raise self.refusal(tender["title"], _("The notice has no title in either language."))
        self._dates_into(values, tender)
        values["status"] = self._status(tender)
        values["kinds"] = self._kinds(tender)
        self._codes_into(values, tender, classes)
        self._organizations_into(values, tender)
        for name, field in LISTS.items():
            values[f"{name}_en"] = self._listed(tender[field])
            values[f"{name}_fr"] = self._listed(tender[f"{field}_fr"])
        values["words"] = search_words(ocid, values)
        return ReleasedTender(ocid, self.row, values)

    def _texts_into(self, values: dict[str, Any], tender: Node) -> None:
        def short(most: int) -> Any:
            return lambda node: self.short(node, most)

        values["title_en"], values["title_fr"] = self.pair(tender, "title", short(400))
        values["notice_type_en"], values["notice_type_fr"] = self.pair(
            tender, "procurementMethodDetails", short(200)
        )
        told = self.pair(tender, "description", lambda node: self.text(node) or None)
        values["description_en"], values["description_fr"] = told if any(told) else self._of_items()

    def _of_items(self) -> tuple[str | None, str | None]:
        """Where no text says what is wanted: what the items are called, whatever their scheme."""
        lines: dict[str, dict[str, None]] = {"en": {}, "fr": {}}
        for item in self.root["tender"]["items"].each():
            for node in (item, item["classification"]):
                for twin, text in zip(
                    lines, self.pair(node, "description", self.text), strict=True
                ):
                    lines[twin] |= {text: None} if text else {}
        english, french = ("\n".join(found) or None for found in lines.values())
        return english, french

    def _dates_into(self, values: dict[str, Any], tender: Node) -> None:
        period, contract = tender["tenderPeriod"], tender["contractPeriod"]
        values["amendment"], values["amended_on"] = self._amendment(tender)
        values["published_on"] = self._published(tender)
        values["closes_at"] = self._closing(period["endDate"])
        values["starts_on"] = self.day(contract["startDate"])
        values["ends_on"] = self.day(contract["endDate"])
        values["as_of"] = values["amended_on"] or values["published_on"]
        notices = dict.fromkeys(("en", "fr"))
        for document in tender["documents"].each():
            if document["documentType"].value == NOTICE:
                twin = "fr" if str(document["language"].value).startswith("fr") else "en"
                notices[twin] = notices[twin] or self.address(document["url"])
        values["url_en"], values["url_fr"] = notices["en"], notices["fr"]

    def _amendment(self, tender: Node) -> tuple[str | None, dt.date | None]:
        """(number, day) of the newest; without one the day of a release that changes the notice."""
        later = self.day(self.root["date"]) if self.tags & _LATER else None
        amendments = tender["amendments"].each()
        if not amendments:
            return None, later
        number = self.text(amendments[-1]["id"]).upper()
        if not _AMENDMENT.fullmatch(number):  # publishers number them as they like
            number = f"{len(amendments):03d}"
        return number, self.day(amendments[-1]["date"]) or later

    def _published(self, tender: Node) -> dt.date | None:
        """The first day of offers, or of the notice, or of the release that announced it."""
        if day := self.day(tender["tenderPeriod"]["startDate"]):
            return day
        for document in tender["documents"].each():
            if document["documentType"].value == NOTICE and document["datePublished"]:
                return self.day(document["datePublished"])
        return self.day(self.root["date"]) if "tender" in self.tags else None

    def _closing(self, node: Node) -> dt.datetime | None:
        text = self.text(node)
        if len(text) != 10:
            return self.moment(node, CLOSING_ZONE)
        try:
            return read_moment(text).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self.warn(node, _("This is not a time of closing."))
            return None

    def _status(self, tender: Node) -> str | None:
        if CANCELLATION in self.tags:
            return CANCELLED
        status: str | None = self.known(tender["status"], STATUSES)
        return status

    def _kinds(self, tender: Node) -> list[str]:
        """Codes of CanadaBuys where the release has them too, and else the standard's own."""
        further = [self.text(one) for one in tender["additionalProcurementCategories"].each()]
        if own := [code for code in further if code in KINDS]:
            return own
        main = self.known(tender["mainProcurementCategory"], CATEGORIES)
        kinds = [main, *(CATEGORIES[code] for code in further if code in CATEGORIES)]
        return list(dict.fromkeys(kind for kind in kinds if kind))

    def _codes_into(self, values: dict[str, Any], tender: Node, classes: Collection[str]) -> None:
        found: dict[str, list[str]] = {
            f"{scheme}_{part}": [] for scheme in ("gsin", "unspsc", "nsc")
            for part in ("codes", "en", "fr")
        }  # fmt: skip
        for item in tender["items"].each():
            for one in (item["classification"], *item["additionalClassifications"].each()):
                if scheme := SCHEMES.get(self.text(one["scheme"]).upper()):
                    words = self.pair(one, "description", self.text)
                    for part, text in zip(
                        ("codes", "en", "fr"), (self.text(one["id"]), *words), strict=True
                    ):
                        found[f"{scheme}_{part}"].append(text or "")
        lists = {name: _distinct(texts) for name, texts in found.items()}
        named = named_classes(
            lists["gsin_codes"],
            *(
                values[f"{part}_{twin}"]
                for part in ("title", "description")
                for twin in ("en", "fr")
            ),
        )
        named = _distinct([*named, *lists["nsc_codes"]])
        values["class_codes"] = [code for code in named if code in classes]
        values.update({name: texts for name, texts in lists.items() if not name.startswith("nsc")})

    def _organizations_into(self, values: dict[str, Any], tender: Node) -> None:
        """Who buys, and for whom: the procuring entity, and buyers besides it."""
        buyers = [one for one in self.root["parties"].each() if _plays(one, "buyer")]
        buyers = buyers or [node for node in (self.root["buyer"],) if node]
        procuring = tender["procuringEntity"]
        if not procuring:
            procuring, buyers = (buyers or [procuring])[0], buyers[1:]
        names = self._names(procuring)
        values["buyer_en"], values["buyer_fr"] = names
        users = [self._names(node) for node in buyers]
        values["users_en"] = _distinct(english for english, _french in users)
        values["users_fr"] = _distinct(french for _english, french in users)

    def _names(self, reference: Node) -> tuple[str | None, str | None]:
        def name(node: Node) -> str | None:
            return self.short(node, 300)

        found = self.pair(reference, "name", name)
        return found if any(found) else self.pair(self.party(reference), "name", name)

    def _listed(self, node: Node) -> list[str]:
        return _distinct(self.short(one, 200) for one in node.each())


def _plays(party: Node, role: str) -> bool:
    return any(one.value == role for one in party["roles"].each())


def _distinct(texts: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
