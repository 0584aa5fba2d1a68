"""What the registry can be narrowed by, as columns: one bit for each firm and each choice.

Counting a facet over all results is then a sum over bits, with no row read for it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.capabilities.models import ProductionLine
from registry.demand.models import Contract, Vendor
from registry.finding.places import coordinates_of
from registry.firms.models import Certificate, Firm, Ownership, Site
from registry.terms import CLEARANCE_SCHEMES

Bits = NDArray[np.bool_]
Ints = NDArray[np.int64]
Choices = dict[str, set[int]]  # of one facet: the firms of each choice
UNSTATED = "unstated"
SMALL, MEDIUM = 99, 499  # employees: Innovation, Science and Economic Development Canada's classes


@dataclass(frozen=True)
class Columns:
    """N listed firms (`keys`, rising), and of each facet its choices with a row of N bits each.

    `site_of` holds for each of S places of firms the firm's place among the keys; `latitude` and
    `longitude` are in degrees, `exact` says whether the source gave them or a gazetteer did.
    """

    keys: Ints
    facets: Mapping[str, Mapping[str, Bits]]
    site_of: Ints
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    exact: Bits

    def among(self, keys: Ints) -> Bits:
        """N: which firms are of these."""
        mask = np.zeros(len(self.keys), np.bool_)
        if len(self.keys):
            places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            mask[places[self.keys[places] == keys]] = True
        return mask

    @cached_property
    def _table(self) -> tuple[list[tuple[str, str]], NDArray[np.uint8]]:
        """(facet, choice) of C columns, and N x C ones and zeros: a firm's choices lie together."""
        rows = {
            (name, one): row for name, found in self.facets.items() for one, row in found.items()
        }
        table = np.zeros((len(self.keys), len(rows)), np.uint8)
        for column, row in enumerate(rows.values()):
            table[:, column] = row
        return list(rows), table

    def count(self, firms: Bits) -> dict[str, dict[str, int]]:
        """How many of these firms (N bits) each choice of each facet has."""
        names, table = self._table
        sums = table[np.flatnonzero(firms)].sum(axis=0, dtype=np.int64)
        found: dict[str, dict[str, int]] = {name: {} for name in self.facets}
        for (name, choice), firms_of_choice in zip(names, sums.tolist(), strict=True):
            found[name][choice] = firms_of_choice
        return found

    def kilometres_from(self, latitude: float, longitude: float) -> NDArray[np.float64]:
        """N: how far the firm's nearest known place is; infinite where none is known."""
        far = np.full(len(self.keys), np.inf)
        up, across = np.radians(self.latitude), np.radians(self.longitude)
        here = np.radians(latitude)
        half = (
            np.sin((up - here) / 2) ** 2
            + np.cos(here) * np.cos(up) * np.sin((across - np.radians(longitude)) / 2) ** 2
        )
        np.minimum.at(far, self.site_of, 2 * EARTH_KM * np.arcsin(np.sqrt(half)))
        return far


EARTH_KM = 6371.0


def load_columns(session: Session, day: dt.date, ids: Collection[int] | None = None) -> Columns:
    """The columns of all listed firms, or of some; six queries."""

    def rows(query: Any) -> Any:
        query = query.where(Firm.listed == "listed")
        return session.execute(query if ids is None else query.where(Firm.id.in_(ids)))

    facets: dict[str, Choices] = defaultdict(lambda: defaultdict(set))
    newest = _firms(facets, rows(_FIRMS))
    located = _sites(facets, rows(_SITES))
    for number, country, control in rows(_OWNERS):
        facets["ownership"][owner_of(country, control)].add(number)
    _held(facets, rows(_HELD), day)
    _lines(facets, rows(_LINES), newest)
    facets["evidence"]["delivered"] |= {number for (number,) in rows(_DELIVERED)}
    for number, last in newest.items():
        facets["age"][age_of(last, day)].add(number)
    everyone = set(newest)
    for name, rest in (("ownership", UNSTATED), ("evidence", "described"), ("province", UNSTATED)):
        facets[name][rest] |= everyone.difference(*facets[name].values())
    return _columns(np.asarray(sorted(newest), np.int64), facets, located)


def _firms(facets: dict[str, Choices], rows: Any) -> dict[int, dt.date | None]:
    """Also when each firm's record was stated."""
    newest = {}
    for number, employees, indigenous, activity, as_of in rows:
        facets["size"][size_of(employees)].add(number)
        facets["indigenous"]["yes" if indigenous else UNSTATED].add(number)
        facets["activity"][activity or UNSTATED].add(number)
        newest[number] = as_of
    return newest


