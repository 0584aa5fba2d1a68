"""Are these two names one firm? A score of 0 to 100 in named parts, a zone and a confidence."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from operator import mul

from matching.identity import profile
from matching.identity.evidence import FEATURES, Feature, has_distinct, measure
from matching.identity.names import Core, FirmName, Role, is_company_number, parse
from matching.identity.rarity import Rarity

_WEIGHTS = tuple(profile.WEIGHTS.get(feature.name, 0.0) for feature in FEATURES)
_TOP = 100.0
# A score that must not link by itself stays below SAME_FROM; one of two registrar's numbers that
# differ stays below ASK_FROM.
_NEVER_SAME = profile.SAME_FROM - 1
_NEVER_ASKED = profile.ASK_FROM - 25
_YEARS = range(1850, 2100)


class Zone(StrEnum):
    """What to do with a pair: link it, let a person decide, or keep it apart."""

    SAME = "same"
    ASK = "ask"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Part:
    """One summand of a score: `points` = weight times value, on the scale 0..100."""

    name: str
    points: float
    value: float
    text_en: str
    text_fr: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A rule that bounds a score from above or lifts it, whatever the features say."""

    name: str
    most: float
    text_en: str
    text_fr: str
    least: float = 0.0


EXACT = Limit("same_key", _TOP, "the same name", "le même nom", least=_TOP)
NUMBERED = Limit(
    "company_number", _NEVER_ASKED, "company numbers differ", "les numéros de société diffèrent"
)
NUMBERS = Limit("numbers", _NEVER_SAME, "numbers differ", "les numéros diffèrent")
ONE_NUMBER = Limit(
    "number_missing", _NEVER_SAME, "a number is missing", "un numéro manque à l'un des noms"
)
NO_WORDS = Limit("no_words", 0.0, "a name without words", "un nom sans mots")
OTHER_NAME = Limit(
    "other_firm",
    _NEVER_SAME,
    "the further words are another firm's name",
    "les mots de plus sont le nom d'une autre entreprise",
)
IDENTIFIERS = Limit("identifiers", _NEVER_SAME, "identifiers differ", "les identifiants diffèrent")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two names compared. `values` answer `FEATURES`; `place_points` come from the index.

    `raw_points` is the sum before any limit; `score` is 0 (certainly two firms) to 100 (one name).
    """

    left: FirmName
    right: FirmName
    values: tuple[float, ...]
    limits: tuple[Limit, ...]
    place_points: float
    raw_points: float
    score: float

    @property
    def zone(self) -> Zone:
        """The zone of the score."""
        return zone_of(self.score)

    @property
    def confidence(self) -> float:
        """Calibrated probability, 0..1, that linking these two names would be right."""
        return confidence_of(self.score)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Named summands; their points add up to the score."""
        parts = [Part("base", profile.BASE_POINTS, 1.0, "starting point", "point de départ")]
        for feature, weight, value in zip(FEATURES, _WEIGHTS, self.values, strict=True):
            if weight and value:
                parts.append(_part(feature, weight, value))
        if self.place_points:
            parts.append(_place_part(self.place_points))
        rest = self.score - sum(part.points for part in parts)
        if abs(rest) > 1e-9:
            parts.append(self._limit_part(rest))
        return tuple(parts)

    @property
    def reason(self) -> str:
        """One English line: the rules that applied, then the two strongest parts."""
        ruled = [limit.text_en for limit in self.limits]
        strongest = sorted(
            (part for part in self.parts if part.name not in ("base", "limits")),
            key=lambda part: -abs(part.points),
        )
        told = ruled + [f"{part.text_en} ({part.points:+.0f})" for part in strongest[:2]]
        return "; ".join(told) or "nothing in common"

    def limited(self, *limits: Limit) -> Comparison:
        """The same comparison under further limits."""
        return _judge(self.left, self.right, self.values, self.limits + limits, self.place_points)

    def placed(self, points: float) -> Comparison:
        """The same comparison with points for agreeing or differing places."""
        return _judge(self.left, self.right, self.values, self.limits, points)

    def _limit_part(self, rest: float) -> Part:
        texts_en = ", ".join(limit.text_en for limit in self.limits) or "the scale ends here"
        texts_fr = ", ".join(limit.text_fr for limit in self.limits) or "l'échelle s'arrête ici"
        return Part("limits", rest, 1.0, texts_en, texts_fr)


