"""Ranking: retrieve by words and classes, score what was retrieved, explain what is shown.

The engine reads no clock, environment or file, and changes none of its arguments.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from matching import gates
from matching.asked import Asked, compile_need
from matching.facts import Need
from matching.features.feature import Candidates, Evidence, Reasons, shaped
from matching.index.model import Index
from matching.index.model import Part as IndexPart
from matching.index.ragged import Ints
from matching.index.segment import Floats, SupplierFacts
from matching.profiles import FEATURES, PROFILE, Profile
from matching.result import Lift, Match, Part, points

RETRIEVED = 500  # firms scored in full for each need
QUERY_TERMS = 30  # terms a need is retrieved by: those with the largest weights
# Points that stand, in retrieval, for all features of words: measured to keep the most.
WORDS_ESTIMATE, TITLE_ESTIMATE = 15.0, 15.0


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
    """The firms worth scoring in full: those with the highest estimate of their score.

    The estimate is exact in what the classes alone give their leaders, and stands for all that is
    asked of words by two sums over the postings of few terms. How much of an exhaustive top 50 it
    keeps is measured by benchmarks/matching.py.
    """
    total = len(part.segment)
    if total <= RETRIEVED or not len(part.leaders.places):  # an overlay has no leaders
        return np.flatnonzero(~part.hidden)
    estimate = WORDS_ESTIMATE * shaped(
        _sums(part, _heaviest_terms(asked.vector), asked.vector), 0.5, 0.7
    )
    titled = np.zeros(total, np.float32)
    for sought in asked.titles:
        share = _presence(part, sought, asked.idf) / asked.idf[sought].sum()
        np.maximum(titled, share, out=titled)
    estimate += TITLE_ESTIMATE * shaped(titled, 1.0, 2.0)
    for number in asked.classes:
        share = float(asked.reading[number]) * asked.certainty
        estimate[part.leaders.places.row(number)] += share * part.leaders.points.row(number)
    estimate[part.hidden] = 0.0
    hopeful = np.flatnonzero(estimate > 0)
    if len(hopeful) > RETRIEVED:
        best = np.argpartition(-estimate[hopeful], RETRIEVED)[:RETRIEVED]
        hopeful = np.sort(hopeful[best])
    return hopeful


def _heaviest_terms(vector: Floats) -> Ints:
    used = np.flatnonzero(vector > 0)
    if len(used) > QUERY_TERMS:
        used = used[np.argpartition(-vector[used], QUERY_TERMS)[:QUERY_TERMS]]
    return used


def _sums(part: IndexPart, terms: Ints, weights: Floats) -> Floats:
    """N: for each firm the sum over these terms of their weight times the firm's."""
    sums = np.zeros(len(part.segment), np.float32)
    for term, span in _spans(part, terms):
        postings = part.segment.postings
        sums[postings.indices[span]] += weights[term] * postings.data[span]
    return sums


def _presence(part: IndexPart, terms: Ints, idf: Floats) -> Floats:
    """N: for each firm the summed rarity of those of the terms that it has at all."""
    sums = np.zeros(len(part.segment), np.float32)
    for term, span in _spans(part, terms):
        sums[part.segment.postings.indices[span]] += idf[term]
    return sums


def _spans(part: IndexPart, terms: Ints) -> Iterator[tuple[int, slice]]:
    """Each term with where its postings lie; an overlay may have met terms that have none here."""
    postings = part.segment.postings
    for term in terms[terms < postings.shape[0]].tolist():
        yield term, slice(postings.indptr[term], postings.indptr[term + 1])


def measure(asked: Asked, part: IndexPart, places: Ints, profile: Profile) -> Floats:
    """n x F: the values of the profile's features for some firms, for who fits its weights."""
    return _score(asked, part, places, profile).values


def _score(asked: Asked, part: IndexPart, places: Ints, profile: Profile) -> _Scored:
    candidates = Candidates.of(part, places)
    # Matrix kernels may flag what they compute in padding and throw away: the values are finite.
    with np.errstate(invalid="ignore"):
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
        gates=gates.check(
            asked.need.requirements, facts.holdings, today, group.part.segment.activity_of(place)
        ),
        missing=_missing(facts, group.part, place),
        lift=_lift(asked, group.part, parts),
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


def _lift(asked: Asked, part: IndexPart, parts: tuple[Part, ...]) -> Lift | None:
    """Declaring the class that is meant most, if the firm does not: a line in its record.

    Counted as the points of the declaration alone; what others' declarations would then teach
    the models comes on top at the next build.
    """
    if not asked.classes:
        return None
    declared = next((one for one in parts if one.feature == "declared"), None)
    likely = asked.certainty  # the value that the surest class would give
    if declared is None or declared.value >= likely:
        return None
    code = part.statistics.classes.codes[asked.classes[0]]
    return Lift("declare", code, declared.weight * (likely - declared.value))
