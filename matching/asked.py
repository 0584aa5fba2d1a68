"""A need made ready for ranking: its terms, the classes it is read as, the phrases it seeks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy import sparse

from matching import text
from matching.facts import Need, SupplyClass
from matching.index.segment import Floats
from matching.index.statistics import Statistics

# Counts of a word by where it stands in the need, as for a class's own description.
TITLE, SYNONYM, DESCRIPTION = 3.0, 1.0, 0.5
SAME_TITLE = 96.0  # RapidFuzz ratio from which a title is that of the class, but for a typo
LIKE_CLASS = 0.15  # cosine from which words point at a class at all
SURE_OF_CLASS = 0.60  # cosine from which they do so as surely as its code would
MOST_READ = 4  # classes that words are read as, at most
READING_POWER = 4  # how much the nearest class outweighs the next
CLASS_WORDS = 1.0  # length of a sure class's words beside the need's own, which have length one
MOST_PHRASES = 6


@dataclass(frozen=True)
class Asked:
    """A compiled need over V terms and K classes. Of the terms, s are of any use to it."""

    need: Need
    terms: NDArray[np.int64]  # s: which they are, rising
    place: NDArray[np.int32]  # V: the place of each term among them, or -1
    vector: Floats  # s, of length one: what a firm may say
    idf: Floats  # V: how rare each term is; a part of an index may know only the first of them
    reading: Floats  # K: how far each class is meant; sums to one, or to zero if none is
    certainty: float  # 1: by code or by a class's own title; less: read out of the words
    classes: tuple[int, ...]  # the classes of `reading`, the surest first
    titles: tuple[NDArray[np.int64], ...]  # terms of its title, in each language that it has one in
    phrases: tuple[str, ...]  # sorted words of titles and synonyms, as offers' names are kept
    keywords: tuple[tuple[str, tuple[int, ...]], ...]  # trade keywords with their terms' numbers

    def mixed(self, models: sparse.csr_matrix) -> Floats:
        """The rows (K x M) of the classes meant, each as far as it is meant and sure: M."""
        total = np.zeros(models.shape[1], np.float32)
        for columns, values in _rows(models, self.classes, self.reading * self.certainty):
            total[columns] += values
        return total

    def learnt(self, models: sparse.csr_matrix) -> Floats:
        """The same of what the classes have learnt of terms (K x V): s."""
        total = np.zeros(len(self.terms), np.float32)
        for columns, values in _rows(models, self.classes, self.reading * self.certainty):
            total[self.place[columns]] += values
        return total


class _Words(NamedTuple):
    """A need's own words: w terms with their weights, which together have length one."""

    terms: NDArray[np.int64]
    weights: Floats


def compile_need(need: Need, statistics: Statistics) -> Asked:
    """Make a need ready for an index with these statistics; the last ones stay ready."""
    return statistics.compiled(need, _compile)


def _compile(need: Need, statistics: Statistics) -> Asked:
    own = _own_words(need, statistics)
    reading, certainty = read_classes(need, own, statistics)
    meant = np.argsort(-reading, kind="stable")[: int((reading > 0).sum())].tolist()
    descriptions = [statistics.descriptions[number] for number in meant]
    titles = _titles(need, descriptions, certainty, statistics)
    keywords = _keywords(need, descriptions, statistics)
    models = statistics.classes
    learnt = (models.searched, models.likeness, models.own_likeness)
    terms, place = _of_use(
        len(statistics.idf),
        own.terms,
        *titles,
        *(np.asarray(numbers, np.int64) for _keyword, numbers in keywords),
        *(columns for rows in learnt for columns, _weights in _rows(rows, meant, reading)),
    )
    vector = np.zeros(len(terms), np.float32)
    vector[place[own.terms]] = own.weights
    for columns, weights in _rows(models.searched, meant, reading * certainty):
        vector[place[columns]] += CLASS_WORDS * weights
    return Asked(
        need=need,
        terms=terms,
        place=place,
        vector=unit(vector),
        idf=statistics.idf,
        reading=reading,
        certainty=certainty,
        classes=tuple(meant),
        titles=titles,
        phrases=_phrases(need, descriptions, certainty),
        keywords=keywords,
    )


