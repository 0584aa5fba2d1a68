"""What is known of one firm, put together from the features that hold it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, raiseload, selectinload

from registry.capabilities.models import Capability, ClassDeclaration
from registry.capabilities.seen import SeenLine, seen_lines
from registry.demand.models import Contract, Vendor, contract_number, stands
from registry.errors import NotFound
from registry.firms.models import Certificate, Firm, Listing
from registry.i18n import gettext as _
from registry.taxonomy.models import SupplyClass
from registry.taxonomy.service import class_titles
from registry.terms import CLEARANCE_SCHEMES
from registry.visibility.columns import only_seen
from registry.visibility.readers import Standing
from registry.visibility.table import Field, Reader, may_see


@dataclass(frozen=True)
class Award:
    """Contracts in one supply class; `entry` None when the class was not published."""

    entry: SupplyClass | None
    contracts: int
    latest: dt.date | None


@dataclass(frozen=True)
class Profile:
    firm: Firm
    capabilities: list[Capability]
    lines: list[SeenLine]
    classes: list[SupplyClass]
    awards: list[Award]
    vendors: list[Vendor]


def get_profile(session: Session, firm_id: int, standing: Standing) -> Profile:
    """What the firm's page shows this reader, in a fixed number of queries. Raises NotFound.

    What the reader may not see is not read: touching it raises. Of a firm that was merged, it is
    the firm that it went into.
    """
    reader = standing.to(firm_id)
    see_identifiers = may_see(reader, Field.IDENTIFIER)
    firm = session.get(
        Firm,
        firm_id,
        options=[
            selectinload(Firm.names),
            selectinload(Firm.sites),
            (selectinload if see_identifiers else raiseload)(Firm.identifiers),
            selectinload(Firm.industries),
            selectinload(Firm.statements),
            selectinload(_certificates(reader)).options(*only_seen(Certificate, reader)),
            selectinload(Firm.ownership),
            selectinload(Firm.source),
        ],
    )
    if firm is not None and firm.listed == Listing.MERGED and firm.merged_into_id:
        return get_profile(session, firm.merged_into_id, standing)
    if firm is None or firm.listed != Listing.LISTED:
        raise NotFound(_("There is no firm with the number %(id)s.", id=firm_id))
    vendors = session.scalars(select(Vendor).where(Vendor.firm_id == firm_id).order_by(Vendor.name))
    return Profile(
        firm=firm,
        capabilities=_capabilities(session, firm_id),
        lines=seen_lines(session, standing, [firm_id], whole=True),
        classes=_declared_classes(session, firm_id),
        awards=_awards(session, firm_id),
        vendors=list(vendors),
    )


def _capabilities(session: Session, firm_id: int) -> list[Capability]:
    query = select(Capability).where(Capability.firm_id == firm_id).order_by(Capability.id)
    return list(session.scalars(query))


def _certificates(reader: Reader) -> Any:
    """All of the firm's certificates, or those that are no clearance."""
    if may_see(reader, Field.CLEARANCE):
        return Firm.certificates
    return Firm.certificates.and_(Certificate.scheme.not_in(CLEARANCE_SCHEMES))


def _declared_classes(session: Session, firm_id: int) -> list[SupplyClass]:
    query = (
        select(SupplyClass)
        .join(ClassDeclaration, ClassDeclaration.class_code == SupplyClass.code)
        .where(ClassDeclaration.firm_id == firm_id)
        .order_by(SupplyClass.code)
    )
    return list(session.scalars(query))


def _awards(session: Session, firm_id: int) -> list[Award]:
    rows = session.execute(
        select(
            Contract.class_code,
            func.count(func.distinct(contract_number())),
            func.max(Contract.awarded_on),
        )
        .join(Vendor, Vendor.id == Contract.vendor_id)
        .where(Vendor.firm_id == firm_id, stands())
        .group_by(Contract.class_code)
    ).all()
    titles = class_titles(session, (code for code, _count, _latest in rows if code))
    awards = [Award(titles.get(code or ""), count, latest) for code, count, latest in rows]
    return sorted(awards, key=lambda award: -award.contracts)
