"""Where the firms of a list are, gathered by place: what a map and the list beside it show."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

import matching
from matching import Need
from registry.finding.filters import DISTANCE
from registry.finding.places import Place, place_at
from registry.firms.models import Firm, Site
from registry.i18n import gettext as _
from registry.i18n import language_spoken
from registry.matches.publication import live_index
from registry.matches.results import Asked, Found

MOST_FIRMS = 500  # of a list, the best: more than anyone reads, and a page of some 100 kB
UNPLACED_SHOWN = 50


@dataclass(frozen=True)
class OnMap:
    """A firm at a place, with its place in the list."""

    id: int
    name: str
    rank: int


@dataclass
class Spot:
    """Firms at one position; `exact` says that a source gave it, not a gazetteer."""

    name: str
    latitude: float
    longitude: float
    exact: bool
    firms: list[OnMap] = field(default_factory=list)


@dataclass(frozen=True)
class Spots:
    """Spots with the best firm's first, how many firms are looked at, and those without a place."""

    spots: list[Spot]
    firms: int
    unplaced: list[OnMap]
    unplaced_ids: list[int]

    def as_json(self, firm_address: str) -> dict[str, Any]:
        """What the script draws; an address holds 0 where a firm's number goes."""
        return {
            "address": firm_address,
            "spots": [
                {
                    "name": spot.name,
                    "at": [round(spot.latitude, 4), round(spot.longitude, 4)],
                    "firms": [[firm.id, firm.name] for firm in spot.firms],
                }
                for spot in self.spots
            ],
        }


def sites_of(session: Session, need: Need, found: Found, asked: Asked) -> Spots:
    """The sites of the best firms of a list; four queries."""
    order = _best(session, need, found, asked)
    rank = {key: place for place, key in enumerate(order, start=1)}
    query = select(Firm).where(Firm.id.in_(order)).options(selectinload(Firm.names))
    names = {firm.id: firm.name_in(language_spoken()) for firm in session.scalars(query)}
    firms = {key: OnMap(key, names[key], rank[key]) for key in order if key in names}
    spots, placed = _gathered(found, firms, _cities(session, order))
    unplaced = [firm for key, firm in firms.items() if key not in placed]
    ordered = sorted(spots, key=lambda spot: spot.firms[0].rank)
    return Spots(ordered, len(firms), unplaced[:UNPLACED_SHOWN], [firm.id for firm in unplaced])


def _best(session: Session, need: Need, found: Found, asked: Asked) -> list[int]:
    if asked.filters.order == DISTANCE and asked.filters.near:
        return _nearest(found, asked.filters.near)
    narrow = matching.narrowed(live_index(session).index, found.keys)
    best = matching.order(narrow, need, limit=MOST_FIRMS, retrieved=MOST_FIRMS)
    return [key for key, _points in best]


def _nearest(found: Found, near: Place) -> list[int]:
    """Those nearest to a place, nearest first, and last those whose place is not known."""
    columns = found.columns
    far = columns.kilometres_from(near.latitude, near.longitude)
    places = np.flatnonzero(columns.among(found.keys))
    order = np.argsort(far[places], kind="stable")[:MOST_FIRMS]
    return [int(key) for key in columns.keys[places[order]]]


def _cities(session: Session, keys: list[int]) -> dict[int, str]:
    """The city of each firm's first site."""
    rows = session.execute(
        select(Site.firm_id, Site.city).where(Site.firm_id.in_(keys)).order_by(Site.id.desc())
    )
    return {firm: city for firm, city in rows if city}


def _gathered(
    found: Found, firms: dict[int, OnMap], cities: dict[int, str]
) -> tuple[list[Spot], set[int]]:
    columns = found.columns
    mine = np.flatnonzero(np.isin(columns.keys[columns.site_of], np.asarray(list(firms), np.int64)))
    spots: dict[tuple[float, float], Spot] = {}
    members: dict[tuple[float, float], set[int]] = defaultdict(set)
    for place in mine.tolist():
        key = int(columns.keys[columns.site_of[place]])
        at = (float(columns.latitude[place]), float(columns.longitude[place]))
        members[at].add(key)
        if at not in spots:
            spots[at] = Spot(
                place_at(*at) or cities.get(key) or _("place not stated"),
                *at,
                bool(columns.exact[place]),
            )
    for at, keys in members.items():
        spots[at].firms.extend(sorted((firms[key] for key in keys), key=lambda firm: firm.rank))
    return list(spots.values()), {key for keys in members.values() for key in keys}
