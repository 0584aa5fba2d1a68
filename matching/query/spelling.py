"""Terms of a vocabulary that are a typing slip away from a word."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from matching.index.vocabulary import Vocabulary

SHORT, LONG = 4, 8  # letters from which one slip is forgiven, and from which two are
MOST_NEAR = 5
KEPT = 2  # vocabularies: that of the index and that of its newest overlay


def slips_allowed(term: str) -> int:
    """One letter wrong, missing, doubled or swapped is a slip; short words and figures get none."""
    if len(term) < SHORT or not term.isalpha():
        return 0
    return 2 if len(term) >= LONG else 1


class Spellings:
    """The terms of a vocabulary by their first letter, which people seldom get wrong."""

    def __init__(self, vocabulary: Vocabulary):
        self._numbers: dict[str, list[int]] = {}
        self._terms: dict[str, list[str]] = {}
        for number, (term, _spelling) in enumerate(vocabulary.entries()):
            self._numbers.setdefault(term[:1], []).append(number)
            self._terms.setdefault(term[:1], []).append(term)
        self._known: dict[str, tuple[int, ...]] = {}

    def near(self, term: str) -> tuple[int, ...]:
        """Numbers of the nearest other terms, nearest first; none if it is too short to judge."""
        found = self._known.get(term)
        if found is None:
            if len(self._known) > 10_000:
                self._known.clear()
            found = self._known[term] = self._search(term)
        return found

    def _search(self, term: str) -> tuple[int, ...]:
        allowed = slips_allowed(term)
        if not allowed:
            return ()
        first = term[:1]
        choices: Sequence[str] = self._terms.get(first, ())
        near = process.extract(
            term,
            choices,
            scorer=OSA.distance,
            score_cutoff=allowed,
            limit=MOST_NEAR,
            processor=None,
        )
        return tuple(self._numbers[first][place] for other, _d, place in near if other != term)


_kept: OrderedDict[int, tuple[Vocabulary, Spellings]] = OrderedDict()
_lock = threading.Lock()


def spellings_of(vocabulary: Vocabulary) -> Spellings:
    """Made once for a vocabulary, as it takes a tenth of a second."""
    with _lock:
        known = _kept.get(id(vocabulary))
        if known is None or known[0] is not vocabulary:
            known = _kept[id(vocabulary)] = (vocabulary, Spellings(vocabulary))
        _kept.move_to_end(id(vocabulary))
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return known[1]
