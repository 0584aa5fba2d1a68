"""Are a firm's words those of the need, and those of the firms that supply the class?

Features of one form: a weight for each term, summed over the terms of the firm.
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from matching.asked import Asked
from matching.features.feature import MOST_EVIDENCE, Candidates, Feature, Measured, message
from matching.index.classes import ClassModels
from matching.index.model import Part
from matching.index.segment import Floats, SupplierFacts

Vector = Callable[[Asked, Part], sparse.csr_matrix]


def _term_feature(key: str, title: str, about: str, vector: Vector, full: float) -> Feature:
    """A feature whose value is 1 when the summed weights reach `full`."""

    def measure(asked: Asked, candidates: Candidates) -> Measured:
        weights = vector(asked, candidates.part).toarray().ravel()
        firms = candidates.part.segment.firms
        sums = firms[candidates.firms] @ weights

        def reason(row: int, facts: SupplierFacts) -> tuple[str, ...]:
            place = candidates.firms[row]
            span = slice(firms.indptr[place], firms.indptr[place + 1])
            return _heaviest(candidates.part, firms.indices[span], firms.data[span], weights)

        return Measured(np.clip(sums / full, 0.0, 1.0).astype(np.float32), reason)

    return Feature(key, title, about, measure)


def _heaviest(part: Part, terms: np.ndarray, lengths: Floats, weights: Floats) -> tuple[str, ...]:
    """How the firm's terms that add most are spelt."""
    added = lengths * weights[terms]
    best = np.argsort(-added)[:MOST_EVIDENCE]
    numbers = (int(number) for number in terms[best[added[best] > 0]])
    return tuple(part.statistics.vocabulary.spelling(number) for number in numbers)


def _of_class(take: Callable[[ClassModels], sparse.csr_matrix]) -> Vector:
    """A learnt vector of the classes that the need is read as, in proportion."""

    def vector(asked: Asked, part: Part) -> sparse.csr_matrix:
        reading = sparse.csr_matrix(asked.reading[None, :] * asked.certainty)
        return (reading @ take(part.statistics.classes)).tocsr()

    return vector


WORDS = _term_feature(
    "words",
    message("Words"),
    message("Its products, services and profile use the words of the need."),
    lambda asked, part: asked.vector,
    full=0.55,
)
LIKENESS = _term_feature(
    "likeness",
    message("Like its suppliers"),
    message("Its words are those of firms that declare the supply class."),
    _of_class(lambda classes: classes.likeness),
    full=0.6,
)
GROUP_LIKENESS = _term_feature(
    "group",
    message("Like suppliers of the group"),
    message("Its words are those of firms that declare the wider supply group."),
    _of_class(lambda classes: classes.group_likeness),
    full=0.6,
)
CENTRE = _term_feature(
    "centre",
    message("Typical of its suppliers"),
    message("Its words lie near the average of firms that declare the supply class."),
    _of_class(lambda classes: classes.centre),
    full=0.5,
)
