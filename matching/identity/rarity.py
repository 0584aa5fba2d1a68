"""How much sharing a word says: its rarity among the firms of an index, on a scale from 0 to 1.

Inverse document frequency (Sparck Jones 1972) over records, so that the spellings of one firm
count once, smoothed by an imagined background of firms so that a small index is not naive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from math import log

from matching.identity import words as lexicon

# Imagined firms behind every index, and how many of them have a word of each kind.
_BACKGROUND_FIRMS = 20_000


class Kind(StrEnum):
    """What a word is, before any counting."""

    RARE = "rare"
    GENERIC = "generic"
    PLACE = "place"
    PERSON = "person"
    NUMBER = "number"


_BACKGROUND_USES: dict[Kind, float] = {
    Kind.RARE: 0.0,
    Kind.NUMBER: 0.0,
    Kind.PERSON: 60.0,
    Kind.PLACE: 150.0,
    Kind.GENERIC: 200.0,
}


@lru_cache(maxsize=200_000)
def kind_of(word: str) -> Kind:
    """The kind of a canonical word, from the lists in `words`."""
    if word.isdigit():
        return Kind.NUMBER
    if word in lexicon.PLACES:
        return Kind.PLACE
    if word in lexicon.GENERIC:
        return Kind.GENERIC
    if word in lexicon.PERSON_NAMES:
        return Kind.PERSON
    return Kind.RARE


class Rarity:
    """Counts of records per word; `weight` of an unseen word is 1, of a universal one 0."""

    def __init__(self) -> None:
        self._records = 0
        self._uses: Counter[str] = Counter()
        self._weights: dict[str, float] = {}

    def add(self, words: Iterable[str]) -> None:
        """Count one record that has these words, each once however often it is written."""
        self._records += 1
        self._uses.update(set(words))
        self._weights = {}

    def remove(self, words: Iterable[str]) -> None:
        """Take back one record that was added with the same words."""
        self._records -= 1
        self._uses.subtract(set(words))
        self._weights = {}

    def weight(self, word: str) -> float:
        """Rarity in 0..1: ln(share of firms that have the word) / ln(share of a single firm)."""
        known = self._weights.get(word)
        if known is None:
            known = self._weights[word] = self._measure(word)
        return known

    def _measure(self, word: str) -> float:
        firms = self._records + _BACKGROUND_FIRMS
        uses = max(self._uses[word], 1) + _BACKGROUND_USES[kind_of(word)]
        return max(0.0, log(firms / uses) / log(firms))
