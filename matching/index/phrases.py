"""Which terms stand one after the other in whose texts: what a phrase is looked up by."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.index.ragged import Ints, Ragged

Numbers = TypeVar("Numbers", int, Ints)


def pair_code(first: Numbers, second: Numbers) -> Numbers:
    """One number for two terms in their order; of arrays, one for each two."""
    return first << 32 | second


def find_pairs(
    terms: NDArray[np.int32], passages: NDArray[np.int32], rows: NDArray[np.int32]
) -> tuple[Ints, Ragged]:
    """(codes of all pairs met, rising; the rows in which each is met).

    `terms` stand in passages of these lengths, which follow each other in rows of these lengths.
    Words without meaning were left out before, so that a phrase meets over them.
    """
    passage = np.repeat(np.arange(len(passages)), passages)
    owner = np.repeat(np.arange(len(rows), dtype=np.int32), rows)
    beside = np.flatnonzero(passage[1:] == passage[:-1])
    wide = terms.astype(np.int64)
    codes = pair_code(wide[beside], wide[beside + 1])
    owner = owner[beside]
    order = np.lexsort((owner, codes))
    codes, owner = codes[order], owner[order]
    fresh = np.ones(len(codes), np.bool_)
    fresh[1:] = (codes[1:] != codes[:-1]) | (owner[1:] != owner[:-1])
    codes, owner = codes[fresh], owner[fresh]
    first = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1]))[: len(codes)])
    starts = np.concatenate((first, [len(codes)])).astype(np.int64)
    return codes[first], Ragged(starts, owner)
