"""What every feature is: a name, a sentence for people, a measure that also gives its reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matching.asked import Asked
from matching.index.model import Part
from matching.index.ragged import Ints, Ragged, Rows, best_of_rows, entries_of_rows
from matching.index.segment import Floats

MOST_EVIDENCE = 6  # words or codes shown as the reason


def message(text: str) -> str:
    """Mark a sentence for translation by whoever shows it."""
    return text


@dataclass(frozen=True)
class Candidates:
    """The n firms of one part of an index that are being scored, and their m offers."""

    part: Part
    firms: Ints  # n: their places
    terms: Rows  # n rows: their terms, of those that are of use to the need
    offers: Ints  # m: places of their offers, firm by firm
    first: Ints  # n + 1: where each firm's offers begin among the m

    @classmethod
    def of(cls, asked: Asked, part: Part, firms: Ints) -> "Candidates":
        segment = part.segment
        offers = segment.offers.values[segment.offers.places(firms)]
        first = np.concatenate(([0], np.cumsum(segment.offers.lengths(firms))))
        return cls(
            part=part,
            firms=firms,
            terms=Rows.of(segment.firms, firms).among(asked.place),
            offers=offers,
            first=first,
        )

    def best_offer(self, scores: NDArray[np.floating]) -> Floats:
        """n: the best of each firm's m offer scores; 0 for a firm without offers."""
        return best_of_rows(scores, self.first)

    def offers_of(self, rows: Ints) -> Ints:
        """Places among the m offers of those of some of the n firms."""
        return entries_of_rows(self.first, rows)[0]

    def spelt(self, asked: Asked, columns: NDArray[np.int32]) -> list[str]:
        """Columns of `terms` as words."""
        spelling = self.part.statistics.vocabulary.spelling
        return [spelling(term) for term in asked.terms.take(columns).tolist()]

    def offer_labels(self, places: Ints) -> list[str]:
        """Names of some of the m offers, as the firms wrote them."""
        return self.part.segment.offer_labels.texts_at(self.offers[places])

    def offer_names(self) -> list[str]:
        """m names of offers, as RapidFuzz compares them."""
        # The offers of a firm lie together, so that each firm is one span of bytes.
        rows = np.flatnonzero(np.diff(self.first))
        firsts = self.offers[self.first[rows]]
        lasts = self.offers[self.first[rows + 1] - 1]
        return self.part.segment.offer_names.texts(firsts, lasts)

    def spread(self, rows: Ragged) -> tuple[NDArray[np.generic], Ints]:
        """The values of a ragged column for these firms, and where each firm's begin (n + 1)."""
        start = np.concatenate(([0], np.cumsum(rows.lengths(self.firms))))
        return rows.values[rows.places(self.firms)], start


Evidence = tuple[str, ...]
Reasons = Callable[[Ints], list[Evidence]]


@dataclass(frozen=True)
class Measured:
    """n values from 0 to 1, and what gives the words or codes behind the values of some rows."""

    values: Floats
    reasons: Reasons

    @classmethod
    def nothing(cls, candidates: Candidates) -> "Measured":
        """Zero for all: the need does not say what this feature asks about."""
        zeros = np.zeros(len(candidates.firms), np.float32)
        return cls(zeros, lambda rows: [()] * len(rows))


class Kind(StrEnum):
    """What a feature rests on; a bar of points shows one shade for each."""

    WORDS = "words"  # what the firm says
    RECORD = "record"  # what it declares and has delivered
    LIKENESS = "likeness"  # whom it resembles


@dataclass(frozen=True)
class Feature:
    """A question about a need and a firm. Values and reasons come from the same numbers."""

    key: str
    kind: Kind
    title: str
    about: str
    measure: Callable[[Asked, Candidates], Measured]
    # For a feature that depends on the class and not on the need's words: the values (n x K) of
    # some firms for every class at once, the same as `measure` gives for a need of that class.
    by_class: Callable[[Part, Ints], Floats] | None = None


def shaped(raw: NDArray[np.floating], full: float, power: float) -> Floats:
    """Raw values on a scale from 0 to 1, which `full` reaches.

    A power above 1 keeps only strong agreement; one below 1 already counts weak agreement. Scale
    and power are fixed, so that a value means the same for every need.
    """
    return np.asarray(np.clip(raw / full, 0.0, 1.0) ** power, np.float32)
