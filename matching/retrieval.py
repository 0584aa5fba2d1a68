"""Which firms are worth scoring in full: those with the highest estimate of their score.

The estimate is exact in what a class alone gives the firms it speaks for most, and stands for all
that is asked of words by sums over the postings of few terms. How much of an exhaustive top 50 it
keeps is measured by benchmarks/matching.py.
"""

import numpy as np
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
    worth: dict[int, float] = {}
    for _keyword, numbers in asked.keywords:
        rarities = [float(asked.idf[number]) for number in numbers]
        rarest = numbers[rarities.index(max(rarities))]
        share = 1.0 if len(numbers) == 1 else PART_OF_KEYWORD
        worth[rarest] = max(worth.get(rarest, 0.0), share * sum(rarities))
    known = part.segment.postings.shape[0]
    terms = sorted((term for term in worth if term < known), key=worth.__getitem__)
    values = np.minimum(np.asarray([worth[term] for term in terms], np.float32) / KEYWORD_FULL, 1.0)
    rows = Rows.of(part.segment.postings, np.asarray(terms, np.int64))
    points = _nothing(part)
    # In rising order, so that the best of a firm's words is written last and stays.
    points[rows.columns] = np.repeat(values * KEYWORD_POINTS, np.diff(rows.start))
    return points


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
