"""Ranking: retrieve by words and classes, score what was retrieved, explain what is shown.

The engine reads no clock, environment or file, and changes none of its arguments.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matching import gates
from matching.asked import Asked, compile_need
from matching.facts import Need
from matching.features.feature import Candidates, Reason
from matching.index.model import Index
from matching.index.model import Part as IndexPart
from matching.index.ragged import Ints
from matching.index.segment import Floats, SupplierFacts
from matching.profiles import FEATURES, PROFILE, Profile
from matching.result import Match, Part

RETRIEVED = 600  # firms scored in full for each need
QUERY_TERMS = 120  # terms a need is retrieved by: those with the largest weights


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
    reasons: list[Reason]


def rank(
    index: Index,
    need: Need,
    *,
    today: dt.date,
    limit: int,
    pool: Collection[int] | None = None,
    of: int | None = None,
    profile: Profile = PROFILE,
) -> Answer:
    """Rank the firms of an index for a need.

    `limit` is how many are explained; 0 means all. `pool` restricts the ranking to these keys, all
    of which are then scored; `of` asks for one firm only, at the rank it has among all.
    Ties go to the smaller key. Raises NeedEmpty.
    """
    if need.is_empty:
        raise NeedEmpty(need.key)
    asked = compile_need(need, index.statistics)
    scored = [
        _score(asked, part, _places(asked, part, profile, limit, pool, of), profile)
        for part in index.parts
        if len(part.segment)
    ]
    order = _order(scored)
    fitting = int(sum((group.scores >= profile.fits_at).sum() for group in scored))
    wanted = order if of is not None else order[: limit or None]
    matches = [
        _explain(asked, scored[group], row, position, profile, today)
        for position, (group, row) in enumerate(wanted, start=1)
        if of is None or scored[group].part.segment.keys[scored[group].places[row]] == of
    ]
    return Answer(tuple(matches), fitting)


def _places(
    asked: Asked,
    part: IndexPart,
    profile: Profile,
    limit: int,
    pool: Collection[int] | None,
    of: int | None,
) -> Ints:
    """Which firms of a part are scored in full."""
    if pool is not None:
        return _places_of_keys(part, pool)
    if limit == 0:
        return np.flatnonzero(~part.hidden)
    places = retrieve(asked, part, profile)
    if of is not None and (place := part.place_of(of)) is not None:
        places = np.union1d(places, [place])
    return places


def _places_of_keys(part: IndexPart, keys: Collection[int]) -> Ints:
    wanted = np.unique(np.fromiter(keys, np.int64, len(keys)))
    places = np.searchsorted(part.segment.keys, wanted)
    places = np.minimum(places, len(part.segment) - 1)
    places = places[part.segment.keys[places] == wanted]
    return np.asarray(places[~part.hidden[places]])


def retrieve(asked: Asked, part: IndexPart, profile: Profile) -> Ints:
    """The firms worth scoring: those with the largest sums over a few heavy terms, and all whose
    codes say that they supply the class."""
    query = _retrieval_vector(asked, part, profile)
    sums = np.zeros(len(part.segment), np.float32)
    postings = part.segment.postings
    for term, weight in zip(query.indices.tolist(), query.data.tolist(), strict=True):
        span = slice(postings.indptr[term], postings.indptr[term + 1])
        sums[postings.indices[span]] += weight * postings.data[span]
    sums[_coded(asked, part)] += 1.0
    sums[part.hidden] = 0.0
    if len(sums) > RETRIEVED:
        best = np.argpartition(-sums, RETRIEVED)[:RETRIEVED]
        return np.sort(best[sums[best] > 0])
    return np.flatnonzero(sums > 0)


def _retrieval_vector(asked: Asked, part: IndexPart, profile: Profile) -> sparse.csr_matrix:
    """What the term features add up to, cut to the QUERY_TERMS terms that matter most."""
    classes = part.statistics.classes
    reading = sparse.csr_matrix(asked.reading[None, :] * asked.certainty)
    total = (
        profile.weights["words"] * asked.vector
        + profile.weights["likeness"] * (reading @ classes.likeness)
        + profile.weights["centre"] * (reading @ classes.centre)
    ).tocsr()
    total = total / 100.0
    if total.nnz > QUERY_TERMS:
        keep = np.argpartition(-np.abs(total.data), QUERY_TERMS)[:QUERY_TERMS]
        flat = (total.data[keep], total.indices[keep], [0, QUERY_TERMS])
        total = sparse.csr_matrix(flat, shape=total.shape)
    return total


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
    return _Scored(part, places, values, values @ weights, [one.reason for one in measured])


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
    group: _Scored,
    row: int,
    rank: int,
    profile: Profile,
    today: dt.date,
) -> Match:
    place = group.places[row]
    facts = group.part.segment.supplier_facts(place)
    parts = tuple(
        Part(
            key,
            weight,
            float(group.values[row, column]),
            group.reasons[column](row, facts) if group.values[row, column] > 0 else (),
        )
        for column, (key, weight) in enumerate(profile.weights.items())
    )
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