def _held(facets: dict[str, Choices], rows: Any, day: dt.date) -> None:
    for number, scheme, expires_on in rows:
        if expires_on is None or expires_on >= day:
            kind = "clearance" if scheme in CLEARANCE_SCHEMES else "certificate"
            facets[kind][scheme].add(number)


def _lines(facets: dict[str, Choices], rows: Any, newest: dict[int, dt.date | None]) -> None:
    for number, level, stated_on in rows:
        facets["evidence"][level].add(number)
        if stated_on:
            newest[number] = max(stated_on, newest[number] or stated_on)


_FIRMS = select(Firm.id, Firm.employees, Firm.indigenous, Firm.activity, Firm.as_of)
_SITES = select(Site.firm_id, Site.province, Site.city, Site.latitude, Site.longitude).join(Firm)
_OWNERS = select(Ownership.firm_id, Ownership.owner_country, Ownership.canadian_control).join(Firm)
_HELD = select(Certificate.firm_id, Certificate.scheme, Certificate.expires_on).join(Firm)
_LINES = select(ProductionLine.firm_id, ProductionLine.evidence, ProductionLine.stated_on).join(
    Firm, Firm.id == ProductionLine.firm_id
)
_DELIVERED = select(Firm.id).join(Vendor, Vendor.firm_id == Firm.id).join(Contract).distinct()


Located = list[tuple[int, float, float, bool]]


def _sites(facets: dict[str, Choices], rows: Any) -> Located:
    located: Located = []
    for number, province, city, latitude, longitude in rows:
        if province:
            facets["province"][province].add(number)
        if latitude is not None and longitude is not None:
            located.append((number, latitude, longitude, True))
        elif place := coordinates_of(city, province):
            located.append((number, *place, False))
    return located


def _columns(keys: Ints, facets: Mapping[str, Choices], located: Located) -> Columns:
    def bits(firms: set[int]) -> Bits:
        mask = np.zeros(len(keys), np.bool_)
        mask[np.searchsorted(keys, np.fromiter(firms, np.int64, len(firms)))] = True
        return mask

    site = np.asarray([row[0] for row in located], np.int64)
    return Columns(
        keys,
        {
            name: {choice: bits(firms) for choice, firms in choices.items() if firms}
            for name, choices in facets.items()
        },
        np.searchsorted(keys, site),
        np.asarray([row[1] for row in located], np.float64),
        np.asarray([row[2] for row in located], np.float64),
        np.asarray([row[3] for row in located], np.bool_),
    )


def replaced(base: Columns, fresh: Columns, changed: Collection[int]) -> Columns:
    """The base with these firms as they are now: those of `fresh`, and no others of them."""
    kept = ~np.isin(base.keys, np.fromiter(changed, np.int64, len(changed)))
    keys = np.concatenate((base.keys[kept], fresh.keys))
    order = np.argsort(keys, kind="stable")

    def joined(name: str, choice: str) -> Bits:
        parts = [
            columns.facets.get(name, {}).get(choice, np.zeros(len(columns.keys), np.bool_))
            for columns in (base, fresh)
        ]
        return np.asarray(np.concatenate((parts[0][kept], parts[1]))[order])

    names = {
        name: dict.fromkeys([*base.facets.get(name, {}), *fresh.facets.get(name, {})])
        for name in dict.fromkeys([*base.facets, *fresh.facets])
    }
    here = kept[base.site_of]
    owners = np.concatenate((base.keys[base.site_of[here]], fresh.keys[fresh.site_of]))
    return Columns(
        keys[order],
        {name: {choice: joined(name, choice) for choice in found} for name, found in names.items()},
        np.searchsorted(keys[order], owners),
        np.concatenate((base.latitude[here], fresh.latitude)),
        np.concatenate((base.longitude[here], fresh.longitude)),
        np.concatenate((base.exact[here], fresh.exact)),
    )


def size_of(employees: int | None) -> str:
    if employees is None:
        return UNSTATED
    return "small" if employees <= SMALL else "medium" if employees <= MEDIUM else "large"


def owner_of(country: str | None, control: bool | None) -> str:
    """Control as stated; where it is not, the country that the source names."""
    if control is not None:
        return "canadian" if control else "foreign"
    if country is None:
        return UNSTATED
    return "canadian" if country == "Canada" else "foreign"


def age_of(last: dt.date | None, day: dt.date) -> str:
    """How old the newest statement of a firm is."""
    if last is None:
        return UNSTATED
    days = (day - last).days
    return "year" if days <= 365 else "two" if days <= 731 else "older"
