"""Does one product or service say it by itself?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from matching.asked import Asked
from matching.features.feature import (
    Candidates,
    Evidence,
    Feature,
    Kind,
    Measured,
    Reasons,
    message,
    shaped,
)
from matching.index.ragged import Ints, Rows
from matching.index.segment import SupplierFacts

# Below this RapidFuzz ratio two names share no more than any two names do.
CHANCE = 50.0


def _best_named(scores: NDArray[np.floating], candidates: Candidates) -> Reasons:
    """Reasons that quote the best offer as the firm wrote it."""

    def reasons(rows: Ints, facts: Sequence[SupplierFacts]) -> list[Evidence]:
        found: list[Evidence] = []
        for row, supplier in zip(rows.tolist(), facts, strict=True):
            own = scores[candidates.first[row] : candidates.first[row + 1]]
            found.append((supplier.offers[int(own.argmax())],) if len(own) else ())
        return found

    return reasons


def _name(asked: Asked, candidates: Candidates) -> Measured:
    """Both sides are words in alphabetical order, so RapidFuzz's ratio is token_sort_ratio."""
    if not asked.phrases or not len(candidates.offers):
        return Measured.nothing(candidates)
    texts = candidates.offer_names()
    likeness = process.cdist(
        asked.phrases, texts, scorer=fuzz.ratio, score_cutoff=CHANCE, dtype=np.float32
    ).max(axis=0)
    above = np.maximum(likeness - CHANCE, 0.0)
    best = candidates.best_offer(above)
    return Measured(shaped(best, 100.0 - CHANCE, 3.0), _best_named(above, candidates))


OFFER_NAME = Feature(
    "offer_name",
    Kind.WORDS,
    message("Name of a product or service"),
    message("The name of one product or service reads like what is asked for."),
    _name,
)


def _title(asked: Asked, candidates: Candidates) -> Measured:
    """Cosine of the title, in the language that fits better, with the name of each offer."""
    if not asked.titles or not len(candidates.offers):
        return Measured.nothing(candidates)
    names = Rows.of(candidates.part.segment.offer_name_terms, candidates.offers)
    cosines = np.max([_title_cosines(asked, sought, names) for sought in asked.titles], axis=0)
    best = candidates.best_offer(cosines)
    return Measured(shaped(best, 1.0, 4.0), _best_named(cosines, candidates))


def _title_cosines(asked: Asked, sought: Ints, names: Rows) -> NDArray[np.float32]:
    weights = np.zeros(len(asked.idf), np.float32)
    weights[sought] = asked.idf[sought] / np.linalg.norm(asked.idf[sought])
    return names.sums(names.weights * weights[names.columns])


OFFER_TITLE = Feature(
    "offer_title",
    Kind.WORDS,
    message("Title in a product’s name"),
    message("The name of one product or service holds the words of the title and few others."),
    _title,
)


def _keyword(asked: Asked, candidates: Candidates) -> Measured:
    """The rarest trade name all of whose words one offer has."""
    if not asked.keywords or not len(candidates.offers):
        return Measured.nothing(candidates)
    idf = asked.idf
    sought = np.unique([number for _keyword, numbers in asked.keywords for number in numbers])
    table = np.zeros((len(asked.keywords), len(sought)), np.float32)
    for row, (_text, numbers) in enumerate(asked.keywords):
        table[row, np.searchsorted(sought, numbers)] = 1.0
    has = marks(candidates.offer_terms, sought, len(idf))
    whole = (has @ table.T >= table.sum(axis=1)) * (table @ idf[sought])
    best = candidates.best_offer(whole.max(axis=1))

    def reasons(rows: Ints, facts: Sequence[SupplierFacts]) -> list[Evidence]:
        return [_met(row) if best[row] > 0 else () for row in rows.tolist()]

    def _met(row: int) -> Evidence:
        met = whole[candidates.first[row] : candidates.first[row + 1]].max(axis=0, initial=0.0)
        order = np.argsort(-met, kind="stable")[:3].tolist()
        return tuple(asked.keywords[number][0] for number in order if met[number] > 0)

    return Measured(shaped(best, 14.0, 1.0), reasons)


def marks(rows: Rows, sought: NDArray[np.integer], width: int) -> NDArray[np.float32]:
    """Which of the sought terms (columns) each row has: ones and zeros."""
    column_of = np.full(width, -1)
    column_of[sought] = np.arange(len(sought))
    columns = column_of[rows.columns]
    met = columns >= 0
    has = np.zeros((len(rows), len(sought)), np.float32)
    has[rows.owners()[met], columns[met]] = 1.0
    return has


KEYWORD = Feature(
    "keyword",
    Kind.WORDS,
    message("Trade words"),
    message("One product or service has all the words of a trade name of the class."),
    _keyword,
)
