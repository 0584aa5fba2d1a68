"""From scored candidates to one answer: decisions, identifiers, names, then rivals and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matching.identity import profile
from matching.identity.compare import EXACT, Comparison, Zone, confidence_of, zone_of
from matching.identity.records import Answer, Candidate, Key, Method, Record, Verdict

# An identifier settles unless the names have this little in common.
_UTTERLY_DIFFERENT = 20.0
# Another record this close to the best one is a rival that a person must rule out.
RIVAL_POINTS = 5.0
# City or postal prefix: what tells the shops of a chain apart.
_PLACE_SETTLES = 2


def remembered(record: Record, comparison: Comparison | None, verdict: Verdict) -> Candidate:
    """A candidate that a person has decided about; its score is the verdict's."""
    same = verdict is Verdict.SAME
    return Candidate(
        key=record.key,
        name=_name(record, comparison),
        score=100.0 if same else 0.0,
        confidence=1.0 if same else 0.0,
        zone=Zone.SAME if same else Zone.DIFFERENT,
        method=Method.DECISION,
        note=f"a person decided: {verdict.value}",
        comparison=comparison,
    )


def scored(record: Record, comparison: Comparison | None, *, identified: bool) -> Candidate:
    """A candidate judged by an identifier that both have, else by its names."""
    if identified:
        return _identified(record, comparison)
    score = comparison.score if comparison else 0.0
    exact = comparison is not None and EXACT in comparison.limits
    return Candidate(
        key=record.key,
        name=_name(record, comparison),
        score=score,
        confidence=confidence_of(score),
        zone=zone_of(score),
        method=Method.EXACT if exact else Method.SCORE,
        comparison=comparison,
    )


def answer(candidates: Sequence[Candidate], agreement: Mapping[Key, int], limit: int) -> Answer:
    """The answer that the candidates allow; `agreement` is `place_agreement` by record key."""
    ordered = sorted(candidates, key=lambda found: _order(found, agreement))
    same = [found for found in ordered if found.zone is Zone.SAME]
    kept = tuple(ordered[: max(limit, len(same))])
    if not ordered:
        return Answer(Zone.DIFFERENT, None, Method.NONE, 1.0, "no name comes near", ())
    if not same:
        return _without_link(kept)
    rivals = _rivals(same)
    if len(rivals) == 1:
        return _link(rivals[0], kept, "")
    settled = _settled_by_place(rivals, agreement)
    if settled is not None:
        return _link(settled, kept, "; the place settles between namesakes")
    return Answer(
        Zone.ASK,
        None,
        rivals[0].method,
        rivals[0].confidence / len(rivals),
        f"{len(rivals)} records fit equally well",
        kept,
    )


def _name(record: Record, comparison: Comparison | None) -> str:
    if comparison is not None:
        return comparison.right.raw
    return record.names[0] if record.names else ""


def _identified(record: Record, comparison: Comparison | None) -> Candidate:
    utterly = comparison is not None and comparison.score < _UTTERLY_DIFFERENT
    reason = "an identifier agrees"
    if utterly:
        reason += ", yet the names have nothing in common"
    return Candidate(
        key=record.key,
        name=_name(record, comparison),
        score=profile.SAME_FROM - 1 if utterly else 100.0,
        confidence=0.5 if utterly else 1.0,
        zone=Zone.ASK if utterly else Zone.SAME,
        method=Method.IDENTIFIER,
        note=reason,
        comparison=comparison,
    )


_STRENGTH = {
    Method.DECISION: 0,
    Method.IDENTIFIER: 1,
    Method.EXACT: 2,
    Method.SCORE: 3,
    Method.NONE: 4,
}


def _order(found: Candidate, agreement: Mapping[Key, int]) -> tuple[float, float, int, str]:
    """Strongest method first within a zone, then score, then place; the key only breaks ties."""
    zones = (Zone.SAME, Zone.ASK, Zone.DIFFERENT)
    settled = _STRENGTH[found.method] if found.method in (Method.DECISION, Method.IDENTIFIER) else 2
    return (
        zones.index(found.zone) * 10 + settled,
        -found.score,
        -agreement.get(found.key, 0),
        str(found.key),
    )


def _rivals(same: Sequence[Candidate]) -> list[Candidate]:
    """The records that no rule sets apart from the best one, itself included."""
    best = same[0]
    if best.method in (Method.DECISION, Method.IDENTIFIER):
        return [found for found in same if found.method is best.method]
    return [found for found in same if best.score - found.score < RIVAL_POINTS]


def _settled_by_place(
    rivals: Sequence[Candidate], agreement: Mapping[Key, int]
) -> Candidate | None:
    """The one rival in the query's own town, if there is exactly one."""
    levels = [agreement.get(found.key, 0) for found in rivals]
    most = max(levels)
    if most < _PLACE_SETTLES or levels.count(most) > 1:
        return None
    return rivals[levels.index(most)]


def _link(found: Candidate, kept: tuple[Candidate, ...], note: str) -> Answer:
    return Answer(Zone.SAME, found.key, found.method, found.confidence, found.reason + note, kept)


def _without_link(kept: tuple[Candidate, ...]) -> Answer:
    """Nothing links: ask about the nearest, or say that the firm is new."""
    open_ones = [found for found in kept if found.zone is Zone.ASK]
    if open_ones:
        best = open_ones[0]
        return Answer(Zone.ASK, None, best.method, best.confidence, best.reason, kept)
    decided = kept[0].method is Method.DECISION and len(kept) == 1
    method = Method.DECISION if decided else Method.SCORE
    nearest = max(found.confidence for found in kept)
    return Answer(Zone.DIFFERENT, None, method, 1.0 - nearest, kept[0].reason, kept)
