"""Names of firms as they are found while one types: by the beginning of any of their words."""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.feeds.text import fold_words
from registry.firms.models import Firm, FirmName

BEYOND = "\uffff"  # after every letter
LEAST_FOR_SLIPS, LONG = 4, 8  # letters: fewer bear no slip, so many bear two
Entry = tuple[str, bool, int, str]  # folded from a word on, whether inside, firm, name in full


@dataclass(frozen=True)
class Names:
    """Entries in order, one for each word of a name; firms in `gone` are in a newer list."""

    entries: list[Entry]
    newer: "Names | None" = None
    gone: frozenset[int] = frozenset()

    def beginning_with(self, words: str, limit: int) -> list[tuple[int, str]]:
        """(firm, one of its names): names that begin so first, then those with such a word."""
        sought = fold_words(words)
        if not sought:
            return []
        found = self._beginning(sought)
        return _firms(sorted(found, key=lambda one: (one[1], one[0], one[2])), limit)

    def beginning_like(self, words: str, limit: int) -> list[tuple[int, str]]:
        """The same for words that are a slip or two away, the first letter being right."""
        sought = fold_words(words)
        if len(sought) < LEAST_FOR_SLIPS:
            return []
        found = self._beginning(sought[0])
        most = 1 if len(sought) < LONG else 2
        slips = _slips(sought, [one[0] for one in found], most)
        near = [(slip, *found[at]) for at, slip in enumerate(slips.tolist()) if slip <= most]
        return _firms([one[1:] for one in sorted(near, key=lambda one: (one[0], one[2]))], limit)

    def _beginning(self, sought: str) -> list[Entry]:
        found = [entry for entry in self._span(sought) if entry[2] not in self.gone]
        return found + self.newer._span(sought) if self.newer else found

    def _span(self, sought: str) -> list[Entry]:
        first = bisect_left(self.entries, (sought,))
        last = bisect_left(self.entries, (sought + BEYOND,))
        return self.entries[first:last]

    def replaced(self, fresh: "Names", changed: Collection[int]) -> "Names":
        """These names with those of some firms as they are now."""
        return Names(self.entries, fresh, frozenset(changed))


def _firms(entries: Iterable[Entry], limit: int) -> list[tuple[int, str]]:
    """The first firms of some entries, each with the first of its names."""
    firms: dict[int, str] = {}
    for _folded, _inside, firm, name in entries:
        firms.setdefault(firm, name)
        if len(firms) == limit:
            break
    return list(firms.items())


def _slips(sought: str, names: list[str], most: int) -> "np.ndarray[Any, Any]":
    """How many slips away each name's beginning is (OSA distance), counted up to `most` + 1."""
    lengths = range(len(sought) - 1, len(sought) + 2)
    heads = [[name[:length] for name in names] for length in lengths]
    return np.min(
        [
            process.cdist([sought], some, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)[0]
            for some in heads
        ],
        axis=0,
    )


def load_names(session: Session, ids: Collection[int] | None = None) -> Names:
    """All names of listed firms, or of some; two queries."""
    own = select(Firm.id, Firm.name).where(Firm.listed == "listed")
    other = select(FirmName.firm_id, FirmName.name).join(Firm).where(Firm.listed == "listed")
    if ids is not None:
        own, other = own.where(Firm.id.in_(ids)), other.where(Firm.id.in_(ids))
    named = {(firm, name) for query in (own, other) for firm, name in session.execute(query)}
    return Names(sorted(entry for firm, name in named for entry in _entries(firm, name)))


def _entries(firm: int, name: str) -> Iterable[Entry]:
    words = fold_words(name).split()
    return ((" ".join(words[place:]), place > 0, firm, name) for place in range(len(words)))
