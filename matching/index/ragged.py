"""Rows of unequal length in two flat arrays: what can be memory-mapped and shared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True)
class Ragged:
    """Row i is `values[ptr[i]:ptr[i + 1]]`; `ptr` has one entry more than there are rows."""

    ptr: Ints
    values: NDArray[Any]

    def __len__(self) -> int:
        return len(self.ptr) - 1

    def row(self, number: int) -> NDArray[Any]:
        return self.values[self.ptr[number] : self.ptr[number + 1]]

    def lengths(self, rows: Ints) -> Ints:
        return np.asarray(self.ptr.take(rows + 1) - self.ptr.take(rows))

    def places(self, rows: Ints) -> Ints:
        """Places in `values` of these rows, one row after the other."""
        return entries_of_rows(self.ptr, rows)[0]

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], dtype: type[np.generic]) -> "Ragged":
        lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
        flat = np.fromiter((value for row in rows for value in row), dtype, int(lengths.sum()))
        return cls(np.concatenate(([0], np.cumsum(lengths))).astype(np.int64), flat)

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> "Ragged":
        """Texts kept as bytes: `text` gives one back, `texts` several if none holds a line end."""
        kept = [text.encode() + b"\n" for text in texts]
        lengths = np.fromiter((len(text) for text in kept), np.int64, len(kept))
        flat = np.frombuffer(b"".join(kept), np.uint8)
        return cls(np.concatenate(([0], np.cumsum(lengths))).astype(np.int64), flat)

    def text(self, number: int) -> str:
        return bytes(self.row(number)[:-1]).decode()

    def texts_at(self, numbers: Ints) -> list[str]:
        """Several texts, which may hold line ends."""
        whole = self.values.data
        spans = zip(self.ptr[numbers].tolist(), self.ptr[numbers + 1].tolist(), strict=True)
        return [bytes(whole[start : end - 1]).decode() for start, end in spans]

    def texts(self, firsts: Ints, lasts: Ints) -> list[str]:
        """The texts from each of `firsts` to its of `lasts`, both included, decoded at once."""
        spans = zip(self.ptr[firsts].tolist(), self.ptr[lasts + 1].tolist(), strict=True)
        whole = self.values.data
        joined = b"".join([whole[start:end] for start, end in spans])
        return joined.decode().split("\n")[:-1]


@dataclass(frozen=True)
class Rows:
    """Some rows of a sparse matrix, gathered: entry e has a column, a weight and a row.

    Row i is entries `start[i]` to `start[i + 1]`. Gathered once for each need, where slicing a
    SciPy matrix for each feature would cost more than the features.
    """

    columns: NDArray[np.int32]
    weights: NDArray[np.float32]
    start: Ints

    @classmethod
    def of(cls, matrix: Any, rows: Ints) -> "Rows":
        """Rows of a SciPy CSR matrix, in the order asked for."""
        places, start = entries_of_rows(matrix.indptr, rows)
        return cls(matrix.indices.take(places), matrix.data.take(places), start)

    def among(self, place: NDArray[np.int32]) -> "Rows":
        """Only the entries whose column has a place, which becomes their column."""
        columns = place.take(self.columns)
        met = np.flatnonzero(columns >= 0)
        start = np.searchsorted(met, self.start)
        return Rows(columns.take(met), self.weights.take(met), start)

    def __len__(self) -> int:
        return len(self.start) - 1

    def span(self, row: int) -> slice:
        return slice(self.start[row], self.start[row + 1])

    def sums(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """The sum of the entries' values in each row."""
        sums = np.zeros(len(self), np.float32)
        filled = self.start[1:] > self.start[:-1]
        if len(values):
            sums[filled] = np.add.reduceat(values, self.start[:-1][filled])
        return sums


def best_of_rows(values: NDArray[Any], start: Ints) -> NDArray[np.float32]:
    """The largest value of each row; 0 for a row without entries, as for one without a match."""
    best = np.zeros(len(start) - 1, np.float32)
    filled = start[1:] > start[:-1]
    if len(values):
        best[filled] = np.maximum.reduceat(values, start[:-1][filled])
    return best


class Picked(NamedTuple):
    """Entries picked from each of some rows: their places, row by row, and where each row ends."""

    places: Ints
    bounds: list[int]  # one more than there are rows

    def by_row(self, items: Sequence[T]) -> list[tuple[T, ...]]:
        """What belongs to the picked entries, given in their order, as a tuple for each row."""
        return [tuple(items[first:last]) for first, last in pairwise(self.bounds)]

    @classmethod
    def of(cls, places: Ints, owner: Ints, rows: int) -> "Picked":
        return cls(places, np.searchsorted(owner, np.arange(rows + 1)).tolist())


def entries_of_rows(start: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Places of the entries of some rows, row by row, and where among these each row begins.

    Row i of `start` is entries `start[i]` to `start[i + 1]`.
    """
    first = start.take(rows)
    lengths = start.take(rows + 1) - first
    begin = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=begin[1:])
    places = np.repeat(first - begin[:-1], lengths)
    places += np.arange(len(places))
    return places, begin


def owners_of(begin: Ints) -> Ints:
    """The row of each entry."""
    return np.repeat(np.arange(len(begin) - 1), np.diff(begin))


def heaviest_of_rows(
    start: Ints, values: NDArray[Any], rows: Ints, least: NDArray[Any] | float, most: int
) -> Picked:
    """For some rows the places of at most so many values above `least`, largest first.

    `least` is one number for each of these rows, or one for all. Equal values keep their order.
    """
    places, begin = entries_of_rows(start, rows)
    owner, own = owners_of(begin), values.take(places)
    floor = least if isinstance(least, float) else least.take(owner)
    heavy = np.flatnonzero(own > floor)
    places, owner, own = places[heavy], owner[heavy], own[heavy]
    # One key sorts by row and then by value: sorting by two costs five times as much.
    order = np.argsort(owner - own / (2.0 * own.max(initial=1e-9)), kind="stable")
    first = np.searchsorted(owner, np.arange(len(rows)))
    kept = np.arange(len(owner)) - first.take(owner) < most
    return Picked.of(places[order][kept], owner[kept], len(rows))
