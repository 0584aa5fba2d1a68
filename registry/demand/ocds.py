"""Awards out of OCDS 1.1 releases: each supplier of each award, or of each of its contracts."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from registry.demand.awards import CANADIAN, AwardFacts, short_key
from registry.demand.dnd import LARGEST_VALUE, LONGEST_NAME, Identifiers
from registry.demand.models import ACTIVE, CANCELLED, EXPIRED
from registry.feeds.importing import SourceNote
from registry.feeds.ocds import Node, Release, read_releases
from registry.feeds.packages import PREFIX
from registry.feeds.problems import Problems
from registry.feeds.reader import Feed, Row
from registry.feeds.text import fold_words
from registry.firms.identifiers import check_identifier
from registry.firms.models import IdentifierType
from registry.i18n import gettext as _
from registry.tenders.notice_rows import named_classes
from registry.tenders.ocds import SCHEMES

SOURCE = SourceNote(
    "ocds-awards",
    "Awards published as open contracting data (OCDS)",
    "Attributions publiées en données ouvertes sur les marchés (OCDS)",
    None,
)
# Codes of org-id.guide and what publishers write in their place.
IDENTIFIERS = {
    "CA-BN": IdentifierType.BUSINESS_NUMBER,
    "CA-CRA_ACR": IdentifierType.BUSINESS_NUMBER,
    "CA-CC": IdentifierType.CORPORATION_NUMBER,
    "CA-CCC": IdentifierType.CCC,
    "NCAGE": IdentifierType.NCAGE,
    "CAGE": IdentifierType.NCAGE,
    "US-SAM": IdentifierType.UEI,
    "US-UEI": IdentifierType.UEI,
}
_AWARD = {"active": ACTIVE, "cancelled": CANCELLED}
_CONTRACT = {"active": ACTIVE, "pending": ACTIVE, "terminated": EXPIRED, "cancelled": CANCELLED}
Pair = tuple[str | None, str | None]
# How the awards begin that the registry makes of what came of a shortlist: no published contracts.
OUTCOME = f"{PREFIX}shortlist-"
MOST_PLACES = 2_000  # suppliers of awards and contracts of one release
_NO_AWARD = ("pending", "unsuccessful")


@dataclass
class ReleasedAward(AwardFacts):
    """One contract of one supplier as a release tells of it."""

    @property
    def rank(self) -> Any:
        """Where the release stands among those that tell of the same."""
        return self.values["released_at"], self.values["release_id"]


class OcdsAwardFormat:
    """The `ocds` format of awards. `classes` are the supply classes that the registry knows."""

    source = SOURCE

    def __init__(self, classes: Collection[str]):
        self._classes = classes

    def rows(self, feed: Feed, problems: Problems) -> Iterator[Row]:
        """A row for each award or contract and each of its suppliers."""
        for row in read_releases(feed, problems, lambda release: bool(release.get("awards"))):
            places = list(islice(_places(row.values["release"]), MOST_PLACES + 1))
            if len(places) > MOST_PLACES:
                awards = Release(row, problems).root["awards"]
                reason = _("The release has more than %(most)d suppliers.", most=MOST_PLACES)
                problems.refuse(row.line, Release(row, problems).refusal(awards, reason))
                continue
            for place in places:
                yield replace(row, values={**row.values, "place": place})

    def record(self, row: Row, problems: Problems) -> ReleasedAward:
        """The award of a row.

        Raises RowRefused without ocid, id or date of the release, and without an id or a supplier
        of the award; what else cannot be read is left out with a warning.
        """
        return _Award(row, problems).facts(self._classes)


def _places(release: dict[str, Any]) -> Iterator[tuple[int, int | None, int]]:
    """(award, contract of it or None, supplier) by their places; one supplier if none is named."""
    root = Node(release, "")
    for award_at, award in enumerate(root["awards"].each()):
        if award["status"].value in _NO_AWARD or str(award["id"].value).startswith(OUTCOME):
            continue
        contracts: list[int | None] = [
            place
            for place, contract in enumerate(root["contracts"].each())
            if contract["awardID"] and contract["awardID"].value == award["id"].value
        ]
        for contract_at in contracts or [None]:
            for supplier_at in range(max(len(award["suppliers"].each()), 1)):
                yield award_at, contract_at, supplier_at


class _Award(Release):
    """One award of a release on its way into facts; a contract of it says more than it does."""

    def __init__(self, row: Row, problems: Problems):
        super().__init__(row, problems)
        award_at, contract_at, supplier_at = row.values["place"]
        self._award = self.root["awards"].each()[award_at]
        self._contract = Node(None, self._award.path)
        if contract_at is not None:
            self._contract = self.root["contracts"].each()[contract_at]
        self._suppliers = self._award["suppliers"].each()
        self._supplier = (self._suppliers or [self._award["suppliers"]])[
            supplier_at if self._suppliers else 0
        ]

    def facts(self, classes: Collection[str]) -> ReleasedAward:
        ocid, release_id, moment = self.head()
        number = self.short(self._contract["id"], 80) or self.short(self._award["id"], 80)
        if not number:
            raise self.refusal(self._award["id"], _("The award has no id."))
        name, identifiers, place = self._vendor()
        vendor = "|".join((*(":".join(pair) for pair in identifiers), fold_words(name)))
        texts = self._texts()
        values = {
            "amendment": "000",
            "amended": False,
            "amended_on": None,
            "notice": ocid,
            "reference": number,
            "solicitation": self.short(self.root["tender"]["id"], 80),
            **texts,
            **self._dates(),
            **self._worth(),
            "status": self._status(),
            **self._codes(classes, texts),
            **self._buyer(),
            "released_at": moment,
            "release_id": release_id,
            "as_of": moment.date(),
        }
        key = short_key(ocid, f"{self.text(self._award['id'])}|{number}|{vendor}")
        vendor_key = vendor if len(vendor) <= LONGEST_NAME else vendor[:LONGEST_NAME]
        return ReleasedAward(
            f"{key}/{release_id}", self.row, vendor_key, name, values, place, identifiers, key
        )

    def _vendor(self) -> tuple[str, Identifiers, tuple[str | None, str | None]]:
        """(name, identifiers, (city, province)) of the supplier. Raises RowRefused."""
        party = self.party(self._supplier)
        names = (self._supplier["name"], party["name"], party["identifier"]["legalName"])
        name = next((text for node in names if (text := " ".join(self.text(node).split()))), "")
        if not name:
            raise self.refusal(self._supplier["name"], _("The award names no supplier."))
        if len(name) > LONGEST_NAME:
            reason = _("The text is longer than %(limit)d characters.", limit=LONGEST_NAME)
            raise self.refusal(self._supplier["name"], reason)
        address = party["address"]
        place = self.short(address["locality"], 120), self.short(address["region"], 80)
        return name, self._identifiers(party), place

    def _identifiers(self, party: Node) -> Identifiers:
        """Those of schemes that the registry knows, in their one spelling."""
        found: dict[tuple[str, str], None] = {}
        for node in (party["identifier"], *party["additionalIdentifiers"].each()):
            scheme = IDENTIFIERS.get(self.text(node["scheme"]).upper())
            text = self.text(node["id"])
            if scheme is None or not text:
                continue
            checked = check_identifier(scheme, text)
            if checked.well_formed:
                found[(str(scheme), checked.value)] = None
            else:
                self.warn(node["id"], checked.remark)
        return tuple(found)

    def _texts(self) -> dict[str, str | None]:
        def short(node: Node) -> str | None:
            return self.short(node, 400)

        places = (self._contract, self._award, self.root["tender"])
        titles = self._first(places, "title", short)
        if not any(titles):
            raise self.refusal(
                self._award["title"], _("The notice has no title in either language.")
            )
        told = self._first(places[:2], "description", lambda node: self.text(node) or None)
        return {
            "title_en": titles[0],
            "title_fr": titles[1],
            "description": told[0] or told[1] or titles[0] or titles[1],
            "description_fr": told[1],
        }

    def _first(self, places: tuple[Node, ...], name: str, take: Any) -> Pair:
        found = (self.pair(node, name, take) for node in places)
        return next((pair for pair in found if any(pair)), (None, None))

    def _dates(self) -> dict[str, dt.date | None]:
        period = self._contract["period"] or self._award["contractPeriod"]
        signed = self._contract["dateSigned"] or self._award["date"]
        return {
            "awarded_on": self.day(signed),
            "starts_on": self.day(period["startDate"]),
            "delivery_on": self.day(period["endDate"]),
        }

    def _worth(self) -> dict[str, Any]:
        """Of the whole. What each of several suppliers has of it is not known; nor is what is 0."""
        alone = len(self._suppliers) < 2
        value = self._contract["value"] or self._award["value"]
        amount, currency = self._amount(value["amount"]), self.text(value["currency"]).upper()
        known = amount if alone else None
        return {
            "value": known,
            "currency": currency if len(currency) == 3 and currency.isalpha() else None,
            "value_cad": known if currency == CANADIAN else None,
        }

    def _amount(self, node: Node) -> Decimal | None:
        if not node:
            return None
        is_number = isinstance(node.value, (int, Decimal)) and not isinstance(node.value, bool)
        number = Decimal(node.value) if is_number else LARGEST_VALUE
        if abs(number) >= LARGEST_VALUE:
            self.warn(node, _("This is not an amount."))
            return None
        return round(number, 2) or None

    def _status(self) -> str | None:
        status: str | None = self.known(self._award["status"], _AWARD)
        if status == CANCELLED or not self._contract["status"]:
            return status
        told: str | None = self.known(self._contract["status"], _CONTRACT)
        return told or status

    def _codes(self, classes: Collection[str], texts: dict[str, str | None]) -> dict[str, Any]:
        """The first class that is named, and codes of the UNSPSC, if need be the tender's."""
        places = (self._contract, self._award, self.root["tender"])
        items = next((items for node in places if (items := node["items"].each())), [])
        found: dict[str, list[str]] = {"gsin": [], "unspsc": [], "nsc": []}
        for item in items:
            for one in (item["classification"], *item["additionalClassifications"].each()):
                if scheme := SCHEMES.get(self.text(one["scheme"]).upper()):
                    found[scheme].append(self.text(one["id"]))
        named = [*found["nsc"], *named_classes(found["gsin"], *texts.values())]
        return {
            "class_code": next((code for code in named if code in classes), None),
            "unspsc_codes": list(dict.fromkeys(filter(None, found["unspsc"]))),
        }

    def _buyer(self) -> dict[str, str | None]:
        def name(node: Node) -> str | None:
            return self.short(node, 300)

        reference = self.root["tender"]["procuringEntity"] or self.root["buyer"]
        places = (reference, self.party(reference))
        english, french = self._first(places, "name", name)
        return {"buyer_en": english, "buyer_fr": french}
