"""The registry's firms as records that a name or an identifier is compared with."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.identity import Candidate, Place, Record
from registry.firms.models import Firm, FirmName, Identifier, Listing, Site

STRONGEST_PARTS = 2


def identity_records(
    session: Session,
    listings: Collection[str] = (Listing.LISTED,),
    firm_ids: Collection[int] | None = None,
) -> Iterator[Record]:
    """Names, well-formed identifiers and place of each firm, in four queries.

    `firm_ids` None means all.
    """

    def of_these(query: Any, column: Any) -> Any:
        return query if firm_ids is None else query.where(column.in_(firm_ids))

    names: dict[int, list[str]] = defaultdict(list)
    query = of_these(select(FirmName.firm_id, FirmName.name), FirmName.firm_id)
    for firm_id, name in session.execute(query):
        names[firm_id].append(name)
    identifiers: dict[int, list[tuple[str, str]]] = defaultdict(list)
    query = select(Identifier.firm_id, Identifier.scheme, Identifier.value)
    query = of_these(query.where(Identifier.well_formed), Identifier.firm_id)
    for firm_id, scheme, value in session.execute(query):
        identifiers[firm_id].append((scheme, value))
    places = _places(session, of_these)
    firms = select(Firm.id, Firm.name).where(Firm.listed.in_(listings)).order_by(Firm.id)
    for firm_id, name in session.execute(of_these(firms, Firm.id)):
        all_names = dict.fromkeys((name, *sorted(names[firm_id])))
        found = tuple(identifiers[firm_id])
        yield Record(firm_id, tuple(all_names), found, places.get(firm_id))


def _places(session: Session, of_these: Any) -> dict[int, Place]:
    """Where each firm is: its first site."""
    places: dict[int, Place] = {}
    query = select(Site.firm_id, Site.province, Site.city, Site.postal_code).order_by(Site.id)
    for firm_id, province, city, postal_code in session.execute(of_these(query, Site.firm_id)):
        place = Place(province or "", city or "", (postal_code or "")[:3])
        places.setdefault(firm_id, place)
    return places


def reasons_of(found: Candidate, language: str) -> list[str]:
    """The rules that bounded the score, then its strongest parts."""
    if found.comparison is None:
        return []
    parts = [part for part in found.comparison.parts if part.name not in ("base", "limits")]
    parts.sort(key=lambda part: -abs(part.points))
    texts = [*found.comparison.limits, *parts[:STRONGEST_PARTS]]
    return [str(getattr(text, f"text_{language}")) for text in texts]
