"""How much of the need's title does the firm speak of at all?"""

from collections.abc import Sequence

from matching.asked import Asked
from matching.features.feature import (
    Candidates,
    Evidence,
    Feature,
    Kind,
    Measured,
    message,
    shaped,
)
from matching.features.offers import marks
from matching.index.ragged import Ints
from matching.index.segment import SupplierFacts


def _title(asked: Asked, candidates: Candidates) -> Measured:
    sought = asked.title_terms
    if not len(sought):
        return Measured.nothing(candidates)
    statistics = candidates.part.statistics
    has = marks(candidates.terms, sought, len(asked.idf))
    weights = asked.idf[sought]

    def reasons(rows: Ints, facts: Sequence[SupplierFacts]) -> list[Evidence]:
        spelling = statistics.vocabulary.spelling
        return [tuple(map(spelling, sought[has[row] > 0].tolist())) for row in rows]

    return Measured(shaped(has @ weights, float(weights.sum()), 2.0), reasons)


TITLE = Feature(
    "title",
    Kind.WORDS,
    message("Words of the title"),
    message("It speaks of the things named in the need’s title; rare words count more."),
    _title,
)
