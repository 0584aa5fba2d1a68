"""Are a firm's words those of the need, and those of the firms that supply the class?

Features of one form: a weight for each term, summed over the terms of the firm.
"""

from collections.abc import Callable, Sequence

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
from matching.index.segment import Floats, SupplierFacts

Vector = Callable[[Asked, Part], Floats]


def _term_feature(
    key: str,
    kind: Kind,
    title: str,
    about: str,
    vector: Vector,
    *,
    full: float,
    power: float,
) -> Feature:
    def measure(asked: Asked, candidates: Candidates) -> Measured:
        terms = candidates.terms
        added = terms.weights * vector(asked, candidates.part)[terms.columns]

        def reasons(rows: Ints, facts: Sequence[SupplierFacts]) -> list[Evidence]:
            spelling = candidates.part.statistics.vocabulary.spelling
            places = heaviest_of_rows(terms, added, rows, MOST_EVIDENCE)
            return [tuple(map(spelling, terms.columns[row].tolist())) for row in places]

        return Measured(shaped(terms.sums(added), full, power), reasons)

    return Feature(key, kind, title, about, measure)


def _of_class(take: Callable[[ClassModels], sparse.csr_matrix]) -> Vector:
    """A learnt vector of the classes that the need is read as, in proportion."""
    return lambda asked, part: asked.mixed(take(part.statistics.classes))


WORDS = _term_feature(
    "words",
    Kind.WORDS,
    message("Words"),
    message("Its products, services and profile use the words of the need."),
    lambda asked, part: asked.vector,
    full=0.5,
    power=0.7,
)
LIKENESS = _term_feature(
    "likeness",
    Kind.LIKENESS,
    message("Like its suppliers"),
    message("Its words are those of firms that declare this supply class or one near it."),
    _of_class(lambda classes: classes.likeness),
    full=0.45,
    power=0.5,
)
OWN_LIKENESS = _term_feature(
    "own_likeness",
    Kind.LIKENESS,
    message("Like those who declare it"),
    message("Its words are those of firms that declare this very supply class."),
    _of_class(lambda classes: classes.own_likeness),
    full=0.35,
    power=0.5,
)