def _judge(
    left: FirmName,
    right: FirmName,
    values: tuple[float, ...],
    limits: tuple[Limit, ...],
    place_points: float = 0.0,
) -> Comparison:
    """Add up the points, then apply the limits: those that lift first, so that a veto stands."""
    raw = profile.BASE_POINTS + sum(map(mul, _WEIGHTS, values))
    score = max((raw, *(limit.least for limit in limits))) + place_points
    score = min((score, _TOP, *(limit.most for limit in limits)))
    return Comparison(
        left, right, values, limits, place_points, raw + place_points, max(0.0, score)
    )


def zone_of(score: float) -> Zone:
    """The zone of a score of 0..100, by the fitted thresholds."""
    if score >= profile.SAME_FROM:
        return Zone.SAME
    return Zone.ASK if score >= profile.ASK_FROM else Zone.DIFFERENT


def confidence_of(score: float) -> float:
    """Probability of a right link at a score of 0..100, linear between the calibrated points."""
    table = profile.CALIBRATION
    position = bisect_right(table, (score, 2.0))
    if position == 0:
        return table[0][1]
    if position == len(table):
        return table[-1][1]
    (low, at_low), (high, at_high) = table[position - 1], table[position]
    return at_low + (at_high - at_low) * (score - low) / (high - low)


def compare(
    left: FirmName | str, right: FirmName | str, rarity: Rarity | None = None
) -> Comparison:
    """Compare two names; without the rarity of an index every unlisted word is rare.

    A name that holds others ("1234567 Canada Inc. o/a Falcon") is compared by its best part.
    """
    one = parse(left) if isinstance(left, str) else left
    other = parse(right) if isinstance(right, str) else right
    known = rarity or Rarity()
    limits = _number_limits(one, other)
    comparisons = [
        _judge(one, other, measure(a, b, known), _core_limits(a, b, limits))
        for a, b in _pairs(one, other)
    ]
    return max(comparisons, key=lambda compared: (compared.score, compared.raw_points))


def _pairs(one: FirmName, other: FirmName) -> list[tuple[Core, Core]]:
    """The whole names, and their trade names where a name holds several."""
    lefts = [one.whole, *(part for part in one.parts if part.role is Role.TRADE)]
    rights = [other.whole, *(part for part in other.parts if part.role is Role.TRADE)]
    if len(one.parts) == 1:
        lefts = lefts[:1]
    if len(other.parts) == 1:
        rights = rights[:1]
    return [(left, right) for left in lefts for right in rights]


def _number_limits(one: FirmName, other: FirmName) -> tuple[Limit, ...]:
    """Rules on the whole names: two numbers that differ never link."""
    mine, yours = one.whole.numbers, other.whole.numbers
    if not mine or not yours or mine == yours:
        return ()
    registered = _company_numbers(mine), _company_numbers(yours)
    if all(registered) and not registered[0] & registered[1]:
        traded = len(one.parts) > 1 or len(other.parts) > 1
        return (NUMBERS,) if traded else (NUMBERED,)
    return (NUMBERS,)


def _company_numbers(numbers: frozenset[str]) -> frozenset[str]:
    return frozenset(number for number in numbers if is_company_number(number))


def _core_limits(left: Core, right: Core, limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    if not left.words or not right.words:
        return (NO_WORDS,)
    if _same_key(left, right):
        return (EXACT, *limits)
    if bool(left.numbers) != bool(right.numbers) and not _is_year(left.numbers | right.numbers):
        return (ONE_NUMBER, *limits)
    return limits


def _same_key(left: Core, right: Core) -> bool:
    """Equal as spelled, or in any order and language if there is a word that is not common."""
    if left.squashed == right.squashed:
        return True
    return left.sorted_key == right.sorted_key and has_distinct(left)


def _is_year(numbers: frozenset[str]) -> bool:
    return all(len(number) == 4 and int(number) in _YEARS for number in numbers)


def _part(feature: Feature, weight: float, value: float) -> Part:
    return Part(feature.name, weight * value, value, feature.text_en, feature.text_fr)


def _place_part(points: float) -> Part:
    if points > 0:
        return Part("place", points, 1.0, "the places agree", "les lieux concordent")
    return Part("place", points, 1.0, "the places differ", "les lieux diffèrent")