def _of_use(
    known: int, *several: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """All terms of several arrays, rising, and for each of the known terms its place among them."""
    used = np.zeros(known, np.bool_)
    for terms in several:
        used[terms] = True
    terms = np.flatnonzero(used)
    place = np.full(known, -1, np.int32)
    place[terms] = np.arange(len(terms))
    return terms, place


def _rows(
    models: sparse.csr_matrix, classes: Iterable[int], shares: Floats
) -> Iterator[tuple[NDArray[np.int32], Floats]]:
    """Of each of some classes what its row (K x M) holds: columns, and values times its share (K).

    The columns of a row differ from each other.
    """
    for number in classes:
        span = slice(models.indptr[number], models.indptr[number + 1])
        yield models.indices[span], shares[number] * models.data[span]


def unit(vector: Floats) -> Floats:
    """A vector scaled to length one; an empty one stays empty."""
    length = float(np.sqrt(vector @ vector))
    return vector / np.float32(length) if length else vector


def _passages(need: Need) -> Iterator[tuple[str, float]]:
    for passage in (need.title_en, need.title_fr):
        yield passage, TITLE
    for passage in (*need.synonyms_en, *need.synonyms_fr):
        yield passage, SYNONYM
    for passage in (need.description_en, need.description_fr):
        yield passage, DESCRIPTION


def _numbers(passage: str, statistics: Statistics) -> list[int]:
    numbers = (statistics.vocabulary.number_of(term) for term in text.sought_terms(passage))
    return [number for number in numbers if number is not None]


def _own_words(need: Need, statistics: Statistics) -> _Words:
    counts: dict[int, float] = {}
    for passage, weight in _passages(need):
        for number in _numbers(passage, statistics):
            counts[number] = counts.get(number, 0.0) + weight
    terms = np.fromiter(counts, np.int64, len(counts))
    heaviness = np.log1p(np.fromiter(counts.values(), np.float32, len(counts)))
    return _Words(terms, unit(heaviness * statistics.idf[terms]))


def read_classes(need: Need, own: _Words, statistics: Statistics) -> tuple[Floats, float]:
    """Which supply classes a need means (K weights), and how sure that is (0 to 1).

    By its codes if it has any; else by a title that is a class's own in either language; else by
    the words that it shares with the descriptions of classes.
    """
    reading = np.zeros(len(statistics.classes.codes), np.float32)
    known = (statistics.classes.number_of(code) for code in need.class_codes)
    named = [number for number in known if number is not None] or _titled(need, statistics)
    if named:
        reading[named] = 1 / len(named)
        return reading, 1.0
    cosines = _likeness_of_words(own, statistics.classes.described)
    best = float(cosines.max(initial=0.0))
    if best < LIKE_CLASS:
        return reading, 0.0
    nearest = np.argsort(-cosines, kind="stable")[:MOST_READ]
    nearest = nearest[cosines[nearest] >= LIKE_CLASS]
    reading[nearest] = cosines[nearest] ** READING_POWER
    return reading / reading.sum(), min(1.0, best / SURE_OF_CLASS)


def _likeness_of_words(own: _Words, described: sparse.csr_matrix) -> Floats:
    """K: cosines of the words with the descriptions of classes."""
    vector = np.zeros(described.shape[1], np.float32)
    vector[own.terms] = own.weights
    return np.asarray(described @ vector)


def _titled(need: Need, statistics: Statistics) -> list[int]:
    """Classes whose title is that of the need; two classes may share one."""
    found: dict[int, None] = {}
    choices = [title for title, _number in statistics.titles]
    for title in {text.normalised(need.title_en), text.normalised(need.title_fr)} - {""}:
        near = process.extract(
            title, choices, scorer=fuzz.ratio, score_cutoff=SAME_TITLE, limit=4, processor=None
        )
        exact = [place for _title, score, place in near if score == near[0][1]]
        found.update({statistics.titles[place][1]: None for place in exact})
    return list(found)


def _titles(
    need: Need, descriptions: list[SupplyClass], certainty: float, statistics: Statistics
) -> tuple[NDArray[np.int64], ...]:
    """Terms of the title in English and in French.

    Where the need has it in one language only, the other is that of the class: firms describe
    themselves in either. A French title is borrowed only from a class that is sure.
    """
    first = descriptions[0] if descriptions else None
    english = need.title_en or (first.title_en if first else "")
    french = need.title_fr or (first.title_fr if first and certainty == 1.0 else "")
    found: dict[tuple[int, ...], None] = {}
    for title in (english, french):
        if numbers := _numbers(title, statistics):
            found[tuple(sorted(set(numbers)))] = None
    return tuple(np.asarray(numbers, np.int64) for numbers in found)


def _phrases(need: Need, descriptions: list[SupplyClass], certainty: float) -> tuple[str, ...]:
    titles = [need.title_en, need.title_fr]
    if certainty == 1.0:
        titles += [title for e in descriptions[:2] for title in (e.title_en, e.title_fr)]
    candidates = [
        text.sorted_words(title) for title in (*titles, *need.synonyms_en, *need.synonyms_fr)
    ]
    return tuple(dict.fromkeys(phrase for phrase in candidates if phrase))[:MOST_PHRASES]


def _keywords(
    need: Need, descriptions: list[SupplyClass], statistics: Statistics
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Trade keywords of the classes meant, and the need's synonyms, each with all its terms.

    One whose terms are not all in the vocabulary cannot be met whole, and is left out.
    """
    found: dict[str, tuple[int, ...]] = {}
    for keyword in _keyword_texts(need, descriptions):
        if numbers := statistics.phrase(keyword):
            found.setdefault(keyword, numbers)
    return tuple(found.items())


def _keyword_texts(need: Need, descriptions: Iterable[SupplyClass]) -> Iterator[str]:
    yield from need.synonyms_en
    yield from need.synonyms_fr
    for entry in descriptions:
        yield from entry.keywords_en
        yield from entry.keywords_fr
