"""Terms, their numbers, and how each is spelt."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from matching import text

SHORT_PASSAGE = 60  # characters


class Vocabulary:
    """Gives each term a number, in the order in which terms are first met.

    A term is spelt as the word by which it was first met, so that reasons show words, not stems.
    """

    def __init__(self, spelt: Iterable[tuple[str, str]] = ()):
        self._numbers: dict[str, int] = {}
        self._spellings: list[str] = []
        for term, spelling in spelt:
            self._numbers[term] = len(self._spellings)
            self._spellings.append(spelling)
        self._words: dict[str, int] = {}  # folded word to term number, -1 for none: saves stemming
        self._passages: dict[str, list[int]] = {}  # short passages recur: titles of industries
        self._names: dict[str, tuple[list[int], str]] = {}  # as do the names of a catalogue

    def __len__(self) -> int:
        return len(self._spellings)

    def entries(self) -> Iterable[tuple[str, str]]:
        """Every term with its spelling, in the order of their numbers."""
        return zip(self._numbers, self._spellings, strict=True)

    def extended(self) -> "Vocabulary":
        """A copy that can take new terms: the numbers of known ones stay."""
        return Vocabulary(self.entries())

    def absorb(self, other: "Vocabulary") -> NDArray[np.int64]:
        """Take the terms of another; the numbers that each of them has here."""
        numbers = (self._meet(term, spelling) for term, spelling in other.entries())
        return np.fromiter(numbers, np.int64, len(other))

    def number_of(self, term: str) -> int | None:
        """The number of a term; None if it was never met."""
        return self._numbers.get(term)

    def spelling(self, number: int) -> str:
        return self._spellings[number]

    def numbers(self, passage: str) -> list[int]:
        """The numbers of a passage's terms, repeats kept; a new term is met."""
        if len(passage) > SHORT_PASSAGE:
            return self._read(passage)
        found = self._passages.get(passage)
        if found is None:
            found = self._passages[passage] = self._read(passage)
        return found

    def named(self, name: str) -> tuple[list[int], str]:
        """The numbers of a name's terms, and its words in alphabetical order (`sorted_words`)."""
        found = self._names.get(name)
        if found is None:
            words = text.raw_words(name)
            numbers = self._numbers_of(words, name)
            kept = sorted(word for word in words if self._words[word] >= 0)
            found = self._names[name] = numbers, " ".join(kept)
        return found

    def forget_passages(self) -> None:
        """Let go of what only reading needed."""
        self._words, self._passages, self._names = {}, {}, {}

    def _read(self, passage: str) -> list[int]:
        return self._numbers_of(text.raw_words(passage), passage)

    def _numbers_of(self, words: list[str], passage: str) -> list[int]:
        found = list(map(self._words.get, words))
        if None in found:
            for word in words:
                if word not in self._words:
                    self._words[word] = self._meet(text.term_of(word), word)
            found = list(map(self._words.get, words))
        numbers = [number for number in found if number is not None and number >= 0]
        for acronym in text.acronyms(passage):
            numbers.append(self._meet(acronym, acronym[1:].upper()))
        return numbers

    def _meet(self, term: str | None, word: str) -> int:
        if term is None:
            return -1
        number = self._numbers.get(term)
        if number is None:
            number = self._numbers[term] = len(self._spellings)
            self._spellings.append(word)
        return number
