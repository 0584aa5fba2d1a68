"""Ranking for pages, the API and the command line; freezing a match so that it can be defended."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

import matching
from matching import Match, Need
from registry.capabilities.models import ProductionLine
from registry.db import today, utcnow
from registry.firms.models import Firm
from registry.matches.needs import need_of_category
from registry.matches.publication import LiveIndex, Version, live_index
from registry.taxonomy.models import ShortfallCategory
from registry.taxonomy.service import list_categories

SHOWN = 50  # firms on a page
NEAR_MISS = 0.6 * matching.PROFILE.fits_at  # fit from which a firm is still worth showing


@dataclass(frozen=True)
class Row:
    """One ranked firm, with the rows that a page shows beside it."""

    match: Match
    firm: Firm
    lines: list[ProductionLine]


def states_rate(row: Row) -> bool:
    """Whether the firm states what it makes a month of the need."""
    return any(line.current_rate_per_month is not None for line in row.lines)


@dataclass(frozen=True)
class Ranking:
    """The answer to one need. `fitting` counts all firms at `least` points or more."""

    rows: list[Row]
    fitting: int
    version: Version
    asked_at: dt.datetime
    profile: str = matching.PROFILE.name
    least: float = matching.PROFILE.fits_at

    @property
    def with_rate(self) -> int:
        """How many of the firms shown state a current rate for the need."""
        return sum(states_rate(row) for row in self.rows)


def rank_need(
    session: Session, need: Need, limit: int = SHOWN, category: str | None = None
) -> Ranking:
    """Rank the registry for a need; three queries more than the index itself asks."""
    live = live_index(session)
    answer = matching.rank(live.index, need, today=today(), limit=limit)
    firms = _firms(session, [match.supplier for match in answer.matches])
    lines = _lines(session, firms, category)
    rows = [
        Row(match, firms[match.supplier], lines.get(match.supplier, []))
        for match in answer.matches
        if match.supplier in firms  # a firm may be withdrawn between the index and the query
    ]
    return Ranking(rows, answer.fitting, live.version, utcnow())


def _firms(session: Session, ids: Collection[int]) -> dict[int, Firm]:
    query = (
        select(Firm)
        .where(Firm.id.in_(ids))
        .options(selectinload(Firm.names), selectinload(Firm.sites))
    )
    return {firm.id: firm for firm in session.scalars(query)}


def _lines(
    session: Session, ids: Iterable[int], category: str | None
) -> dict[int, list[ProductionLine]]:
    """The firms' lines for the category; without a category no line answers the need."""
    if category is None:
        return {}
    query = (
        select(ProductionLine)
        .where(ProductionLine.firm_id.in_(list(ids)), ProductionLine.category_code == category)
        .order_by(ProductionLine.id)
    )
    found: dict[int, list[ProductionLine]] = {}
    for line in session.scalars(query):
        found.setdefault(line.firm_id, []).append(line)
    return found


def match_one(live: LiveIndex, need: Need, firm_id: int) -> Match | None:
    """How one firm answers a need, at the rank it has in the registry; None if it is not there."""
    return matching.match_of(live.index, need, firm_id, today=today())


@dataclass(frozen=True)
class FittingNeed:
    """A category that a firm fits, with its match there."""

    category: ShortfallCategory
    match: Match


def needs_of_firm(session: Session, firm_id: int, limit: int) -> list[FittingNeed]:
    """The categories that a firm fits or nearly fits, best first, with its rank in each."""
    live = live_index(session)
    scored = []
    for category in list_categories(session):
        need = need_of_category(category)
        alone = matching.order(live.index, need, limit=1, pool=[firm_id])
        scored += [(points, category, need) for _key, points in alone if points >= NEAR_MISS]
    scored.sort(key=lambda entry: (-entry[0], entry[1].code))
    found = ((category, match_one(live, need, firm_id)) for _p, category, need in scored[:limit])
    return [FittingNeed(category, match) for category, match in found if match]


def rows_of(
    session: Session, need: Need, firm_ids: Iterable[int], category: str | None
) -> list[Row]:
    """Some firms for one need, each at its rank in the registry, in the order asked for."""
    live = live_index(session)
    matches = [match for firm_id in firm_ids if (match := match_one(live, need, firm_id))]
    firms = _firms(session, [match.supplier for match in matches])
    lines = _lines(session, firms, category)
    return [
        Row(match, firms[match.supplier], lines.get(match.supplier, []))
        for match in matches
        if match.supplier in firms
    ]


def category_counts(session: Session) -> dict[str, int]:
    """Firms that fit each category; computed once for a state of the index, then remembered."""
    live = live_index(session)
    missing = [entry for entry in list_categories(session) if entry.code not in live.counts]
    if missing:  # all of them at first; later those loaded since
        live.counts.update(_count(live, missing))
    return live.counts


def _count(live: LiveIndex, categories: Iterable[ShortfallCategory]) -> dict[str, int]:
    return {
        category.code: matching.count_fitting(live.index, need_of_category(category))
        for category in categories
    }


def freeze(match: Match) -> dict[str, Any]:
    """A match as JSON that explains itself without the index or the code that made it."""
    return {
        "score": round(match.score, 4),
        "rank": match.rank,
        "profile": matching.PROFILE.name,
        "engine": matching.ENGINE,
        "parts": [
            {
                "feature": part.feature,
                "kind": matching.FEATURES[part.feature].kind.value,
                "title": matching.FEATURES[part.feature].title,
                "about": matching.FEATURES[part.feature].about,
                "weight": part.weight,
                "value": part.value,
                "points": round(part.points, 4),
                "evidence": list(part.evidence),
            }
            for part in match.parts
        ],
        "gates": [
            {
                "name": gate.name,
                "state": gate.state.value,
                "scheme": gate.scheme,
                "expires_on": gate.expires_on.isoformat() if gate.expires_on else None,
                "activity": gate.activity,
            }
            for gate in match.gates
        ],
        "missing": list(match.missing),
        "lift": match.lift._asdict() if match.lift else None,
    }
