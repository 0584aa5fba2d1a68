"""What an index knows beside its firms: the vocabulary, how rare each term is, the classes."""

from dataclasses import dataclass, field

from matching import text
from matching.facts import SupplyClass
from matching.index.classes import ClassModels
from matching.index.segment import Floats
from matching.index.vocabulary import Vocabulary


@dataclass(frozen=True)
class Statistics:
    """V terms and K classes; `idf` has V entries."""

    vocabulary: Vocabulary
    idf: Floats
    classes: ClassModels
    descriptions: tuple[SupplyClass, ...]
    # Normalised titles in both languages with the number of their class: a need's may be one.
    titles: tuple[tuple[str, int], ...] = field(default=())

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
        return cls(vocabulary, idf, classes, descriptions, titles)
