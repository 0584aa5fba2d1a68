"""What a list says of a firm: its name and its place, without the rest of its record.

Read as plain columns: objects of the mapper with their relationships take several times as long,
and a page of a search names some thirty firms.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from registry.firms.models import Firm, FirmName, NameKind, Site

_PREFERRED = (NameKind.OPERATING, NameKind.LEGAL)
# Made once: SQLAlchemy takes longer to make a statement than SQLite to answer it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_FIRMS = (
    select(Firm.id, Firm.name, Firm.listed, Firm.as_of, Site.id, Site.city, Site.province)
    .outerjoin(Site, Site.firm_id == Firm.id)
    .where(Firm.id.in_(_IDS))
    .order_by(Site.id.desc())  # the first site is read last, and stays
)
_NAMES = (
    select(FirmName.firm_id, FirmName.kind, FirmName.language, FirmName.name)
    .where(FirmName.firm_id.in_(_IDS), FirmName.kind.in_(_PREFERRED))
    .order_by(FirmName.id.desc())
)


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
    numbers = {"ids": list(ids)}
    named = _names(session, numbers)
    cards = {}
    for number, name, listed, as_of, site, *place in session.execute(_FIRMS, numbers):
        where = Whereabouts(*place) if site else None
        cards[number] = Card(number, name, listed, as_of, where, named.get(number, {}))
    return cards


def _names(session: Session, numbers: dict[str, list[int]]) -> dict[int, dict[str, str]]:
    """Of each firm the name for a language: the operating one, else the legal one."""
    rows = session.execute(_NAMES, numbers).all()
    found: dict[int, dict[str, str]] = {}
    for number, _kind, language, name in sorted(rows, key=lambda row: -_PREFERRED.index(row[1])):
        if language:
            found.setdefault(number, {})[language] = name  # what comes last stays
    return found
