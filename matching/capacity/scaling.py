"""Units for the rows and columns of a program, chosen so that its coefficients are near one.

A solver's tolerances are absolute. Where a product takes a thirty-thousandth of a die, a row in
dies that is missed by a millionth is missed by three hundredths of a product, and HiGHS has called
feasible portfolios infeasible and worse ones best.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]

ROUNDS = 8  # further ones change no power of two


def units(matrix: sparse.csr_array, fixed: int) -> tuple[Floats, Floats]:
    """Factors of rows, (rows,), and of columns, (columns,), the first `fixed` of which stay 1.

    The sum of the squared logarithms of all entries is made small, rows and columns in turn: the
    scaling of A. R. Curtis and J. K. Reid (Journal of the Institute of Mathematics and its
    Applications 10, 1972). Factors are powers of two, which round nothing.
    """
    entries = matrix.copy()
    entries.eliminate_zeros()
    there = entries.copy()
    entries.data, there.data = np.log2(np.abs(entries.data)), np.ones_like(entries.data)
    in_rows, in_columns = (np.maximum(there.sum(axis=at), 1.0) for at in (1, 0))
    of_rows, of_columns = entries.sum(axis=1), entries.sum(axis=0)
    row, column = np.zeros(matrix.shape[0]), np.zeros(matrix.shape[1])
    for _ in range(ROUNDS):
        row = -(of_rows + there @ column) / in_rows
        column = -(of_columns + there.T @ row) / in_columns
        column[:fixed] = 0.0
    return np.exp2(np.round(row)), np.exp2(np.round(column))
