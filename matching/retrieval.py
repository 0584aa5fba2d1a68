"""Which firms are worth scoring in full: those with the highest estimate of their score.

The estimate is exact in what a class alone gives the firms it speaks for most, and stands for all
that is asked of words by sums over the postings of few terms. How much of an exhaustive top 50 it
keeps is measured by benchmarks/matching.py.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.asked import Asked
from matching.index.model import Part
from matching.index.ragged import Ints, Rows
from matching.index.segment import Floats

RETRIEVED = 224  # firms scored in full for each need
QUERY_TERMS = 30  # terms a need is retrieved by: those with the largest weights
# Points that stand for the features of words, and where their scales end: measured to keep most.
WORDS_POINTS, WORDS_FULL = 8.0, 0.8
TITLE_POINTS = 12.0
KEYWORD_POINTS, KEYWORD_FULL = 9.0, 14.0
PART_OF_KEYWORD = 0.3  # the rarest word of a trade name of several words, beside the whole name
SAMPLED = 16  # one estimate of so many tells where the largest begin


def retrieve(asked: Asked, part: Part, most: int = RETRIEVED) -> Ints:
    """Places of at most so many firms of a part, in their order; all that are not hidden if the
    part is small."""
    if len(part.segment) <= most or not len(part.leaders.places):  # an overlay has no leaders
        return np.flatnonzero(~part.hidden)
    estimate = _by_words(asked, part)
    estimate += _by_titles(asked, part)
    estimate += _by_keywords(asked, part)
    estimate += _by_classes(asked, part)
    estimate[part.hidden] = 0.0
    return _largest(estimate, most)


def _nothing(part: Part) -> Floats:
    return np.zeros(len(part.segment), np.float32)


def _by_words(asked: Asked, part: Part) -> Floats:
    """N: from the sum over the heaviest terms of the need's weight times the firm's."""
    heaviest = _heaviest(asked.vector)
    if not len(heaviest):
        return _nothing(part)
    sums: Floats = _postings(part, asked.terms[heaviest]) @ asked.vector[heaviest]
    np.minimum(sums, WORDS_FULL, out=sums)
    np.sqrt(sums, out=sums)
    sums *= WORDS_POINTS / WORDS_FULL**0.5
    return sums


def _postings(part: Part, terms: Ints) -> sparse.csc_array:
    """N x t: the postings of t terms as columns."""
    postings = part.segment.postings
    spans = [_span(part, term) for term in terms]
    lengths = [span.stop - span.start for span in spans]
    ptr = np.concatenate(([0], np.cumsum(lengths))).astype(postings.indices.dtype)
    flat = (
        np.concatenate([postings.data[span] for span in spans]),
        np.concatenate([postings.indices[span] for span in spans]),
        ptr,
    )
    return sparse.csc_array(flat, shape=(len(part.segment), len(terms)))


def _heaviest(vector: Floats) -> Ints:
    used = np.flatnonzero(vector > 0)
    if len(used) > QUERY_TERMS:
        used = used[np.argpartition(-vector[used], QUERY_TERMS)[:QUERY_TERMS]]
    return used


def _by_titles(asked: Asked, part: Part) -> Floats:
    """N: from how much of its better title a firm speaks of at all, rare words counting more."""
    points = _nothing(part)
    for title in asked.titles:
        share = _nothing(part)
        whole = float(asked.idf[title].sum())
        for term in title:
            np.add.at(
                share, part.segment.postings.indices[_span(part, term)], asked.idf[term] / whole
            )
        np.maximum(points, share, out=points)
    points *= points
    points *= TITLE_POINTS
    return points


def _by_keywords(asked: Asked, part: Part) -> Floats:
    """N: from the rarest word of each trade name, which stands for the name."""
    terms, worth = _rarest_words(asked)
    known = terms < part.segment.postings.shape[0]
    terms, worth = terms[known], worth[known]
    values = np.minimum(worth.astype(np.float32) / KEYWORD_FULL, 1.0)
    rows = Rows.of(part.segment.postings, terms)
    points = _nothing(part)
    # In rising order, so that the best of a firm's words is written last and stays.
    points[rows.columns] = np.repeat(values * KEYWORD_POINTS, np.diff(rows.start))
    return points


def _rarest_words(asked: Asked) -> tuple[Ints, NDArray[np.float64]]:
    """The rarest term of each trade name, and the points that the name is worth, rising."""
    if not asked.keywords:
        return np.zeros(0, np.int64), np.zeros(0)
    lengths = np.asarray([len(numbers) for _name, numbers in asked.keywords])
    terms = np.asarray([number for _name, numbers in asked.keywords for number in numbers])
    start = np.cumsum(lengths) - lengths
    rarity = asked.idf[terms].astype(np.float64)
    by_name = np.lexsort((-rarity, np.repeat(np.arange(len(lengths)), lengths)))
    share = np.where(lengths == 1, 1.0, PART_OF_KEYWORD)
    worth = share * np.add.reduceat(rarity, start)
    order = np.argsort(worth, kind="stable")
    rarest = terms[by_name[start]][order]
    # Of names with the same rarest word the one that is worth most: the last of each.
    _terms, from_end = np.unique(rarest[::-1], return_index=True)
    last = np.sort(len(rarest) - 1 - from_end)
    return rarest[last], worth[order][last]


def _by_classes(asked: Asked, part: Part) -> Floats:
    """N: what the classes give their leaders; of several classes the one that gives most."""
    points = _nothing(part)
    most = float(asked.reading.max(initial=0.0))
    for number in asked.classes:
        likely = asked.certainty * float(asked.reading[number]) / most
        places = part.leaders.places.row(number)
        points[places] = np.maximum(points[places], likely * part.leaders.points.row(number))
    return points


def _span(part: Part, term: np.int64) -> slice:
    """Where a term's postings lie; an overlay may have met terms that have none here."""
    start = part.segment.postings.indptr
    return slice(start[term], start[term + 1]) if term + 1 < len(start) else slice(0, 0)


def _largest(values: Floats, most: int) -> Ints:
    """Places of the `most` largest values above zero, in their order."""
    sample = values[::SAMPLED]
    about = min(len(sample), 2 * most // SAMPLED)
    floor = float(np.sort(sample)[-about])  # many equal zeros make a partition slow
    places = np.flatnonzero(values > floor) if floor > 0 else np.flatnonzero(values)
    if len(places) < most and floor > 0:
        places = np.flatnonzero(values)
    if len(places) > most:
        places = np.sort(places[np.argpartition(-values[places], most)[:most]])
    return places
