"""How much of the need's title does the firm speak of at all?"""

from collections.abc import Sequence

import numpy as np

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
    """The better covered of the titles that the need has in either language."""
    if not asked.titles:
        return Measured.nothing(candidates)
    spelling = candidates.part.statistics.vocabulary.spelling
    met = [marks(candidates.terms, sought, len(asked.idf)) for sought in asked.titles]
    shares = np.stack(
        [
            has @ asked.idf[sought] / asked.idf[sought].sum()
            for has, sought in zip(met, asked.titles, strict=True)
        ]
    )
    better = shares.argmax(axis=0)

    def reasons(rows: Ints, facts: Sequence[SupplierFacts]) -> list[Evidence]:
        found: list[Evidence] = []
        for row in rows.tolist():
            has, sought = met[better[row]][row], asked.titles[better[row]]
            found.append(tuple(map(spelling, sought[has > 0].tolist())))
        return found

    return Measured(shaped(shares.max(axis=0), 1.0, 2.0), reasons)


TITLE = Feature(
    "title",
    Kind.WORDS,
    message("Words of the title"),
    message("It speaks of the things named in the need’s title; rare words count more."),
    _title,
)
