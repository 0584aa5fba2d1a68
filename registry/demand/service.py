"""The vendors of contracts: how many are linked, which wait for a person, what the person says."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.audit.service import changed, record
from registry.db import utcnow
from registry.demand.links import BY_PERSON, LINKED, NONE, UNSURE
from registry.demand.models import Contract, Vendor
from registry.errors import NotFound
from registry.firms.service import announce_changes, get_firm
from registry.i18n import gettext as _

PAGE = 50


def list_unsure_vendors(session: Session, limit: int = PAGE) -> list[Vendor]:
    """Vendors that wait for a person, those with most contracts first, at most `limit`."""
    contracts = (
        select(func.count(Contract.id)).where(Contract.vendor_id == Vendor.id).scalar_subquery()
    )
    query = select(Vendor).where(Vendor.link == UNSURE).order_by(contracts.desc(), Vendor.id)
    return list(session.scalars(query.limit(limit)))


def count_unsure_vendors(session: Session) -> int:
    """How many vendors wait for a person."""
    return session.scalar(select(func.count(Vendor.id)).where(Vendor.link == UNSURE)) or 0


def contract_counts(session: Session, vendor_ids: Collection[int]) -> dict[int, int]:
    """How many published contract rows name each vendor; amendments count too."""
    query = (
        select(Contract.vendor_id, func.count(Contract.id))
        .where(Contract.vendor_id.in_(vendor_ids))
        .group_by(Contract.vendor_id)
    )
    return {**dict.fromkeys(vendor_ids, 0), **{row[0]: row[1] for row in session.execute(query)}}


def count_links(session: Session) -> dict[str, int]:
    """How many vendors are linked, unsure and without a firm."""
    query = select(Vendor.link, func.count(Vendor.id)).group_by(Vendor.link)
    found = {row[0]: row[1] for row in session.execute(query)}
    return {link: found.get(link, 0) for link in (LINKED, UNSURE, NONE)}


def decide_vendor(
    session: Session, actor_id: int | None, vendor_id: int, firm_id: int | None
) -> Vendor:
    """Keep a person's answer, a firm or none of them; no later import overrules it.

    Flushes; recorded in the audit trail. Raises NotFound if the vendor or the firm is not there.
    """
    vendor = session.get(Vendor, vendor_id)
    if vendor is None:
        raise NotFound(_("There is no supplier with the number %(id)s.", id=vendor_id))
    if firm_id is not None:
        get_firm(session, firm_id)
    before = _decision(vendor)
    touched = [touched for touched in (vendor.firm_id, firm_id) if touched is not None]
    vendor.firm_id = firm_id
    vendor.link = NONE if firm_id is None else LINKED
    vendor.method, vendor.confidence = BY_PERSON, None
    vendor.decided_by, vendor.decided_at = actor_id, utcnow()
    difference = changed(before, _decision(vendor))
    record(session, actor_id, "vendor.decide", "vendor", vendor_id, **difference)
    session.flush()
    announce_changes(session, dict.fromkeys(touched))
    return vendor


def _decision(vendor: Vendor) -> dict[str, Any]:
    return {"link": vendor.link, "firm_id": vendor.firm_id, "method": vendor.method}
