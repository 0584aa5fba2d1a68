"""What an index knows beside its firms: the vocabulary, how rare each term is, the classes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from matching import text
from matching.facts import Need, SupplyClass
from matching.index.classes import ClassModels
from matching.index.segment import Floats
from matching.index.vocabulary import Vocabulary

Phrase = tuple[int, ...]
T = TypeVar("T")
MOST_COMPILED = 4  # needs kept ready, each some MB: those of the pages being made now
MOST_PHRASES = 50_000  # wordings kept; needs of free text would add to them without end


@dataclass(frozen=True)
class Statistics:
    """V terms and K classes; `idf` has V entries."""

    vocabulary: Vocabulary
    idf: Floats
    classes: ClassModels
    descriptions: tuple[SupplyClass, ...]
    # Normalised titles in both languages with the number of their class: a need's may be one.
    titles: tuple[tuple[str, int], ...] = field(default=())
    # Trade names once looked up: classes recur from need to need.
    _phrases: dict[str, Phrase | None] = field(default_factory=dict, compare=False, repr=False)
    # The needs compiled last: one page asks for the same need three times.
    _compiled: dict[Need, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        vocabulary: Vocabulary,
        idf: Floats,
        classes: ClassModels,
        descriptions: tuple[SupplyClass, ...],
    ) -> "Statistics":
        titles = tuple(
            (text.normalised(title), number)
            for number, entry in enumerate(descriptions)
            for title in (entry.title_en, entry.title_fr)
        )
        known = cls(vocabulary, idf, classes, descriptions, titles)
        for entry in descriptions:  # looked up once, and not by the first who ask for a class
            for keyword in (*entry.keywords_en, *entry.keywords_fr):
                known.phrase(keyword)
        return known

    def extended(self, vocabulary: Vocabulary, idf: Floats) -> "Statistics":
        """The same over more terms: a phrase that was whole stays, another may become so."""
        whole: dict[str, Phrase | None] = {
            wording: phrase for wording, phrase in self._phrases.items() if phrase
        }
        classes = self.classes.widened(len(idf))
        return replace(
            self, vocabulary=vocabulary, idf=idf, classes=classes, _phrases=whole, _compiled={}
        )

    def phrase(self, wording: str) -> Phrase | None:
        """The numbers of all terms of a phrase, each once; None if one of them is unknown here."""
        if wording not in self._phrases:
            terms = text.sought_terms(wording)
            numbers = [self.vocabulary.number_of(term) for term in terms]
            known = tuple(dict.fromkeys(number for number in numbers if number is not None))
            whole = known if terms and None not in numbers else None
            if len(self._phrases) > MOST_PHRASES:
                self._phrases.clear()
            self._phrases[wording] = whole
        return self._phrases[wording]

    def compiled(self, need: Need, compile_need: Callable[[Need, "Statistics"], T]) -> T:
        """A need made ready for ranking, or as it was made ready just before."""
        known: T | None = self._compiled.get(need)
        if known is None:
            known = compile_need(need, self)
            if len(self._compiled) >= MOST_COMPILED:
                self._compiled.clear()
            self._compiled[need] = known
        return known
