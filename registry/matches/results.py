"""All results of a need, narrowed and counted; only those that a page shows become rows."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

import matching
from matching import Need, Query
from registry.db import today, utcnow
from registry.finding.columns import Bits, Columns
from registry.finding.filters import (
    DISTANCE,
    Counted,
    Facet,
    Filters,
    count_facets,
    kept,
)
from registry.finding.shelf import known_firms, remembered
from registry.matches.publication import LiveIndex, live_index
from registry.matches.service import NEAR_MISS, SHOWN, Ranking, rows_of_matches
from registry.visibility.readers import Standing

LOOKED_AT = 4_096  # firms that are scored for all results of a need: far more than ever fit well
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Asked:
    """How a need is asked: narrowed, without those dismissed, and for words as they were typed."""

    filters: Filters = field(default_factory=Filters)
    facets: Sequence[Facet] = ()
    query: Query | None = None
    dismissed: frozenset[int] = frozenset()
    extra: Mapping[str, frozenset[int]] = field(default_factory=dict)  # facet to its firms
    also: frozenset[int] = frozenset()  # results whatever their words: firms known to make it

    @property
    def plain(self) -> bool:
        """The list is that of the need itself."""
        return not (self.dismissed or self.filters.narrows or self.filters.order == DISTANCE)


@dataclass(frozen=True)
class Found:
    """What is left (`keys`, rising) of `total` results; the ranking holds the rows shown."""

    ranking: Ranking
    keys: Ints
    total: int
    facets: list[Counted]
    read_as: Mapping[str, str]
    kilometres: Mapping[int, float]
    columns: Columns
    results: Bits  # N: all results, as the columns have the firms
    extra: Mapping[str, Bits]


def find_results(
    session: Session,
    need: Need,
    standing: Standing,
    asked: Asked,
    limit: int = SHOWN,
    category: str | None = None,
    after: int = 0,
) -> Found:
    """The results of a need as asked, with the counts of every facet over all of them.

    Rows are those from place `after` to place `limit`.
    """
    live = live_index(session)
    columns = known_firms(session, live.seen_seq).columns
    keys, answer, read_as = answering(live, need, asked, limit)
    results = columns.among(keys) | columns.among(ints(asked.also))
    if asked.dismissed:
        results &= ~columns.among(ints(asked.dismissed))
    extra = {name: columns.among(ints(firms)) for name, firms in asked.extra.items()}
    mask = results & kept(columns, asked.filters, extra)
    left = columns.keys[mask]
    kilometres: dict[int, float] = {}
    if asked.filters.order == DISTANCE and asked.filters.near:
        matches, kilometres = _nearest(live, need, columns, mask, asked.filters, limit)
    elif answer and asked.plain:
        matches = answer.matches
    else:
        matches = _narrowed(live, need, left, limit)
    rows = rows_of_matches(session, matches[after:], standing, category)
    fitting = answer.fitting if answer and asked.plain else _fitting(live, need, asked, left)
    return Found(
        Ranking(rows, fitting, live.version, utcnow()),
        left,
        int(results.sum()),
        count_facets(columns, results, asked.filters, asked.facets, extra),
        read_as,
        kilometres,
        columns,
        results,
        extra,
    )


def ints(numbers: frozenset[int]) -> Ints:
    """Rising, as columns look them up."""
    return np.sort(np.fromiter(numbers, np.int64, len(numbers)))


def answering(
    live: LiveIndex, need: Need, asked: Asked, limit: int = SHOWN
) -> tuple[Ints, matching.Answer | None, Mapping[str, str]]:
    """(keys of all results before narrowing, the plain ranking where it was made, words read so).

    Strict words are a set; loose words are that set with slips forgiven, and with what the
    matcher finds besides: by meaning, in the other language, through classes.
    """
    if asked.query is None:
        plain = _ranked(live.index, need, limit) if asked.plain else None
        return scored(live, need)[0], plain, {}
    shelf = remembered("searches")
    strict = asked.filters.strict
    state = (live.version.name, live.seen_seq, need, asked.query, strict, today())
    explained = limit if asked.plain and not strict else 0  # a list of its own is ranked anew
    known = shelf.get((*state, explained))
    if known is None:
        known = _search(live, need, asked.query, strict, explained)
        shelf.put((*state, explained), known)
    found: tuple[Ints, matching.Answer | None, Mapping[str, str]] = known
    return found


def _narrowed(live: LiveIndex, need: Need, left: Ints, limit: int) -> Sequence[matching.Match]:
    """The best of some firms (keys, rising), remembered as of a day for who turns back.

    Matches are of the index and the same for all; what a reader may see of them is masked later.
    """
    shelf = remembered("narrowed")
    digest = hashlib.sha256(left.tobytes()).digest()
    state = (live.version.name, live.seen_seq, need, digest, limit, today())
    known: Sequence[matching.Match] | None = shelf.get(state)
    if known is None:
        known = _ranked(matching.narrowed(live.index, left), need, limit).matches
        shelf.put(state, known)
    return known


def _search(
    live: LiveIndex, need: Need, query: Query, strict: bool, explained: int
) -> tuple[Ints, matching.Answer | None, Mapping[str, str]]:
    """`explained` is how many firms have their reasons found; without any there is no answer."""
    named = matching.select(live.index, query, strict)
    if strict:
        return named.keys, None, named.read_as
    index = live.index
    if not query.is_plain:
        index = matching.narrowed(index, _hard(live, query))
    answer = _ranked(index, need, max(1, explained))  # 0 is all of them
    keys = np.union1d(named.keys, answer.keys_from(NEAR_MISS))
    return keys, answer if explained else None, named.read_as


def _ranked(index: matching.Index, need: Need, limit: int) -> matching.Answer:
    """The ranking of a need; nothing for signs that are neither a word nor a code."""
    if need.is_empty:
        return matching.Answer((), 0)
    return matching.rank(index, need, today=today(), limit=limit)


def left_by_words(live: LiveIndex, text: str, strict: bool) -> Ints | None:
    """The firms (keys, rising) that a stored search leaves, whatever fits; None: all of them."""
    try:
        query = matching.parse_query(text, live.index.statistics.classes.codes)
    except matching.QueryFaulty:
        return None
    if strict:
        return matching.select(live.index, query, strict).keys
    return None if query.is_plain else _hard(live, query)


def _hard(live: LiveIndex, query: Query) -> Ints:
    """The firms that phrases, codes and exclusions leave, whatever the words."""
    wanted = tuple(clause for clause in query.wanted if clause.kind is not matching.Kind.WORD)
    return matching.select(live.index, Query(wanted, query.unwanted), strict=True).keys


def _fitting(live: LiveIndex, need: Need, asked: Asked, left: Ints) -> int:
    """How many of some firms (keys, rising) reach the fit from which one is counted.

    The page of a search counts what answers its words, not what fits: there it is 0.
    """
    if asked.query is not None:
        return 0
    every, points = scored(live, need)
    keys = every[points >= matching.PROFILE.fits_at]
    return len(np.intersect1d(keys, left, assume_unique=True))


def count_fitting(session: Session, need: Need) -> int:
    """How many firms fit, of the LOOKED_AT that look nearest; remembered."""
    _keys, points = scored(live_index(session), need)
    return int((points >= matching.PROFILE.fits_at).sum())


def scored(live: LiveIndex, need: Need) -> tuple[Ints, "np.ndarray[Any, np.dtype[np.float32]]"]:
    """(keys, rising; their points) of all firms that are worth showing for a need; remembered."""
    shelf = remembered("results")
    state = (live.version.name, live.seen_seq, need)
    known = shelf.get(state)
    if known is None:
        order = matching.order(live.index, need, limit=LOOKED_AT, retrieved=LOOKED_AT)
        near = sorted((key, points) for key, points in order if points >= NEAR_MISS)
        known = (
            np.fromiter((key for key, _points in near), np.int64, len(near)),
            np.fromiter((points for _key, points in near), np.float32, len(near)),
        )
        shelf.put(state, known)
    return known


def _nearest(
    live: LiveIndex, need: Need, columns: Columns, mask: Bits, filters: Filters, limit: int
) -> tuple[Sequence[matching.Match], dict[int, float]]:
    """The nearest of some firms, nearest first; of equals the one that fits better."""
    assert filters.near
    far = columns.kilometres_from(filters.near.latitude, filters.near.longitude)
    places = np.flatnonzero(mask)
    places = places[np.argsort(far[places], kind="stable")][:limit]
    kilometres = dict(zip(columns.keys[places].tolist(), far[places].tolist(), strict=True))
    pool = list(kilometres)
    if not pool:
        return (), {}
    matches = matching.rank(live.index, need, today=today(), limit=limit, pool=pool).matches
    known = {key: distance for key, distance in kilometres.items() if np.isfinite(distance)}
    ordered = sorted(matches, key=lambda one: (kilometres[one.supplier], one.rank))
    return ordered, known
