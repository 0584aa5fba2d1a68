"""Tenders with the awards that are known of them, as OCDS 1.1 releases."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from registry.demand.awards import CANADIAN
from registry.demand.models import CANCELLED, Contract
from registry.demand.ocds import IDENTIFIERS
from registry.feeds.packages import Json, day_text, in_both, stated
from registry.tenders.models import Tender
from registry.tenders.releases import release_of

_AT_ONCE = 200
_SCHEMES = {str(scheme): code for code, scheme in reversed(IDENTIFIERS.items())}


def releases_with_awards(session: Session, tenders: Iterable[Tender]) -> Iterator[Json]:
    """A release of each tender, with its awards: those of its solicitation, or of its ocid.

    One query for some hundred tenders, which are not kept.
    """
    rest = iter(tenders)
    while some := list(islice(rest, _AT_ONCE)):
        awards = _awards_of(session, some)
        for tender in some:
            yield _with_awards(release_of(tender), awards[tender.id])


def _awards_of(session: Session, tenders: Sequence[Tender]) -> dict[int, list[Contract]]:
    numbers = {tender.solicitation for tender in tenders if tender.solicitation}
    notices = {tender.reference for tender in tenders}
    query = (
        select(Contract)
        .where(or_(Contract.solicitation.in_(numbers), Contract.notice.in_(notices)))
        .options(joinedload(Contract.vendor))
        .order_by(Contract.id)
    )
    by_number: dict[str | None, list[Contract]] = defaultdict(list)
    by_notice: dict[str | None, list[Contract]] = defaultdict(list)
    for contract in session.scalars(query):
        by_number[contract.solicitation].append(contract)
        by_notice[contract.notice].append(contract)
    found: dict[int, list[Contract]] = {}
    for tender in tenders:
        told = by_notice[tender.reference]
        if not told and tender.solicitation:
            told = by_number[tender.solicitation]
        found[tender.id] = _once(told)
    return found


def _once(contracts: Sequence[Contract]) -> list[Contract]:
    """Each supplier of each contract once: notices of awards and contract history tell of both."""
    kept: dict[Any, Contract] = {}
    for contract in contracts:
        number = (contract.reference or contract.source_key).replace(" ", "").upper()
        kept.setdefault((number, contract.vendor.name), contract)
    return list(kept.values())


def _with_awards(release: Json, contracts: Sequence[Contract]) -> Json:
    if not contracts:
        return release
    parties: list[Json] = []
    awards: dict[str, Json] = {}
    for place, contract in enumerate(contracts, start=1):
        vendor = contract.vendor
        supplier = {"id": f"supplier-{place}", "name": vendor.name}
        parties.append({**supplier, "roles": ["supplier"], **_identity(contract)})
        number = contract.reference or contract.source_key
        award = awards.setdefault(number, _award(contract, number, release["language"]))
        award["suppliers"].append(supplier)
    return {
        **release,
        "tag": [*release["tag"], "award"],
        "parties": [*release.get("parties", []), *parties],
        "awards": list(awards.values()),
    }


def _identity(contract: Contract) -> Json:
    """What the publisher states of a supplier: never what the registry knows of the firm."""
    vendor = contract.vendor
    identifiers = [
        {"scheme": _SCHEMES[scheme], "id": value} for scheme, value in vendor.identifiers or ()
    ]
    return stated(
        {
            "identifier": identifiers[0] if identifiers else None,
            "additionalIdentifiers": identifiers[1:],
            "address": stated({"locality": vendor.city, "region": vendor.province}),
        }
    )


def _award(contract: Contract, number: str, language: str) -> Json:
    period = {"startDate": day_text(contract.starts_on), "endDate": day_text(contract.delivery_on)}
    titles = (contract.title_en, contract.title_fr)
    if not any(titles):
        titles = (contract.description, None)
    items = [{"scheme": "NSC", "id": contract.class_code}] if contract.class_code else []
    items += [{"scheme": "UNSPSC", "id": code} for code in contract.unspsc_codes or ()]
    said = {
        "id": number,
        **in_both("title", *titles, language),
        "status": "cancelled" if contract.status == CANCELLED else "active",
        "date": day_text(contract.awarded_on),
        "value": _value(contract),
        "contractPeriod": stated(period),
        "items": [
            {"id": str(place), "classification": one} for place, one in enumerate(items, start=1)
        ],
    }
    return {**stated(said), "suppliers": []}


def _value(contract: Contract) -> Json:
    """As published, or in Canadian dollars alone where the source has no currency of its own."""
    amount = contract.value if contract.currency else contract.value_cad
    if amount is None:
        return {}
    return {"amount": _number(amount), "currency": contract.currency or CANADIAN}


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)
