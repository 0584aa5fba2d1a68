"""Two frozen documents beside each other: who rose, fell, is new or gone, and by which parts."""

from dataclasses import dataclass, field
from typing import Any

from registry.matches.evidence import Document
from registry.matches.moved import moved_points

LEAST_POINTS = 0.05  # of one reason: what rounds to nothing is not said to have changed


@dataclass(frozen=True)
class Moved:
    """One firm in two documents; a rank or score is None where the firm has none there."""

    firm_id: int
    name: dict[str, str]
    ranks: tuple[int | None, int | None]
    scores: tuple[float | None, float | None]
    statuses: tuple[str | None, str | None]
    how: str  # new, gone, rose, fell, same
    parts: list[tuple[str, float]] = field(default_factory=list)  # title, points gained or lost
    # Those of the second document whose state was another in the first.
    gates: list[dict[str, Any]] = field(default_factory=list)
    record_changed: bool = False


def compare(one: Document, other: Document) -> list[Moved]:
    """Every firm of either document: those gone last, else in the order of the second."""
    before, after = _by_firm(one), _by_firm(other)
    numbers = [*after, *(number for number in before if number not in after)]
    moved = [_moved(number, before.get(number), after.get(number)) for number in numbers]
    return sorted(moved, key=lambda m: (m.how == "gone", m.ranks[1] or len(numbers) + 1))


def _by_firm(document: Document) -> dict[int, Document]:
    return {firm["firm_id"]: firm for firm in document["firms"]}


def _moved(number: int, before: Document | None, after: Document | None) -> Moved:
    pair = (before, after)
    matches = [firm["match"] if firm else None for firm in pair]
    ranks = tuple(match["rank"] if match else None for match in matches)
    return Moved(
        firm_id=number,
        name=(after or before or {})["name"],
        ranks=(ranks[0], ranks[1]),
        scores=(_score(matches[0]), _score(matches[1])),
        statuses=(_status(before), _status(after)),
        how=_how(before, after, ranks),
        parts=_parts(*matches) if all(matches) else [],
        gates=_gates(*matches) if all(matches) else [],
        record_changed=bool(before and after)
        and (before or {})["facts_sha256"] != (after or {})["facts_sha256"],
    )


def _score(match: dict[str, Any] | None) -> float | None:
    return match["score"] if match else None


def _status(firm: Document | None) -> str | None:
    return firm["decision"]["status"] if firm and "decision" in firm else None


def _how(before: Document | None, after: Document | None, ranks: tuple[int | None, ...]) -> str:
    if before is None:
        return "new"
    if after is None:
        return "gone"
    was, is_now = ranks
    if was is None or is_now is None or was == is_now:
        return "same"
    return "rose" if is_now < was else "fell"


def _parts(before: Any, after: Any) -> list[tuple[str, float]]:
    """Titles with points gained or lost, what weighs most first."""
    was, now = (
        {part["title"]: part["points"] for part in match["parts"]} for match in (before, after)
    )
    return moved_points(was, now, LEAST_POINTS)


def _gates(before: Any, after: Any) -> list[dict[str, Any]]:
    was = {gate["name"]: gate["state"] for gate in before["gates"]}
    return [gate for gate in after["gates"] if gate["state"] != was.get(gate["name"])]
