"""Which of the firms that declare supply classes is a firm most like?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.index.pruning import heaviest
from matching.index.ragged import Ints
from matching.index.segment import Floats

NEAREST = 20  # declaring firms that speak for a firm
TELLING_TERMS = 24  # a firm's heaviest terms are enough to find its like, in a third of the time
AT_ONCE = 2_000  # firms compared in one block


@dataclass(frozen=True)
class Kin:
    """For N firms their nearest teachers. A row with fewer than NEAREST is filled with weight 0."""

    teachers: NDArray[np.int32]  # N x NEAREST: places among the T teachers
    weights: Floats  # N x NEAREST: squared cosines, each row adding up to 1 or to 0


def find_kin_among(firms: sparse.csr_matrix, teachers: Ints) -> Kin:
    """The nearest to each firm (N x V) of those firms whose places are `teachers` (T)."""
    same = np.full(firms.shape[0], -1)
    same[teachers] = np.arange(len(teachers))
    return find_kin(firms, firms[teachers], same)


def find_kin(firms: sparse.csr_matrix, teachers: sparse.csr_matrix, same: Ints) -> Kin:
    """The nearest of the teachers (T x V) to each firm (N x V).

    `same` (N) is a firm's own place among the teachers, or -1: no firm speaks for itself, so that
    what it declares does not count twice.
    """
    total, width = firms.shape[0], min(NEAREST, teachers.shape[0])
    places = np.zeros((total, NEAREST), np.int32)
    weights = np.zeros((total, NEAREST), np.float32)
    if not width:
        return Kin(places, weights)
    by_term = heaviest(teachers, TELLING_TERMS).T.tocsr()
    telling = heaviest(firms, TELLING_TERMS)
    for first in range(0, total, AT_ONCE):
        rows = slice(first, min(first + AT_ONCE, total))
        likeness = (telling[rows] @ by_term).toarray()
        own = np.flatnonzero(same[rows] >= 0)
        likeness[own, same[rows][own]] = 0.0
        nearest = np.argpartition(-likeness, width - 1, axis=1)[:, :width]
        squares = np.take_along_axis(likeness, nearest, axis=1) ** 2
        places[rows, :width] = nearest
        weights[rows, :width] = squares / np.maximum(squares.sum(axis=1, keepdims=True), 1e-9)
    return Kin(places, weights)
