"""Are a firm's words those of the need, and those of the firms that supply the class?

Features of one form: a weight for each term, summed over the terms of the firm.
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from matching.asked import Asked
from matching.features.feature import (
    MOST_EVIDENCE,
    Candidates,
    Evidence,
    Feature,
    Kind,
    Measured,
    message,
    shaped,
)
from matching.index.classes import ClassModels
from matching.index.model import Part
from matching.index.ragged import Ints, heaviest_of_rows
from matching.index.segment import Floats

LEAST_SHARE = 0.05  # of a firm's sum: a word that adds less is not a reason

Vector = Callable[[Asked, Part], Floats]
Models = Callable[[ClassModels], sparse.csr_matrix]


def _term_feature(
    key: str,
    kind: Kind,
    title: str,
    about: str,
    vector: Vector,
    *,
    full: float,
    power: float,
    models: Models | None = None,
) -> Feature:
    def measure(asked: Asked, candidates: Candidates) -> Measured:
        terms = candidates.terms
        added = terms.weights * vector(asked, candidates.part).take(terms.columns)
        sums = terms.sums(added)

        def reasons(rows: Ints) -> list[Evidence]:
            least = np.maximum(sums[rows], 0.0) * LEAST_SHARE
            picked = heaviest_of_rows(terms.start, added, rows, least, MOST_EVIDENCE)
            return picked.by_row(candidates.spelt(asked, terms.columns[picked.places]))

        return Measured(shaped(sums, full, power), reasons)

    def by_class(part: Part, firms: Ints) -> Floats:
        assert models is not None
        weights = models(part.statistics.classes).T.tocsr()
        return shaped((part.segment.firms[firms] @ weights).toarray(), full, power)

    return Feature(key, kind, title, about, measure, by_class if models else None)


def _learnt_feature(
    key: str, title: str, about: str, models: Models, *, full: float, power: float
) -> Feature:
    """A term feature whose weights are those of the classes that the need is read as."""

    def vector(asked: Asked, part: Part) -> Floats:
        return asked.learnt(models(part.statistics.classes))

    return _term_feature(
        key, Kind.LIKENESS, title, about, vector, full=full, power=power, models=models
    )


WORDS = _term_feature(
    "words",
    Kind.WORDS,
    message("Words"),
    message("Its products, services and profile use the words of the need."),
    lambda asked, part: asked.vector,
    full=0.5,
    power=0.7,
)
LIKENESS = _learnt_feature(
    "likeness",
    message("Like its suppliers"),
    message("Its words are those of firms that declare this supply class or one near it."),
    lambda classes: classes.likeness,
    full=0.45,
    power=0.5,
)
OWN_LIKENESS = _learnt_feature(
    "own_likeness",
    message("Like those who declare it"),
    message("Its words are those of firms that declare this very supply class."),
    lambda classes: classes.own_likeness,
    full=0.35,
    power=0.5,
)
