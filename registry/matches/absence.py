"""Why a firm is not among those shown for a need: what keeps it out, or its rank."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

import matching
from matching import Need, Query
from registry.feeds.text import fold_words
from registry.finding.filters import Filters, chosen_in_words, kept
from registry.finding.shelf import known_firms
from registry.firms.cards import Card
from registry.firms.models import Firm, Listing
from registry.matches.publication import live_index
from registry.matches.results import LOOKED_AT, Asked, Ints, answering, ints
from registry.matches.service import NEAR_MISS, SHOWN, Row, rows_of
from registry.visibility.readers import Standing

ALIKE_SHOWN = 8


@dataclass(frozen=True)
class Absence:
    """What is known of one firm and a need; what does not keep it out is empty."""

    row: Row | None  # None: not listed, so that it is not ranked
    firm: Card
    words: tuple[str, ...] = ()  # what was typed that it does not meet
    excluded: tuple[str, ...] = ()  # exclusions that it meets
    filters: tuple[tuple[str, str], ...] = ()  # facet, choice: chosen, and not met
    dismissed: bool = False
    place: int | None = None  # among those left, if it is one of them
    left: int = 0

    @property
    def listed(self) -> bool:
        return self.row is not None

    @property
    def shown(self) -> bool:
        return self.place is not None and self.place <= SHOWN

    @property
    def too_far(self) -> bool:
        """It fits worse than what is worth showing."""
        return self.row is not None and self.row.match.score < NEAR_MISS


def firms_called(session: Session, text: str) -> list[tuple[int, str]]:
    """Listed firms that a person may mean: by number, or by how a name begins."""
    live = live_index(session)
    text = " ".join(text.split())
    if text.isdigit() and len(text) < 10 and (firm := session.get(Firm, int(text))):
        return [(firm.id, firm.name)] if firm.listed == Listing.LISTED else []
    found = known_firms(session, live.seen_seq).names.beginning_with(text, ALIKE_SHOWN)
    exact = [one for one in found if fold_words(one[1]) == fold_words(text)]
    return exact[:1] if len(exact) == 1 else found


def unlisted_called(session: Session, text: str) -> Firm | None:
    """A firm of exactly that name that the registry keeps but does not show."""
    query = select(Firm).where(Firm.name == " ".join(text.split()), Firm.listed != Listing.LISTED)
    return session.scalars(query.limit(1)).first()


def explain_absence(
    session: Session,
    need: Need,
    standing: Standing,
    asked: Asked,
    firm_id: int,
    category: str | None = None,
) -> Absence | None:
    """Why a firm is not shown for a need asked so; None if there is no such listed firm."""
    live = live_index(session)
    columns = known_firms(session, live.seen_seq).columns
    rows = rows_of(session, need, [firm_id], standing, category)
    place = int(np.searchsorted(columns.keys, firm_id))
    if not rows or place == len(columns.keys) or columns.keys[place] != firm_id:
        return None
    extra = {name: columns.among(ints(firms)) for name, firms in asked.extra.items()}
    mask = kept(columns, asked.filters, extra)
    keys = answering(live, need, asked)[0]
    left = columns.keys[(columns.among(keys) | columns.among(ints(asked.also))) & mask]
    left = left[~np.isin(left, ints(asked.dismissed))]
    missing, excluded = _clauses(live.index, asked.query, firm_id, asked.filters.strict)
    return Absence(
        row=rows[0],
        firm=rows[0].firm,
        words=missing,
        excluded=excluded,
        filters=tuple(
            (title, words)
            for facet in asked.facets
            if facet.name in asked.filters.chosen
            and not kept(columns, _only(asked.filters, facet.name), extra)[place]
            for title, words, _without in chosen_in_words(asked.filters, [facet])
        ),
        dismissed=firm_id in asked.dismissed,
        place=_place_among(live.index, need, left, firm_id),
        left=len(left),
    )


def _only(filters: Filters, name: str) -> Filters:
    return Filters({name: filters.chosen[name]})


def _place_among(index: matching.Index, need: Need, left: Ints, firm_id: int) -> int | None:
    if firm_id not in left:
        return None
    narrow = matching.narrowed(index, left)
    order = matching.order(narrow, need, limit=LOOKED_AT, retrieved=LOOKED_AT)
    return next((rank for rank, (key, _p) in enumerate(order, start=1) if key == firm_id), None)


def _clauses(
    index: matching.Index, query: Query | None, firm_id: int, strict: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(wanted pieces that the firm lacks, unwanted ones that it has)."""
    if query is None:
        return (), ()

    def meets(clause: matching.Clause) -> bool:
        return firm_id in matching.select(index, Query((clause,)), strict).keys

    return (
        tuple(clause.text for clause in query.wanted if not meets(clause)),
        tuple(clause.text for clause in query.unwanted if meets(clause)),
    )
