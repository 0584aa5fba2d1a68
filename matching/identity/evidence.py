"""What speaks for and against two names being one firm: one number per question.

A feature is a value that knows no direction; its weight (in `profile`) is fitted, its sign is
fixed here, so that an explanation never says the opposite of what its words say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from matching.identity.align import Alignment, align
from matching.identity.names import Core
from matching.identity.rarity import Kind, Rarity, kind_of


@dataclass(frozen=True, slots=True)
class Feature:
    """A question about a pair of names, its expected sign and its words in both languages."""

    name: str
    sign: int
    text_en: str
    text_fr: str


# In the order in which `measure` answers. Values are 0..1 unless a limit is told.
FEATURES: tuple[Feature, ...] = (
    Feature("rare_word", 1, "a rare word is the same", "un mot rare est identique"),
    Feature("coverage", 1, "the shorter name is in the other", "le nom court est dans l'autre"),
    Feature("lead", 1, "the first words meet", "les premiers mots concordent"),
    Feature("letters", 1, "letters in order are alike", "les lettres se suivent de même"),
    Feature("inside", 1, "one name is spelled inside the other", "un nom est contenu dans l'autre"),
    Feature("word_set", 1, "the sets of words are alike", "les ensembles de mots concordent"),
    Feature("numbers_agree", 1, "the numbers agree", "les numéros concordent"),
    Feature("own_words", -1, "each name has words of its own", "chaque nom a ses propres mots"),
    Feature("own_rarest", -1, "each has a rare word of its own", "chacun a un mot rare à lui"),
    Feature("extra_words", -1, "one name has more rare words", "un nom a plus de mots rares"),
    Feature("own_trade", -1, "the lines of business differ", "les métiers diffèrent"),
    Feature("short_name", -1, "a name of few letters", "un nom de peu de lettres"),
    Feature("common_words_only", -1, "a name of common words only", "un nom de mots courants"),
)


_FEW_LETTERS = 5


def measure(left: Core, right: Core, rarity: Rarity) -> tuple[float, ...]:
    """The values of `FEATURES` for two cores; the same for (a, b) and (b, a)."""
    # Alignment is greedy, hence a fixed order of the two.
    if (right.sorted_key, right.squashed) < (left.sorted_key, left.squashed):
        left, right = right, left
    met = align(left, right, rarity)
    ones, others = _sums(met.left_alone, rarity), _sums(met.right_alone, rarity)
    return (
        max((m.weight for m in met.meetings if m.how in ("equal", "joined")), default=0.0),
        _coverage(met, left, right, rarity),
        _lead(met, left, right),
        fuzz.ratio(left.squashed, right.squashed) / 100,
        fuzz.partial_ratio(left.squashed, right.squashed) / 100,
        fuzz.token_set_ratio(left.sorted_key, right.sorted_key) / 100,
        float(bool(left.numbers) and left.numbers == right.numbers),
        min(ones.distinct, others.distinct, 1.5),
        min(ones.rarest, others.rarest),
        min(max(ones.distinct, others.distinct), 2.5),
        min(ones.trade, others.trade, 1.5),
        float(min(len(left.squashed), len(right.squashed)) <= _FEW_LETTERS),
        float(not (has_distinct(left) and has_distinct(right))),
    )


@dataclass(frozen=True, slots=True)
class _Sums:
    """Rarity (0..1 a word) that stays alone on one side, by kind of word."""

    distinct: float
    rarest: float
    trade: float


def _sums(words: Iterable[str], rarity: Rarity) -> _Sums:
    distinct = rarest = trade = 0.0
    for word in words:
        kind, weight = kind_of(word), rarity.weight(word)
        if kind is Kind.GENERIC:
            trade += weight
        elif kind not in (Kind.PLACE, Kind.NUMBER):
            distinct += weight
            rarest = max(rarest, weight)
    return _Sums(distinct, rarest, trade)


def _coverage(met: Alignment, left: Core, right: Core, rarity: Rarity) -> float:
    shared = 0.0
    for meeting in met.meetings:
        shared += meeting.likeness * meeting.weight
    weight = rarity.weight
    least = min(sum(map(weight, left.words)), sum(map(weight, right.words)))
    return min(1.0, shared / least) if least else 0.0


def _lead(met: Alignment, left: Core, right: Core) -> float:
    """Rarity of the meeting that opens both names, less for a doubtful meeting."""
    if not (left.words and right.words):
        return 0.0
    one, other = left.words[0], right.words[0]
    return max(
        (
            m.likeness * m.weight
            for m in met.meetings
            if m.left.partition(" ")[0] == one and m.right.partition(" ")[0] == other
        ),
        default=0.0,
    )


def has_distinct(core: Core) -> bool:
    """Whether a name has any word that is neither a common one nor a place."""
    return any(kind_of(word) in (Kind.RARE, Kind.PERSON, Kind.NUMBER) for word in core.words)
