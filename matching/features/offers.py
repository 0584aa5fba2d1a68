"""Does one product or service say it by itself?"""

import numpy as np
from rapidfuzz import fuzz, process

from matching.asked import Asked
from matching.features.feature import Candidates, Feature, Measured, Reason, message
from matching.index.segment import Floats, SupplierFacts

# Two unrelated names share this much of their letters; below it likeness says nothing.
CHANCE = 0.45
FULL_OFFER = 0.7  # cosine at which one offer says all that the need says
FULL_KEYWORD = 12.0  # summed idf of a trade name of two or three rare words


def _best_named(scores: Floats, candidates: Candidates) -> Reason:
    """A reason that quotes the best offer as the firm wrote it."""

    def reason(row: int, facts: SupplierFacts) -> tuple[str, ...]:
        own = scores[candidates.first[row] : candidates.first[row + 1]]
        return (f"“{facts.offers[int(own.argmax())]}”",) if len(own) else ()

    return reason


def _name(asked: Asked, candidates: Candidates) -> Measured:
    """Both sides are words in alphabetical order, so RapidFuzz's ratio is token_sort_ratio."""
    if not asked.phrases or not len(candidates.offers):
        return Measured.nothing(candidates)
    names = candidates.part.segment.offer_names
    texts = [names.text(offer) for offer in candidates.offers.tolist()]
    likeness = process.cdist(asked.phrases, texts, scorer=fuzz.ratio, dtype=np.float32)
    above = (likeness.max(axis=0) / 100 - CHANCE) / (1 - CHANCE)
    scores = np.clip(above, 0.0, 1.0).astype(np.float32)
    return Measured(candidates.best_offer(scores), _best_named(scores, candidates))


OFFER_NAME = Feature(
    "offer_name",
    message("Name of a product or service"),
    message("The name of one product or service reads like what is asked for."),
    _name,
)


def _words(asked: Asked, candidates: Candidates) -> Measured:
    if not len(candidates.offers):
        return Measured.nothing(candidates)
    weights = asked.vector.toarray().ravel()
    cosines = candidates.part.segment.offer_terms[candidates.offers] @ weights
    scores = np.clip(cosines / FULL_OFFER, 0.0, 1.0).astype(np.float32)
    return Measured(candidates.best_offer(scores), _best_named(scores, candidates))


OFFER_WORDS = Feature(
    "offer_words",
    message("One product or service"),
    message("One product or service, with its description, uses the words of the need."),
    _words,
)


def _keyword_table(asked: Asked) -> tuple[np.ndarray, Floats]:
    """The keywords' terms, and which keyword (row) holds which of them (column)."""
    terms = np.unique([number for _keyword, numbers in asked.keywords for number in numbers])
    table = np.zeros((len(asked.keywords), len(terms)), np.float32)
    for row, (_keyword, numbers) in enumerate(asked.keywords):
        table[row, np.searchsorted(terms, numbers)] = 1.0
    return terms, table


def _keyword(asked: Asked, candidates: Candidates) -> Measured:
    if not asked.keywords or not len(candidates.offers):
        return Measured.nothing(candidates)
    terms, table = _keyword_table(asked)
    weights = table @ candidates.part.statistics.idf[terms]
    # Columns are picked by a small matrix: indexing them would sort the whole vocabulary.
    pick = np.full(len(candidates.part.statistics.idf), -1)
    pick[terms] = np.arange(len(terms))
    offers = candidates.part.segment.offer_terms[candidates.offers]
    columns = pick[offers.indices]
    rows = np.repeat(np.arange(len(candidates.offers)), np.diff(offers.indptr))
    has = np.zeros((len(candidates.offers), len(terms)), np.float32)
    has[rows[columns >= 0], columns[columns >= 0]] = 1.0
    whole = (has @ table.T >= table.sum(axis=1)) * weights
    values = candidates.best_offer((whole.max(axis=1) / FULL_KEYWORD).astype(np.float32))

    def reason(row: int, facts: SupplierFacts) -> tuple[str, ...]:
        met = whole[candidates.first[row] : candidates.first[row + 1]].max(axis=0, initial=0.0)
        best = np.argsort(-met, kind="stable")[:3]
        return tuple(asked.keywords[int(number)][0] for number in best if met[number] > 0)

    return Measured(np.clip(values, 0.0, 1.0), reason)


KEYWORD = Feature(
    "keyword",
    message("Trade words"),
    message("One product or service has all the words of a trade name of the class."),
    _keyword,
)
