"""Ranking: retrieve by words and classes, score what was retrieved, explain what is shown.

The engine reads no clock, environment or file, and changes none of its arguments.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from matching import gates
from matching.asked import Asked, compile_need
from matching.facts import Need
from matching.features.feature import Candidates, Evidence, Reasons
from matching.index.model import Index
from matching.index.model import Part as IndexPart
from matching.index.ragged import Ints
from matching.index.segment import Floats, SupplierFacts
from matching.profiles import FEATURES, PROFILE, Profile
from matching.result import Match, Part, points

RETRIEVED = 600  # firms scored in full for each need
QUERY_TERMS = 80  # terms a need is retrieved by: those with the largest weights


class NeedEmpty(ValueError):
    """A need has neither a word nor a supply class to go by."""


@dataclass(frozen=True)
class Answer:
    """The best firms, best first, and how many of those scored are at `fits_at` or more."""

    matches: tuple[Match, ...]
    fitting: int


@dataclass(frozen=True)
class _Scored:
    """Firms of one part of the index with their values: n places, n x F values, n scores."""

    part: IndexPart
    places: Ints
    values: Floats
    scores: Floats
    reasons: list[Reasons]


def rank(
    index: Index,
    need: Need,
    *,
    today: dt.date,
    limit: int,
    pool: Collection[int] | None = None,
    profile: Profile = PROFILE,
) -> Answer:
    """Rank the firms of an index for a need and explain the best.

    `limit` is how many are explained; 0 means all, and then all are scored. `pool` restricts the
    ranking to these keys, all of which are scored. Ties go to the smaller key. Raises NeedEmpty.
    """
    asked, scored = _scored(index, need, profile, limit, pool)
    best = _order(scored)[: limit or None]
    matches = _explain(asked, scored, list(enumerate(best, start=1)), profile, today)
    return Answer(tuple(matches), _fitting(scored, profile))


def order(
    index: Index,
    need: Need,
    *,
    limit: int,
    pool: Collection[int] | None = None,
    profile: Profile = PROFILE,
) -> list[tuple[int, float]]:
    """Keys and scores as `rank` would give them, without the reasons. Raises NeedEmpty."""
    _asked, scored = _scored(index, need, profile, limit, pool)
    best = _order(scored)[: limit or None]
    return [
        (int(scored[g].part.segment.keys[scored[g].places[row]]), points(scored[g].scores[row]))
        for g, row in best
    ]


def count_fitting(index: Index, need: Need, profile: Profile = PROFILE) -> int:
    """How many firms reach the profile's `fits_at`; at most those retrieved are looked at."""
    _asked, scored = _scored(index, need, profile, RETRIEVED, None)
    return _fitting(scored, profile)


def match_of(
    index: Index, need: Need, supplier: int, *, today: dt.date, profile: Profile = PROFILE
) -> Match | None:
    """One firm's match at the rank that it has among those retrieved; None if it is not there."""
    asked, scored = _scored(index, need, profile, RETRIEVED, None, also=supplier)
    for position, (group, row) in enumerate(_order(scored), start=1):
        if scored[group].part.segment.keys[scored[group].places[row]] == supplier:
            return _explain(asked, scored, [(position, (group, row))], profile, today)[0]
    return None


def _scored(
    index: Index,
    need: Need,
    profile: Profile,
    limit: int,
    pool: Collection[int] | None,
    also: int | None = None,
) -> tuple[Asked, list[_Scored]]:
    if need.is_empty:
        raise NeedEmpty(need.key)
    asked = compile_need(need, index.statistics)
    return asked, [
        _score(asked, part, _places(asked, part, profile, limit, pool, also), profile)
        for part in index.parts
        if len(part.segment)
    ]


def _fitting(scored: list[_Scored], profile: Profile) -> int:
    return int(sum((group.scores >= profile.fits_at).sum() for group in scored))


def _places(
    asked: Asked,
    part: IndexPart,
    profile: Profile,
    limit: int,
    pool: Collection[int] | None,
    also: int | None,
) -> Ints:
    """Which firms of a part are scored in full."""
    if pool is not None:
        return _places_of_keys(part, pool)
    if limit == 0:
        return np.flatnonzero(~part.hidden)
    places = retrieve(asked, part)
    if also is not None and (place := part.place_of(also)) is not None:
        places = np.union1d(places, [place])
    return places


def _places_of_keys(part: IndexPart, keys: Collection[int]) -> Ints:
    wanted = np.unique(np.fromiter(keys, np.int64, len(keys)))
    places = np.searchsorted(part.segment.keys, wanted)
    places = np.minimum(places, len(part.segment) - 1)
    places = places[part.segment.keys[places] == wanted]
    return np.asarray(places[~part.hidden[places]])


