"""Notices as OCDS 1.1 releases, as `registry.tenders.ocds` reads them."""

from collections.abc import Container
from typing import Any

from registry.db import utcnow
from registry.feeds.packages import (
    PREFIX,
    Json,
    day_moment,
    day_text,
    in_both,
    moment_text,
    pairs,
    stated,
)
from registry.tenders.models import CANCELLED, EXPIRED, OPEN, Tender
from registry.tenders.ocds import CATEGORIES, LISTS, NOTICE, SOURCE

_STATUSES = {OPEN: "active", EXPIRED: "complete", CANCELLED: "cancelled"}
_CATEGORIES = {code: name for name, code in CATEGORIES.items()} | {"SRVTGD": "services"}
PROCURING = "procuring-entity"


def ocid_of(tender: Tender) -> str:
    """The publisher's ocid of a notice, or our own of one that was published without."""
    if tender.source.code == SOURCE.code:
        return tender.reference
    return f"{PREFIX}{tender.source.code}-{tender.reference}"


def own_notice(ocid: str, sources: Container[str]) -> tuple[str, str] | None:
    """(source, reference) of the notice to which a registry like this gave the ocid, if one did."""
    rest = ocid.removeprefix(PREFIX)
    if rest == ocid:
        return None
    places = [place for place, letter in enumerate(rest) if letter == "-"]
    codes = ((rest[:place], rest[place + 1 :]) for place in places)
    return next((pair for pair in codes if pair[0] in sources), None)


def release_of(tender: Tender) -> Json:
    """The notice as a release: everything that is kept of it, and nothing of the registry's own."""
    language = "en" if tender.title_en or tender.description_en else "fr"
    ocid = ocid_of(tender)
    dated = tender.amended_on or tender.published_on
    moment = tender.released_at or (day_moment(dated) if dated else utcnow())
    identity = f"{ocid}-{tender.amendment}-{moment:%Y%m%d}".replace("#", "-")
    buyer, parties = _organizations(tender, language)
    return stated(
        {
            "ocid": ocid,
            "id": tender.release_id or identity,
            "date": moment_text(moment),
            "tag": [_tag(tender)],
            "initiationType": "tender",
            "language": language,
            "parties": parties,
            "buyer": buyer,
            "tender": _tender(tender, language),
        }
    )


def _tag(tender: Tender) -> str:
    """What the release tells of: a new notice, a change, or what all of them added up to."""
    if tender.published_on:
        return "tender"
    return "tenderUpdate" if tender.amended_on else "compiled"


def _organizations(tender: Tender, language: str) -> tuple[Json, list[Json]]:
    """(the first buyer, all parties): the contracting entity, and those for whom it buys."""
    parties: list[Json] = []
    if tender.buyer_en or tender.buyer_fr:
        name = in_both("name", tender.buyer_en, tender.buyer_fr, language)
        parties.append({"id": PROCURING, "roles": ["procuringEntity"], **name})
    for number, names in enumerate(pairs(tender.users_en, tender.users_fr), start=1):
        name = in_both("name", *names, language)
        parties.append({"id": f"buyer-{number}", "roles": ["buyer"], **name})
    buyers = [party for party in parties if party["roles"] == ["buyer"]]
    return (_without_roles(buyers[0]) if buyers else {}), parties


def _without_roles(party: Json) -> Json:
    return {name: value for name, value in party.items() if name != "roles"}


def _tender(tender: Tender, language: str) -> Json:
    def both(name: str, column: str) -> Json:
        english, french = (getattr(tender, f"{column}_{twin}") for twin in ("en", "fr"))
        return in_both(name, english, french, language)

    listed = {
        name + end: getattr(tender, f"{column}_{twin}")
        for column, name in LISTS.items()
        for twin, end in (("en", ""), ("fr", "_fr"))
    }
    return stated(
        {
            "id": tender.solicitation or tender.reference,
            **both("title", "title"),
            **both("description", "description"),
            "status": _STATUSES.get(tender.status or ""),
            "procuringEntity": _procuring(tender, language),
            **both("procurementMethodDetails", "notice_type"),
            "mainProcurementCategory": _CATEGORIES[tender.kinds[0]] if tender.kinds else None,
            "additionalProcurementCategories": tender.kinds,
            "items": _items(tender, language),
            "tenderPeriod": stated(
                {
                    "startDate": day_text(tender.published_on),
                    "endDate": moment_text(tender.closes_at) if tender.closes_at else None,
                }
            ),
            "contractPeriod": stated(
                {"startDate": day_text(tender.starts_on), "endDate": day_text(tender.ends_on)}
            ),
            "documents": _documents(tender),
            "amendments": _amendments(tender),
            **listed,
        }
    )


def _procuring(tender: Tender, language: str) -> Json:
    """Without a name where only those are known for whom it buys: they are buyers all the same."""
    name = in_both("name", tender.buyer_en, tender.buyer_fr, language)
    return {"id": PROCURING, **name} if name or tender.users_en or tender.users_fr else {}


def _items(tender: Tender, language: str) -> list[Json]:
    found = [{"scheme": "NSC", "id": code} for code in tender.class_codes]
    for scheme in ("gsin", "unspsc"):
        codes, english, french = (getattr(tender, f"{scheme}_{x}") for x in ("codes", "en", "fr"))
        found += [
            {"scheme": scheme.upper(), **one} for one in _coded(codes, english, french, language)
        ]
    return [{"id": str(number), "classification": one} for number, one in enumerate(found, start=1)]


def _coded(
    codes: list[str], english: list[str], french: list[str], language: str
) -> list[dict[str, Any]]:
    """Codes with their words where there are as many of both; else words stand by themselves."""
    beside: list[Json] = [{"id": code} for code in codes]
    apart: list[Json] = []
    for texts, twin in ((english, "en"), (french, "fr")):
        told = [in_both("description", *_in(text, twin), language) for text in texts]
        if len(told) == len(codes):
            beside = [one | words for one, words in zip(beside, told, strict=True)]
        else:
            apart += told
    return beside + apart


def _in(text: str, twin: str) -> tuple[str | None, str | None]:
    return (text, None) if twin == "en" else (None, text)


def _documents(tender: Tender) -> list[Json]:
    """The notice where it was published."""
    addresses = {"en": tender.url_en, "fr": tender.url_fr}
    return [
        {"id": f"{NOTICE}-{twin}", "documentType": NOTICE, "url": url, "language": twin}
        for twin, url in addresses.items()
        if url
    ]


def _amendments(tender: Tender) -> list[Json]:
    if tender.amendment == "000" and tender.amended_on is None:
        return []
    return [stated({"id": tender.amendment, "date": day_text(tender.amended_on)})]
