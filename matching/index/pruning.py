"""Keeping the heaviest entries of sparse rows."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def heaviest(matrix: sparse.csr_matrix, most: int) -> sparse.csr_matrix:
    """Each row's `most` largest entries by size; float32, the same shape."""
    sizes = np.abs(matrix.data)
    kept = np.ones(len(sizes), np.bool_)
    for first, last in pairwise(matrix.indptr.tolist()):
        if last - first > most:
            lightest = np.argpartition(sizes[first:last], last - first - most)
            kept[first + lightest[: last - first - most]] = False
    ptr = np.concatenate(([0], np.cumsum(np.minimum(np.diff(matrix.indptr), most))))
    flat = (matrix.data[kept].astype(np.float32), matrix.indices[kept], ptr)
    return sparse.csr_matrix(flat, shape=matrix.shape)


def heaviest_of_dense(
    values: NDArray[np.floating], most: int, columns: NDArray[np.integer], width: int
) -> sparse.csr_matrix:
    """The same of full rows whose columns stand for these of a matrix of `width`."""
    most = min(most, values.shape[1])
    top = np.sort(np.argpartition(-np.abs(values), most - 1, axis=1)[:, :most], axis=1)
    data = np.take_along_axis(values, top, axis=1).astype(np.float32)
    ptr = np.arange(len(values) + 1) * most
    return sparse.csr_matrix((data.ravel(), columns[top].ravel(), ptr), shape=(len(values), width))
