"""Ranking: retrieve by words and classes, score what was retrieved, explain what is shown.

The engine reads no clock, environment or file, and changes none of its arguments.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import compress

import numpy as np

from matching import gates
from matching.asked import Asked, compile_need
from matching.facts import Need
from matching.features.feature import Candidates, Reasons
from matching.index.model import Index
from matching.index.model import Part as IndexPart
from matching.index.ragged import Ints
from matching.index.segment import UNKNOWN_EMPLOYEES, Floats, Segment
from matching.profiles import FEATURES, PROFILE, Profile
from matching.result import Gate, Lift, Match, Measured, Part, part_of_fields, points
from matching.retrieval import RETRIEVED, retrieve


class NeedEmpty(ValueError):
    """A need has neither a word nor a supply class to go by."""


@dataclass(frozen=True)
class Answer:
    """The best firms, best first, and how many of those scored are at `fits_at` or more.

    `keys` and `points` are of all that were scored, in no order.
    """

    matches: tuple[Match, ...]
    fitting: int
    keys: Ints = field(default_factory=lambda: np.zeros(0, np.int64), compare=False)
    points: Floats = field(default_factory=lambda: np.zeros(0, np.float32), compare=False)

    def keys_from(self, least: float) -> Ints:
        """Keys of those scored at so many points or more."""
        return np.asarray(self.keys[self.points >= least])


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
    if not scored:
        return Answer(tuple(matches), 0)
    keys = [group.part.segment.keys[group.places] for group in scored]
    points = [group.scores for group in scored]
    fitting = _fitting(scored, profile)
    return Answer(tuple(matches), fitting, np.concatenate(keys), np.concatenate(points))


def order(
    index: Index,
    need: Need,
    *,
    limit: int,
    pool: Collection[int] | None = None,
    profile: Profile = PROFILE,
    retrieved: int = RETRIEVED,
) -> list[tuple[int, float]]:
    """Keys and scores as `rank` would give them, without the reasons. Raises NeedEmpty.

    `retrieved` is how many of the firms that look nearest are scored.
    """
    _asked, scored = _scored(index, need, profile, limit, pool, retrieved=retrieved)
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
    asked, scored = _scored(index, need, profile, RETRIEVED, None, also=np.asarray([supplier]))
    for position, (group, row) in enumerate(_order(scored), start=1):
        if scored[group].part.segment.keys[scored[group].places[row]] == supplier:
            return _explain(asked, scored, [(position, (group, row))], profile, today)[0]
    return None


def survey(
    index: Index,
    need: Need,
    *,
    today: dt.date,
    also: Collection[int] | None = (),
    profile: Profile = PROFILE,
) -> list[Measured]:
    """All firms that fit and how, best first; of those in `also` even the ones that do not.

    The firms scored are those retrieved and those in `also`; with None, all of the index. So a
    later survey that is given an earlier one's firms and those changed since misses none of them.
    Raises NeedEmpty.
    """
    limit = 0 if also is None else RETRIEVED
    wanted = np.fromiter(also or (), np.int64, len(also or ()))
    asked, scored = _scored(index, need, profile, limit, None, also=wanted)
    weights = np.asarray(list(profile.weights.values()), np.float32)
    measured = [
        Measured(
            int(group.part.segment.keys[place]),
            points(score),
            tuple(parts),
            _gates(asked.need, group.part.segment, place, today),
        )
        for group, rows in ((group, _wanted(group, wanted, profile)) for group in scored)
        for place, score, parts in zip(
            group.places[rows].tolist(),
            group.scores[rows].tolist(),
            (group.values[rows] * weights).tolist(),
            strict=True,
        )
    ]
    return sorted(measured, key=lambda one: (-one.score, one.supplier))


def _wanted(group: _Scored, wanted: Ints, profile: Profile) -> Ints:
    """Rows of a group that fit or are asked for by their keys."""
    keys = group.part.segment.keys[group.places]
    return np.flatnonzero((group.scores >= profile.fits_at) | np.isin(keys, wanted))


def _scored(
    index: Index,
    need: Need,
    profile: Profile,
    limit: int,
    pool: Collection[int] | None,
    also: Ints | None = None,
    retrieved: int = RETRIEVED,
) -> tuple[Asked, list[_Scored]]:
    if need.is_empty:
        raise NeedEmpty(need.key)
    asked = compile_need(need, index.statistics)
    return asked, [
        _score(asked, part, _places(asked, part, limit, pool, also, retrieved), profile)
        for part in index.parts
        if len(part.segment)
    ]


def _fitting(scored: list[_Scored], profile: Profile) -> int:
    return int(sum((group.scores >= profile.fits_at).sum() for group in scored))


def _places(
    asked: Asked,
    part: IndexPart,
    limit: int,
    pool: Collection[int] | None,
    also: Ints | None,
    retrieved: int,
) -> Ints:
    """Which firms of a part are scored in full."""
    if pool is not None:
        return _places_of_keys(part, pool)
    if limit == 0:
        return np.flatnonzero(~part.hidden)
    places = retrieve(asked, part, retrieved)
    if also is not None and len(also):
        places = np.union1d(places, _places_of_keys(part, also))
    return places


def _places_of_keys(part: IndexPart, keys: Collection[int] | Ints) -> Ints:
    wanted = np.unique(np.fromiter(keys, np.int64, len(keys)))
    places = np.searchsorted(part.segment.keys, wanted)
    places = np.minimum(places, len(part.segment) - 1)
    places = places[part.segment.keys[places] == wanted]
    return np.asarray(places[~part.hidden[places]])


def measure(asked: Asked, part: IndexPart, places: Ints, profile: Profile) -> Floats:
    """n x F: the values of the profile's features for some firms, for who fits its weights."""
    return _score(asked, part, places, profile).values


def _score(asked: Asked, part: IndexPart, places: Ints, profile: Profile) -> _Scored:
    candidates = Candidates.of(asked, part, places)
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
        explained = zip(
            mine,
            group.places[rows].tolist(),
            group.values[rows].tolist(),
            zip(*(reasons(rows) for reasons in group.reasons), strict=True),
            _missing(group.part.segment, group.places[rows]),
            strict=True,
        )
        for (rank, _row), place, values, evidence, missing in explained:
            met = [
                words if value > 0 else () for words, value in zip(evidence, values, strict=True)
            ]
            fields = zip(profile.weights, profile.weights.values(), values, met, strict=True)
            parts = tuple(map(part_of_fields, fields))
            matches[rank] = Match(
                supplier=int(group.part.segment.keys[place]),
                rank=rank,
                parts=parts,
                gates=_gates(asked.need, group.part.segment, place, today),
                missing=missing,
                lift=_lift(asked, group.part, parts),
            )
    return [matches[rank] for rank, _place in ranked]


def _gates(need: Need, segment: Segment, place: int, today: dt.date) -> tuple[Gate, ...]:
    if not need.requirements:
        return ()
    return gates.check(
        need.requirements, segment.holdings_of(place), today, segment.activity_of(place)
    )


def _missing(segment: Segment, places: Ints) -> list[tuple[str, ...]]:
    """What each firm could state so that it could be judged better."""
    lacks = {
        "offers": segment.offers.lengths(places) == 0,
        "classes": segment.declared.lengths(places) == 0,
        "industries": segment.industries.lengths(places) == 0,
        "holdings": segment.holdings.lengths(places) == 1,  # nothing but its line end
        "employees": segment.employees[places] == UNKNOWN_EMPLOYEES,
    }
    names = tuple(lacks)
    return [tuple(compress(names, row)) for row in np.stack(list(lacks.values()), 1).tolist()]


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
