"""The firms that a search names: sets over the postings of an index, without a score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching import text
from matching.index.model import Index, Part
from matching.index.phrases import pair_code
from matching.index.ragged import Ints, Ragged
from matching.query.spelling import spellings_of
from matching.query.syntax import Clause, Kind, Query

MASK = NDArray[np.bool_]
RARE = 3  # a word that fewer firms use may be a slip that someone else made too
SHARE = 2 / 3  # of the words that a loose search asks for


@dataclass(frozen=True)
class Selection:
    """Keys of the firms, rising, and for words read as others what they were read as."""

    keys: Ints
    read_as: Mapping[str, str]


def select(index: Index, query: Query, strict: bool) -> Selection:
    """The firms of an index that a search names.

    Phrases, codes and exclusions are meant as they stand. Of the words, `strict` asks for all of
    them as typed; else two in three will do, and a word that no or hardly any firm uses is read
    as those a slip away.
    """
    read_as: dict[str, str] = {}
    words = [_terms(index, clause, strict, read_as) for clause in query.wanted if _plain(clause)]
    words = [alternatives for alternatives in words if alternatives]
    keys = [_of_part(part, query, words, strict) for part in index.parts if len(part.segment)]
    return Selection(np.sort(np.concatenate(keys)) if keys else np.zeros(0, np.int64), read_as)


def narrowed(index: Index, keys: Ints) -> Index:
    """The index with no firms but these (keys, rising) to be found in it."""
    return Index(
        tuple(
            replace(part, hidden=part.hidden | ~_among(part.segment.keys, keys))
            for part in index.parts
        )
    )


def _among(values: Ints, rising: Ints) -> MASK:
    if not len(rising):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(rising, values), len(rising) - 1)
    return np.asarray(rising[places] == values)


def _plain(clause: Clause) -> bool:
    return clause.kind is Kind.WORD


Alternatives = list[tuple[int, ...]]  # of each term of a word: numbers of which one must be met


def _terms(index: Index, clause: Clause, strict: bool, read_as: dict[str, str]) -> Alternatives:
    vocabulary = index.statistics.vocabulary
    found: Alternatives = []
    for term in text.sought_terms(clause.text):
        number = vocabulary.number_of(term)
        own: tuple[int, ...] = () if number is None else (number,)
        if not strict and _used(index, own) < RARE:
            near = spellings_of(vocabulary).near(term)
            near = tuple(other for other in near if _used(index, (other,)) >= RARE)
            if near:
                read_as[clause.text] = vocabulary.spelling(near[0])
            own += near
        found.append(own)
    return found


def _used(index: Index, numbers: Iterable[int]) -> int:
    """How many firms use one of these terms."""
    return sum(len(_posting(part, number)) for part in index.parts for number in numbers)


def _posting(part: Part, number: int) -> NDArray[np.int32]:
    """Places of the firms that use a term; an overlay knows terms that the base does not."""
    postings = part.segment.postings
    if number + 1 >= len(postings.indptr):
        return np.zeros(0, np.int32)
    return np.asarray(postings.indices[postings.indptr[number] : postings.indptr[number + 1]])


def _of_part(part: Part, query: Query, words: list[Alternatives], strict: bool) -> Ints:
    mask = ~part.hidden
    for clause in query.wanted:
        if clause.kind is not Kind.WORD:
            mask &= _meets(part, clause)
    if words:
        met = np.zeros(len(mask), np.int16)
        for alternatives in words:
            met += _any_of_each(part, alternatives)
        mask &= met >= (len(words) if strict else int(np.ceil(len(words) * SHARE)))
    for clause in query.unwanted:
        mask &= ~_meets(part, clause)
    return np.asarray(part.segment.keys[mask])


def _any_of_each(part: Part, alternatives: Alternatives) -> MASK:
    masks = []
    for numbers in alternatives:
        mask = np.zeros(len(part.segment), np.bool_)
        for number in numbers:
            mask[_posting(part, number)] = True
        masks.append(mask)
    return reduce(np.logical_and, masks)


def _meets(part: Part, clause: Clause) -> MASK:
    """Which firms of a part say a word, hold a phrase, or declare or won classes of a prefix."""
    if clause.kind is Kind.CODE:
        return _of_codes(part, clause.text)
    vocabulary = part.statistics.vocabulary
    numbers = [vocabulary.number_of(term) for term in text.word_terms(clause.text)]
    mask = np.zeros(len(part.segment), np.bool_)
    known = [number for number in numbers if number is not None]
    if not known or len(known) < len(numbers):
        return mask
    places = [_posting(part, number) for number in known]
    places += [_adjacent(part, *pair) for pair in pairwise(known)]
    if clause.kind is Kind.WORD:
        places = places[: len(known)]
    mask[reduce(np.intersect1d, places)] = True
    return mask


def _adjacent(part: Part, first: int, second: int) -> NDArray[np.int32]:
    """Places of the firms in whose texts two terms stand one after the other."""
    segment, code = part.segment, pair_code(first, second)
    place = int(np.searchsorted(segment.pairs, code))
    if place == len(segment.pairs) or segment.pairs[place] != code:
        return np.zeros(0, np.int32)
    return segment.paired.row(place)


def _of_codes(part: Part, prefix: str) -> MASK:
    codes = part.statistics.classes.codes
    meant = np.asarray([code.startswith(prefix) for code in codes], np.bool_)
    return _rows_with(part.segment.declared, meant) | _rows_with(part.segment.won, meant)


def _rows_with(rows: Ragged, meant: MASK) -> MASK:
    """Which rows hold one of the numbers that are meant."""
    hits = np.concatenate(([0], np.cumsum(meant[rows.values.astype(np.int64)])))
    return np.asarray(hits[rows.ptr[1:]] > hits[rows.ptr[:-1]])
