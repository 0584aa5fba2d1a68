"""Plain facts that the index is given and gives back; keys are opaque and hashable."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from matching.identity.compare import Comparison, Zone
from matching.identity.names import fold, parse

Key = Hashable


@dataclass(frozen=True, slots=True)
class Place:
    """Where a firm is; what is unknown stays empty. Spelling and case do not matter."""

    province: str = ""
    city: str = ""
    postal_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A firm of the registry: every name it is known by, and its identifiers (type, value)."""

    key: Key
    names: tuple[str, ...]
    identifiers: tuple[tuple[str, str], ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A firm that is looked for. `reference` is what decisions call it, if it has an id."""

    names: tuple[str, ...]
    identifiers: tuple[tuple[str, str], ...] = ()
    place: Place | None = None
    reference: Key | None = None


class Verdict(StrEnum):
    """What a person decided about a pair."""

    SAME = "same"
    DIFFERENT = "different"


class Method(StrEnum):
    """What settled an answer."""

    DECISION = "decision"
    IDENTIFIER = "identifier"
    EXACT = "exact"
    SCORE = "score"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may be the firm, by its best name; `comparison` is None without one."""

    key: Key
    name: str
    score: float
    confidence: float
    zone: Zone
    method: Method
    comparison: Comparison | None
    note: str = ""

    @property
    def reason(self) -> str:
        """One English line: what settled it, else what the comparison says."""
        if self.note or self.comparison is None:
            return self.note or "no name to compare"
        return self.comparison.reason


@dataclass(frozen=True, slots=True)
class Answer:
    """Is this firm already here? `key` is set in zone SAME only; candidates are best first."""

    zone: Zone
    key: Key | None
    method: Method
    confidence: float
    reason: str
    candidates: tuple[Candidate, ...]


def name_reference(name: str) -> str:
    """What decisions call a name that has no id: its normalised form, blind to order and form."""
    return f"name:{parse(name).whole.sorted_key}"


class Decisions:
    """Remembered verdicts about pairs of references (record keys, query references, names).

    Symmetric: a pair decided one way round is decided the other way round.
    """

    def __init__(self, verdicts: Mapping[tuple[Key, Key], Verdict | str] | None = None) -> None:
        """Raises ValueError for a verdict that is neither "same" nor "different", or for a pair
        that is decided both ways."""
        self._of: dict[Key, dict[Key, Verdict]] = {}
        for (one, other), told in (verdicts or {}).items():
            verdict = Verdict(told)
            if self._of.get(one, {}).get(other, verdict) is not verdict:
                raise ValueError(f"contradictory decisions about {one!r} and {other!r}")
            self._of.setdefault(one, {})[other] = verdict
            self._of.setdefault(other, {})[one] = verdict

    def __bool__(self) -> bool:
        return bool(self._of)

    def about(self, references: Iterable[Key]) -> dict[Key, Verdict]:
        """Everything decided about any of the references; "different" wins over "same"."""
        found: dict[Key, Verdict] = {}
        for reference in references:
            for other, verdict in self._of.get(reference, {}).items():
                if verdict is Verdict.DIFFERENT or other not in found:
                    found[other] = verdict
        return found


def references_of(query: Query) -> tuple[Key, ...]:
    """What decisions may call a query: its own reference and its names."""
    own = () if query.reference is None else (query.reference,)
    return (*own, *(name_reference(name) for name in query.names))


def place_agreement(one: Place | None, other: Place | None) -> int:
    """3 same postal prefix, 2 city, 1 province, 0 unknown or another town, -1 other province."""
    if one is None or other is None:
        return 0
    if _agree(one.postal_prefix, other.postal_prefix):
        return 3
    if _differ(one.province, other.province):
        return -1
    if _agree(one.city, other.city):
        return 2
    # Different towns of one province: neither for nor against.
    if _differ(one.city, other.city):
        return 0
    return 1 if _agree(one.province, other.province) else 0


def _agree(one: str, other: str) -> bool:
    return bool(one) and _spelled(one) == _spelled(other)


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and _spelled(one) != _spelled(other)


def _spelled(text: str) -> str:
    return fold(text).replace(" ", "")
