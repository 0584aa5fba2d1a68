"""Which words of two names meet, and how: equal, joined, mistyped, shortened or as initials."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.distance import OSA

from matching.identity.names import Core
from matching.identity.rarity import Kind, Rarity, kind_of

# Typing errors: one edit in four letters, two in nine (rapidfuzz OSA, swaps count as one edit).
_LEAST_TYPED = 0.75
_LEAST_TYPED_LETTERS = 4
# "constr" for "construction": at least three letters that begin the other word.
_LEAST_PREFIX = 3
_PREFIX_CREDIT = 0.8
_JOINED_CREDIT = 0.97
_INITIALS_CREDIT = 0.8
_LONGEST_INITIALS = 6


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two runs of words that meet with a likeness in 0..1; `weight` is their rarity in 0..1."""

    left: str
    right: str
    likeness: float
    weight: float
    how: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """The meetings of two names and the words that stay alone on either side."""

    meetings: tuple[Meeting, ...]
    left_alone: tuple[str, ...]
    right_alone: tuple[str, ...]


def align(left: Core, right: Core, rarity: Rarity) -> Alignment:
    """Pair the words of two cores, surest kind first; each word meets at most once."""
    meetings: list[Meeting] = []
    ones, others = list(left.words), list(right.words)
    _meet_equal(ones, others, meetings, rarity)
    if ones and others:
        _meet_joined(ones, others, meetings, rarity)
        _meet_joined_mirrored(ones, others, meetings, rarity)
    if ones and others:
        _meet_typed(ones, others, meetings, rarity)
    if ones or others:
        _meet_initials(left, right, ones, others, meetings, rarity)
    return Alignment(tuple(meetings), tuple(ones), tuple(others))


def typed_likeness(left: str, right: str) -> float:
    """How likely one word is the other mistyped or shortened, 0..1; digits must agree."""
    shorter, longer = (left, right) if len(left) <= len(right) else (right, left)
    if not (left.isalpha() and right.isalpha()) and _digits(left) != _digits(right):
        return 0.0
    if len(shorter) >= _LEAST_PREFIX and longer.startswith(shorter):
        return max(_PREFIX_CREDIT, len(shorter) / len(longer))
    if len(shorter) < _LEAST_TYPED_LETTERS:
        return 0.0
    return OSA.normalized_similarity(left, right, score_cutoff=_LEAST_TYPED)


def _digits(word: str) -> str:
    return "".join(letter for letter in word if letter.isdigit())


def _meet_equal(
    ones: list[str], others: list[str], meetings: list[Meeting], rarity: Rarity
) -> None:
    for word in tuple(ones):
        if word in others:
            ones.remove(word)
            others.remove(word)
            meetings.append(Meeting(word, word, 1.0, rarity.weight(word), "equal"))


def _meet_joined(
    ones: list[str], others: list[str], meetings: list[Meeting], rarity: Rarity
) -> None:
    """Two or three neighbours on the left that are written as one word on the right."""
    for other in tuple(others):
        for size in (2, 3):
            start = _run_start(ones, other, size)
            if start is None:
                continue
            run = ones[start : start + size]
            # A word of the index says more than the halves of an accidental blank.
            weight = max(rarity.weight(other), *(rarity.weight(word) for word in run))
            meetings.append(Meeting(" ".join(run), other, _JOINED_CREDIT, weight, "joined"))
            del ones[start : start + size]
            others.remove(other)
            break


def _meet_joined_mirrored(
    ones: list[str], others: list[str], meetings: list[Meeting], rarity: Rarity
) -> None:
    mirrored: list[Meeting] = []
    _meet_joined(others, ones, mirrored, rarity)
    meetings.extend(
        Meeting(met.right, met.left, met.likeness, met.weight, met.how) for met in mirrored
    )


def _run_start(words: list[str], target: str, size: int) -> int | None:
    for start in range(len(words) - size + 1):
        if target.startswith(words[start]) and "".join(words[start : start + size]) == target:
            return start
    return None


def _meet_typed(
    ones: list[str], others: list[str], meetings: list[Meeting], rarity: Rarity
) -> None:
    likely = [
        (likeness, one, other)
        for one in dict.fromkeys(ones)
        for other in dict.fromkeys(others)
        if (likeness := typed_likeness(one, other))
    ]
    # Ties are broken by the words themselves, in a way that does not know left from right.
    likely.sort(key=lambda found: (-found[0], *sorted(found[1:])))
    for likeness, one, other in likely:
        if one in ones and other in others:
            ones.remove(one)
            others.remove(other)
            weight = min(rarity.weight(one), rarity.weight(other))
            meetings.append(Meeting(one, other, likeness, weight, "typed"))


def _meet_initials(
    left: Core,
    right: Core,
    ones: list[str],
    others: list[str],
    meetings: list[Meeting],
    rarity: Rarity,
) -> None:
    """A word left alone that spells the initials of words on the other side ("mls")."""
    for word in tuple(ones):
        run = _spelled_out(word, right)
        if run:
            ones.remove(word)
            others[:] = _without(others, run)
            weight = rarity.weight(word)
            meetings.append(Meeting(word, " ".join(run), _INITIALS_CREDIT, weight, "initials"))
    for word in tuple(others):
        run = _spelled_out(word, left)
        if run:
            others.remove(word)
            ones[:] = _without(ones, run)
            weight = rarity.weight(word)
            meetings.append(Meeting(" ".join(run), word, _INITIALS_CREDIT, weight, "initials"))


def _spelled_out(word: str, core: Core) -> tuple[str, ...]:
    size = len(word)
    if not (2 < size <= _LONGEST_INITIALS) or kind_of(word) is not Kind.RARE:
        return ()
    start = core.initials.find(word)
    return core.words[start : start + size] if start >= 0 else ()


def _without(words: list[str], taken: tuple[str, ...]) -> list[str]:
    left = list(words)
    for word in taken:
        if word in left:
            left.remove(word)
    return left
