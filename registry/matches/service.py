"""Ranking for pages, the API and the command line; freezing a match so that it can be defended."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

import matching
from matching import Match, Need
from registry.capabilities.seen import SeenLine, seen_lines
from registry.db import today, utcnow
from registry.firms.cards import Card, cards_of
from registry.matches.needs import need_of_category
from registry.matches.publication import LiveIndex, Version, live_index
from registry.taxonomy.models import ShortfallCategory
from registry.taxonomy.service import list_categories
from registry.visibility.readers import Standing
from registry.visibility.table import Field, Purpose, Reader, may_see

SHOWN = 50  # firms on a page
NEAR_MISS = 0.6 * matching.PROFILE.fits_at  # fit from which a firm is still worth showing


@dataclass(frozen=True)
class Row:
    """One ranked firm, with the rows that a page shows beside it."""

    match: Match
    firm: Card
    reader: Reader  # whom the person who asks is to this firm
    lines: list[SeenLine]

    def for_visitor(self) -> "Row":
        """The same firm as a visitor is shown it."""
        lines = [seen.without_figures() for seen in self.lines]
        return replace(self, reader=Reader.VISITOR, lines=lines)

    @property
    def states_rate(self) -> bool | None:
        """Whether the firm states what it makes a month of the need; None if that is hidden."""
        if not may_see(self.reader, Field.LINE_BANDS):
            return None
        return any(line.states_rate for line in self.lines)


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
    def with_line(self) -> int:
        """How many of the firms shown have a production line for the need."""
        return sum(bool(row.lines) for row in self.rows)

    @property
    def with_rate(self) -> int | None:
        """How many of them state a current rate; None for a reader from whom that is hidden."""
        stated = [row.states_rate for row in self.rows]
        return None if None in stated else stated.count(True)


def rank_need(
    session: Session,
    need: Need,
    standing: Standing,
    limit: int = SHOWN,
    category: str | None = None,
    pool: Collection[int] | None = None,
) -> Ranking:
    """Rank the registry, or the firms of `pool`, for a need, in a fixed number of queries.

    The order is the same for everyone; what stands beside it is what `standing` may see.
    """
    live = live_index(session)
    answer = matching.rank(live.index, need, today=today(), limit=limit, pool=pool)
    rows = rows_of_matches(session, answer.matches, standing, category)
    return Ranking(rows, answer.fitting, live.version, utcnow())


def rows_of_matches(
    session: Session, matches: Collection[Match], standing: Standing, category: str | None
) -> list[Row]:
    """Matches with the rows of their firms and lines, in the same order; as many queries
    however many they are."""
    firms = cards_of(session, [match.supplier for match in matches])
    lines = _lines(session, firms, standing, category)
    return [
        Row(
            match,
            firms[match.supplier],
            standing.to(match.supplier, category),
            lines.get(match.supplier, []),
        )
        for match in matches
        if match.supplier in firms  # a firm may be withdrawn between the index and the query
    ]


def _lines(
    session: Session, ids: Collection[int], standing: Standing, category: str | None
) -> dict[int, list[SeenLine]]:
    """The firms' lines for the category; without a category no line answers the need."""
    found: dict[int, list[SeenLine]] = {}
    if category is not None:
        for seen in seen_lines(session, standing, ids, category):
            found.setdefault(seen.line.firm_id, []).append(seen)
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
    session: Session,
    need: Need,
    firm_ids: Iterable[int],
    standing: Standing,
    category: str | None,
) -> list[Row]:
    """Some firms for one need, each at its rank in the registry, in the order asked for."""
    live = live_index(session)
    matches = [match for firm_id in firm_ids if (match := match_one(live, need, firm_id))]
    return rows_of_matches(session, matches, standing, category)


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


_FEATURES = {
    key: {"feature": key, "kind": one.kind.value, "title": one.title, "about": one.about}
    for key, one in matching.FEATURES.items()
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
                **_FEATURES[part.feature],
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
                **({"level": gate.level} if gate.level else {}),
            }
            for gate in match.gates
        ],
        "missing": list(match.missing),
        "lift": match.lift._asdict() if match.lift else None,
    }


def mask(match: dict[str, Any], reader: Reader, purpose: Purpose = Purpose.PAGE) -> dict[str, Any]:
    """A frozen match with nothing in it that the reader may not see for this purpose.

    Pages, the API and exports all show matches through here.
    """
    masked = dict(match)
    if not may_see(reader, Field.GATES, purpose):
        masked["gates"] = []
    if not may_see(reader, Field.CLEARANCE, purpose):  # nor that it has stated none
        masked["missing"] = [name for name in match["missing"] if name != "holdings"]
    return masked
