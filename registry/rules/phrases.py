"""Many phrases looked for in a text at once, word by word."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from registry.feeds.text import fold_words

_WORD = re.compile(r"[a-z0-9]+")


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: without accents, capitals and punctuation."""
    return _WORD.findall(fold_words(text))


class Phrases:
    """Phrases with what they stand for. A star at the end of one lets its last word go on."""

    def __init__(self, phrases: Iterable[tuple[str, int]]):
        self._by_first: dict[str, list[tuple[list[str], bool, str, int]]] = defaultdict(list)
        begun = set()
        for phrase, meant in phrases:
            words, goes_on = words_of(phrase), phrase.rstrip().endswith("*")
            if not words:
                continue
            self._by_first[words[0]].append((words, goes_on, phrase, meant))
            if goes_on and len(words) == 1:
                begun.add(words[0])
        self._begun = tuple(begun)

    def found_in(self, words: Sequence[str]) -> dict[tuple[str, int], None]:
        """(phrase, what it stands for) of all that stand there, in the order of the text."""
        found: dict[tuple[str, int], None] = {}
        for place, word in enumerate(words):
            for first in self._beginnings(word):
                for phrase, goes_on, text, meant in self._by_first[first]:
                    if _stands(phrase, goes_on, words, place):
                        found[text, meant] = None
        return found

    def _beginnings(self, word: str) -> list[str]:
        known = [word] if word in self._by_first else []
        if self._begun and word.startswith(self._begun):
            known += [begun for begun in self._begun if begun != word and word.startswith(begun)]
        return known


def _stands(phrase: list[str], goes_on: bool, words: Sequence[str], place: int) -> bool:
    here = words[place : place + len(phrase)]
    if not goes_on:
        return here == phrase
    return len(here) == len(phrase) and here[:-1] == phrase[:-1] and here[-1].startswith(phrase[-1])
