"""Which names could a name be? Inverted lists of words and letter triples, rarest first.

Blocking favours recall: everything that shares a rare word or enough letters is scored later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from matching.identity.names import Core

Rows = NDArray[np.int32]

# A look-up reads at most this many list entries, rarest gram first, so that common grams
# ("ion", "service") cost nothing; measured on 57,000 names, see benchmarks/identity.py.
_MOST_ENTRIES = 6_000
_LEAST_GRAMS = 4
# A shared word outweighs this many shared letter triples of its rarity.
_WORD_BONUS = 4.0
_GRAM_LETTERS = 3
_EMPTY: Rows = np.empty(0, dtype=np.int32)


def grams_of(core: Core) -> frozenset[str]:
    """Words (marked by a leading blank) and the letter triples of the name without its blanks."""
    text = f"^{core.squashed}$"
    triples = {
        text[start : start + _GRAM_LETTERS] for start in range(len(text) - _GRAM_LETTERS + 1)
    }
    return frozenset(triples | {f" {word}" for word in core.words})


class Postings:
    """Gram -> ascending rows; lists are replaced, never changed in place."""

    def __init__(self, grams_of_rows: Sequence[Iterable[str]] = ()) -> None:
        self._rows = len(grams_of_rows)
        self._lists: dict[str, Rows] = _invert(grams_of_rows)
        self._norms = np.array(
            [_norm(len(set(grams))) for grams in grams_of_rows], dtype=np.float64
        )

    def add(self, grams: Iterable[str]) -> int:
        """Append one row and return its number."""
        row = self._rows
        for gram in grams:
            known = self._lists.get(gram, _EMPTY)
            self._lists[gram] = np.append(known, np.int32(row))
        self._norms = np.append(self._norms, _norm(len(set(grams))))
        self._rows += 1
        return row

    def remove(self, row: int) -> None:
        """Never answer with this row again; its list entries stay until the next build."""
        norms = self._norms.copy()
        norms[row] = np.inf
        self._norms = norms

    def likeliest(self, grams: Iterable[str], most: int) -> list[int]:
        """At most `most` rows that share the most rarity with the grams, best first."""
        sums = np.zeros(self._rows)
        for gram, rows in self._rarest(grams):
            sums[rows] += self._weight(gram, rows)
        found = np.flatnonzero(sums > 0)
        scores = sums[found] / self._norms[found]
        if len(found) > most:
            best = np.argpartition(-scores, most - 1)[:most]
            found, scores = found[best], scores[best]
        order = np.lexsort((found, -scores))
        # A removed row has an infinite norm, hence a score of zero.
        return [int(row) for row in found[order] if sums[row] / self._norms[row] > 0]

    def _weight(self, gram: str, rows: Rows) -> float:
        weight = log(1 + self._rows / len(rows))
        return weight * _WORD_BONUS if gram[0] == " " else weight

    def _rarest(self, grams: Iterable[str]) -> list[tuple[str, Rows]]:
        lists = [(gram, rows) for gram in grams if (rows := self._lists.get(gram)) is not None]
        lists.sort(key=lambda entry: len(entry[1]))
        read = 0
        for position, (_, rows) in enumerate(lists):
            read += len(rows)
            if read > _MOST_ENTRIES and position >= _LEAST_GRAMS:
                return lists[:position]
        return lists


def _norm(grams: int) -> float:
    return sqrt(grams)


def _invert(grams_of_rows: Sequence[Iterable[str]]) -> dict[str, Rows]:
    numbers: dict[str, int] = {}
    gram_column: list[int] = []
    row_column: list[int] = []
    for row, grams in enumerate(grams_of_rows):
        for gram in grams:
            gram_column.append(numbers.setdefault(gram, len(numbers)))
            row_column.append(row)
    if not numbers:
        return {}
    gram_ids = np.asarray(gram_column, dtype=np.int32)
    order = np.argsort(gram_ids, kind="stable")
    ends = np.cumsum(np.bincount(gram_ids, minlength=len(numbers)))
    by_gram = np.split(np.asarray(row_column, dtype=np.int32)[order], ends[:-1])
    return dict(zip(numbers, by_gram, strict=True))
