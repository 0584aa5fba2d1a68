"""What a list says of a firm: its name and its place, without the rest of its record.

Read as plain columns: objects of the mapper with their relationships take several times as long,
and a page of a search names some thirty firms.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.firms.models import Firm, FirmName, NameKind, Site

_PREFERRED = (NameKind.OPERATING, NameKind.LEGAL)


class Whereabouts(NamedTuple):
    """The city and the province of a site, as far as they are stated."""

    city: str | None
    province: str | None


@dataclass(frozen=True)
class Card:
    """A firm as a list names it; `named` holds the names that it has for a language."""

    id: int
    name: str
    listed: str
    as_of: dt.date | None
    main_site: Whereabouts | None
    named: Mapping[str, str]

    def name_in(self, language: str) -> str:
        """As `Firm.name_in`."""
        return self.named.get(language, self.name)


def cards_of(session: Session, ids: Collection[int]) -> dict[int, Card]:
    """The cards of these firms, by id; two queries. Firms that are gone have none."""
    if not ids:
        return {}
    named = _names(session, ids)
    firms = (
        select(Firm.id, Firm.name, Firm.listed, Firm.as_of, Site.id, Site.city, Site.province)
        .outerjoin(Site, Site.firm_id == Firm.id)
        .where(Firm.id.in_(ids))
        .order_by(Site.id.desc())  # the first site is read last, and stays
    )
    cards = {}
    for number, name, listed, as_of, site, *place in session.execute(firms):
        where = Whereabouts(*place) if site else None
        cards[number] = Card(number, name, listed, as_of, where, named.get(number, {}))
    return cards


def _names(session: Session, ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Of each firm the name for a language: the operating one, else the legal one."""
    names = select(FirmName.firm_id, FirmName.kind, FirmName.language, FirmName.name).where(
        FirmName.firm_id.in_(ids), FirmName.kind.in_(_PREFERRED)
    )
    rows = session.execute(names.order_by(FirmName.id.desc())).all()
    found: dict[int, dict[str, str]] = {}
    for number, _kind, language, name in sorted(rows, key=lambda row: -_PREFERRED.index(row[1])):
        if language:
            found.setdefault(number, {})[language] = name  # what comes last stays
    return found
