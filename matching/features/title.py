"""How much of the need's title does the firm speak of at all?"""

import numpy as np

from matching.asked import Asked
from matching.features.feature import Candidates, Feature, Measured, message
from matching.index.segment import SupplierFacts


def _title(asked: Asked, candidates: Candidates) -> Measured:
    terms = asked.title_terms
    if not len(terms):
        return Measured.nothing(candidates)
    part = candidates.part
    pick = np.full(len(part.statistics.idf), -1)
    pick[terms] = np.arange(len(terms))
    firms = part.segment.firms[candidates.firms]
    columns = pick[firms.indices]
    rows = np.repeat(np.arange(len(candidates.firms)), np.diff(firms.indptr))
    has = np.zeros((len(candidates.firms), len(terms)), np.float32)
    has[rows[columns >= 0], columns[columns >= 0]] = 1.0
    weights = part.statistics.idf[terms]

    def reason(row: int, facts: SupplierFacts) -> tuple[str, ...]:
        met = terms[has[row] > 0]
        return tuple(part.statistics.vocabulary.spelling(int(number)) for number in met)

    return Measured((has @ weights / weights.sum()).astype(np.float32), reason)


TITLE = Feature(
    "title",
    message("Words of the title"),
    message("It speaks of the things named in the need’s title; rare words count more."),
    _title,
)