def retrieve(asked: Asked, part: IndexPart) -> Ints:
    """The firms worth scoring: those with the largest sums over a few heavy terms, and all whose
    codes say that they supply the class."""
    query = _retrieval_vector(asked, part)
    heavy = np.argpartition(-np.abs(query), QUERY_TERMS)[:QUERY_TERMS]
    sums = np.zeros(len(part.segment), np.float32)
    postings = part.segment.postings
    for term in heavy[query[heavy] != 0].tolist():
        span = slice(postings.indptr[term], postings.indptr[term + 1])
        sums[postings.indices[span]] += query[term] * postings.data[span]
    sums[_coded(asked, part)] += 1.0
    sums[part.hidden] = 0.0
    if len(sums) > RETRIEVED:
        best = np.argpartition(-sums, RETRIEVED)[:RETRIEVED]
        return np.sort(best[sums[best] > 0])
    return np.flatnonzero(sums > 0)


def _retrieval_vector(asked: Asked, part: IndexPart) -> Floats:
    """What the term features add up to, near enough: V numbers."""
    classes = part.statistics.classes
    total = 2.0 * asked.vector + 1.5 * asked.mixed(classes.likeness)
    return np.asarray(total + 0.9 * asked.mixed(classes.own_likeness), np.float32)


def _coded(asked: Asked, part: IndexPart) -> Ints:
    """Firms that declare or won a class that the need means."""
    meant = np.asarray(asked.classes, np.int16)
    found = []
    for column in (part.segment.declared, part.segment.won):
        hits = np.flatnonzero(np.isin(column.values, meant))
        found.append(np.searchsorted(column.ptr, hits, side="right") - 1)
    return np.unique(np.concatenate(found))


def _score(asked: Asked, part: IndexPart, places: Ints, profile: Profile) -> _Scored:
    candidates = Candidates.of(part, places)
    measured = [FEATURES[key].measure(asked, candidates) for key in profile.weights]
    values = np.stack([one.values for one in measured], axis=1)
    weights = np.asarray(list(profile.weights.values()), np.float32)
    return _Scored(part, places, values, values @ weights, [one.reasons for one in measured])


def _order(scored: list[_Scored]) -> list[tuple[int, int]]:
    """(group, row) of all scored firms, the best score first, then the smaller key."""
    if not scored:
        return []
    scores = np.concatenate([group.scores for group in scored])
    keys = np.concatenate([group.part.segment.keys[group.places] for group in scored])
    groups = np.concatenate([np.full(len(g.places), n) for n, g in enumerate(scored)])
    rows = np.concatenate([np.arange(len(group.places)) for group in scored])
    order = np.lexsort((keys, -scores))
    return list(zip(groups[order].tolist(), rows[order].tolist(), strict=True))


def _explain(
    asked: Asked,
    scored: list[_Scored],
    ranked: list[tuple[int, tuple[int, int]]],
    profile: Profile,
    today: dt.date,
) -> list[Match]:
    """Matches of (rank, (group, row)), in their order; reasons are found for a group at once."""
    matches: dict[int, Match] = {}
    for number, group in enumerate(scored):
        mine = [(rank, row) for rank, (of_group, row) in ranked if of_group == number]
        rows = np.asarray([row for _rank, row in mine], np.int64)
        facts = [group.part.segment.supplier_facts(place) for place in group.places[rows].tolist()]
        evidence = [reasons(rows, facts) for reasons in group.reasons]
        for at, (rank, row) in enumerate(mine):
            matches[rank] = _match(
                asked, group, row, rank, facts[at], [one[at] for one in evidence], profile, today
            )
    return [matches[rank] for rank, _place in ranked]


def _match(
    asked: Asked,
    group: _Scored,
    row: int,
    rank: int,
    facts: SupplierFacts,
    evidence: list[Evidence],
    profile: Profile,
    today: dt.date,
) -> Match:
    values = group.values[row].tolist()
    parts = tuple(
        Part(key, weight, value, met if value > 0 else ())
        for (key, weight), value, met in zip(profile.weights.items(), values, evidence, strict=True)
    )
    place = int(group.places[row])
    return Match(
        supplier=int(group.part.segment.keys[place]),
        rank=rank,
        parts=parts,
        gates=gates.check(asked.need.requirements, facts.holdings, today),
        missing=_missing(facts, group.part, place),
    )


def _missing(facts: SupplierFacts, part: IndexPart, place: int) -> tuple[str, ...]:
    """What the firm could state so that it could be judged better."""
    lacks = {
        "offers": not facts.offers,
        "classes": not len(part.segment.declared.row(place)),
        "industries": not facts.industries,
        "holdings": not facts.holdings,
        "employees": facts.employees is None,
    }
    return tuple(name for name, lacking in lacks.items() if lacking)
