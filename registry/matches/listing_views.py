"""A page's list of firms: how it is asked for in the address, and what stands around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from flask import request, url_for
from flask_security import current_user
from markupsafe import Markup

from matching import RETRIEVED, Need, Query
from registry.db import db
from registry.finding.dismissals import dismissed_firms
from registry.finding.filters import (
    ADDS,
    Counted,
    Filters,
    chosen_in_words,
    facets_for,
    filters_from,
    kept,
)
from registry.finding.places import list_places
from registry.i18n import gettext as _
from registry.matches.capacity import Capacity
from registry.matches.results import Asked, Found, find_results
from registry.matches.service import SHOWN
from registry.visibility.readers import Standing
from registry.web import may, number

Reference = Mapping[str, str]


@dataclass(frozen=True)
class Chip:
    """Something chosen, and the address of the page without it."""

    title: str
    words: str
    without: str


@dataclass(frozen=True)
class Listing:
    """What is around a list of firms: all of it can be read off the address."""

    found: Found
    filters: Filters
    facets: list[Counted]
    chips: list[Chip]
    clear: str  # the address with nothing chosen
    kept: dict[str, list[str]]  # what a form about this list must say again
    dismissed: int
    ways_out: list[tuple[Chip, int]]  # of an empty list: what to let go of, and the firms it gives
    places: Markup
    page: int
    pages: int  # as many as there are firms scored in full

    @property
    def plain(self) -> bool:
        """Nothing was asked of the list but its need."""
        return not self.chips and not self.dismissed and self.filters.order == "fit"

    def kilometres(self, firm_id: int) -> str | None:
        known = self.found.kilometres.get(firm_id)
        return None if known is None else number(known)


def asked_here(
    standing: Standing,
    reference: Reference,
    query: Query | None = None,
    capacity: Capacity | None = None,
) -> Asked:
    """How the address of this request asks for a need."""
    facets = facets_for(standing.role, by_date=capacity is not None)
    added = {key for key, one in capacity.added.items() if one.added > 0} if capacity else set()
    return Asked(
        filters_from(request.args, facets),
        facets,
        query,
        frozenset(dismissed_firms(db.session, current_user, reference))
        if _dismisses()
        else (frozenset()),
        {ADDS: frozenset(added)} if capacity else {},
        frozenset(capacity.added) if capacity else frozenset(),
    )


def _dismisses() -> bool:
    return may("finding.dismiss")


def listing_of(
    need: Need,
    standing: Standing,
    asked: Asked,
    category: str | None = None,
    page: tuple[int, int] = (1, SHOWN),
    others: Mapping[str, str | None] | None = None,
) -> Listing:
    """The results as asked; `page` is its number and how many firms each has.

    `others` are what else the address of the page says.
    """
    at, size = page
    found = find_results(
        db.session, need, standing, asked, at * size, category, after=(at - 1) * size
    )
    filters = asked.filters

    def address(changed: Filters) -> str:
        return url_for(
            str(request.endpoint), **{**(request.view_args or {}), **changed.args(**(others or {}))}
        )

    chips = [
        Chip(title, words, address(without))
        for title, words, without in chosen_in_words(filters, asked.facets)
    ]
    return Listing(
        found=found,
        filters=filters,
        facets=found.facets,
        chips=chips,
        clear=address(Filters(strict=filters.strict)),
        kept=filters.args(**(others or {})),
        dismissed=len(asked.dismissed),
        ways_out=[] if len(found.keys) else _ways_out(found, asked, address),
        places=_places(),
        page=at,
        pages=max(1, -(-min(len(found.keys), RETRIEVED) // size)),
    )


@cache
def _places() -> Markup:
    """The places to choose from, which are the same on every page."""
    options = (Markup('<option value="{}"></option>').format(place.key) for place in list_places())
    return Markup("").join(options)


def _ways_out(
    found: Found, asked: Asked, address: Callable[[Filters], str]
) -> list[tuple[Chip, int]]:
    """What each facet alone shuts out, the greatest gain first."""
    ways = []
    for facet in asked.facets:
        if facet.name in asked.filters.chosen:
            without = Filters(
                {k: v for k, v in asked.filters.chosen.items() if k != facet.name},
                asked.filters.near,
                order=asked.filters.order,
                strict=asked.filters.strict,
            )
            mask = found.results & kept(found.columns, without, found.extra)
            chip = Chip(_(facet.title), "", address(without))
            ways.append((chip, int(mask.sum())))
    return sorted((way for way in ways if way[1]), key=lambda way: -way[1])
