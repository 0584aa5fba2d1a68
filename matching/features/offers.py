"""Does one product or service say it by itself?"""

from dataclasses import dataclass

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
from matching.index.ragged import Ints, Rows, entries_of_rows, heaviest_of_rows

# Below this RapidFuzz ratio two names share no more than any two names do.
CHANCE = 50.0


def _best_named(scores: NDArray[np.floating], candidates: Candidates) -> Reasons:
    """Reasons that quote the best offer as the firm wrote it."""

    def reasons(rows: Ints) -> list[Evidence]:
        # From below zero: the best is quoted, however little it is.
        picked = heaviest_of_rows(candidates.first, scores, rows, -1.0, most=1)
        return picked.by_row(candidates.offer_labels(picked.places))

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
    names = Rows.of(candidates.part.segment.offer_name_terms, candidates.offers).among(asked.place)
    cosines = np.max([_title_cosines(asked, sought, names) for sought in asked.titles], axis=0)
    best = candidates.best_offer(cosines)
    return Measured(shaped(best, 1.0, 4.0), _best_named(cosines, candidates))


def _title_cosines(asked: Asked, sought: Ints, names: Rows) -> NDArray[np.float32]:
    weights = np.zeros(len(asked.terms), np.float32)
    weights[asked.place[sought]] = asked.idf[sought] / np.linalg.norm(asked.idf[sought])
    return names.sums(names.weights * weights.take(names.columns))


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
    names = _TradeNames.of(asked)
    hopeful = names.met_by(candidates.terms)  # whose offers together have all words of a name
    offers = candidates.offers_of(hopeful)
    described = candidates.part.segment.offer_terms
    rows = Rows.of(described, candidates.offers.take(offers)).among(asked.place)
    row, name = names.whole(rows)
    scores = np.zeros(len(candidates.offers), np.float32)
    np.maximum.at(scores, offers[row], names.worth[name])
    best = candidates.best_offer(scores)

    def reasons(rows: Ints) -> list[Evidence]:
        bounds = candidates.first[np.stack((rows, rows + 1), 1)]
        spans = np.searchsorted(row, np.searchsorted(offers, bounds)).tolist()
        return [_met(first, last) if last > first else () for first, last in spans]

    def _met(first: int, last: int) -> Evidence:
        met = np.unique(name[first:last])
        order = met[np.argsort(-names.worth[met], kind="stable")][:3].tolist()
        return tuple(asked.keywords[number][0] for number in order)

    return Measured(shaped(best, 14.0, 1.0), reasons)


@dataclass(frozen=True)
class _TradeNames:
    """The need's k trade names over the t terms that they are made of."""

    column: NDArray[np.int32]  # which of the t terms each term of use to the need is, or t
    start: Ints  # t + 1: where the names of each term begin
    names: Ints  # of each term the names that it belongs to
    lengths: Ints  # k: how many terms the name has, which differ from each other
    worth: NDArray[np.float32]  # k: how rare the name is

    @classmethod
    def of(cls, asked: Asked) -> "_TradeNames":
        terms = np.asarray([number for _name, numbers in asked.keywords for number in numbers])
        lengths = np.asarray([len(numbers) for _name, numbers in asked.keywords])
        sought, place = np.unique(terms, return_inverse=True)
        column = np.full(len(asked.terms), len(sought), np.int32)
        column[asked.place[sought]] = np.arange(len(sought))
        name = np.repeat(np.arange(len(lengths)), lengths)
        by_term = np.argsort(place, kind="stable")
        start = np.searchsorted(place[by_term], np.arange(len(sought) + 1))
        # In one order of terms, so that names of the same terms are worth the same to the last bit.
        rarity = asked.idf[terms[np.lexsort((place, name))]]
        worth = np.add.reduceat(rarity, np.cumsum(lengths) - lengths)
        return cls(column, start, name[by_term], lengths, worth)

    def whole(self, rows: Rows) -> tuple[Ints, Ints]:
        """Pairs of a row, rising, and a name of which it has all terms: few of n x k."""
        columns = self.column.take(rows.columns)
        met = np.flatnonzero(columns < len(self.start) - 1)
        row = np.searchsorted(rows.start, met, side="right") - 1
        entries, begin = entries_of_rows(self.start, columns.take(met).astype(np.int64))
        pairs = np.repeat(row, np.diff(begin)) * len(self.lengths) + self.names.take(entries)
        pairs, terms_met = np.unique(pairs, return_counts=True)
        row, name = np.divmod(pairs, len(self.lengths))
        full = terms_met >= self.lengths.take(name)
        return row[full], name[full]

    def met_by(self, rows: Rows) -> Ints:
        """The rows that have all terms of any name."""
        return np.unique(self.whole(rows)[0])


KEYWORD = Feature(
    "keyword",
    Kind.WORDS,
    message("Trade words"),
    message("One product or service has all the words of a trade name of the class."),
    _keyword,
)
