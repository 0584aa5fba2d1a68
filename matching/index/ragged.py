"""Rows of unequal length in two flat arrays: what can be memory-mapped and shared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


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
        return np.asarray(self.ptr[rows + 1] - self.ptr[rows])

    def places(self, rows: Ints) -> Ints:
        """Places in `values` of these rows, one row after the other."""
        lengths = self.lengths(rows)
        starts = np.repeat(self.ptr[rows] - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
        return np.asarray(starts + np.arange(lengths.sum()))

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], dtype: type[np.generic]) -> "Ragged":
        lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
        flat = np.fromiter((value for row in rows for value in row), dtype, int(lengths.sum()))
        return cls(np.concatenate(([0], np.cumsum(lengths))).astype(np.int64), flat)

    @classmethod
    def of_texts(cls, texts: Iterable[bytes]) -> "Ragged":
        """Texts as bytes; `text` gives one back."""
        kept = list(texts)
        lengths = np.fromiter((len(text) for text in kept), np.int64, len(kept))
        flat = np.frombuffer(b"".join(kept), np.uint8)
        return cls(np.concatenate(([0], np.cumsum(lengths))).astype(np.int64), flat)

    def text(self, number: int) -> str:
        return bytes(self.row(number)).decode()
