"""What every feature is: a name, a sentence for people, a measure that also gives its reasons."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.asked import Asked
from matching.index.model import Part
from matching.index.ragged import Ints, Ragged
from matching.index.segment import Floats, SupplierFacts

MOST_EVIDENCE = 6  # words or codes shown as the reason


def message(text: str) -> str:
    """Mark a sentence for translation by whoever shows it."""
    return text


@dataclass(frozen=True)
class Candidates:
    """The n firms of one part of an index that are being scored, and their m offers."""

    part: Part
    firms: Ints  # n: their places
    offers: Ints  # m: places of their offers, firm by firm
    owner: Ints  # m: which of the n firms an offer belongs to
    first: Ints  # n + 1: where each firm's offers begin among the m

    @classmethod
    def of(cls, part: Part, firms: Ints) -> "Candidates":
        rows = part.segment.offers
        lengths = rows.lengths(firms)
        owner = np.repeat(np.arange(len(firms)), lengths)
        first = np.concatenate(([0], np.cumsum(lengths)))
        return cls(part, firms, rows.values[rows.places(firms)], owner, first)

    def spread(self, rows: Ragged) -> tuple[NDArray[np.generic], Ints]:
        """The values of a ragged column for these firms, and which firm each belongs to."""
        owner = np.repeat(np.arange(len(self.firms)), rows.lengths(self.firms))
        return rows.values[rows.places(self.firms)], owner

    def best_offer(self, scores: Floats) -> Floats:
        """n: the best of each firm's m offer scores; 0 for a firm without offers."""
        best = np.zeros(len(self.firms), np.float32)
        np.maximum.at(best, self.owner, scores)
        return best


Reason = Callable[[int, SupplierFacts], tuple[str, ...]]


@dataclass(frozen=True)
class Measured:
    """n values from 0 to 1, and what gives the words or codes behind the value of one row."""

    values: Floats
    reason: Reason

    @classmethod
    def nothing(cls, candidates: Candidates) -> "Measured":
        """Zero for all: the need does not say what this feature asks about."""
        return cls(np.zeros(len(candidates.firms), np.float32), lambda row, facts: ())


@dataclass(frozen=True)
class Feature:
    """A question about a need and a firm. Value and reason come from the same numbers."""

    key: str
    title: str
    about: str
    measure: Callable[[Asked, Candidates], Measured]
