"""Linear equations of some tens of unknowns, solved in place inside a step.

Matrices are flat, row after row, each filled up to a multiple of eight numbers.
"""

from __future__ import annotations

from numba.extending import register_jitable

from hgedsp.checks import FloatArray
from hgedsp.vectors import load, store


@register_jitable
def eliminate(matrix: FloatArray, excess: FloatArray, right: FloatArray, count: int) -> None:
    """Solve for an M-matrix whose columns add up to `excess`, without a subtraction.

    Only what is off the diagonal (all of it <= 0) and the excess (>= 0) are looked at: each pivot
    is the excess plus what is left of its column. The solution is in `right`; the rest is used up.
    """
    width = right.size
    for k in range(count):
        pivot = excess[k]
        for i in range(k + 1, count):
            pivot -= matrix[i * width + k]
        inverse = 1.0 / pivot
        share = excess[k] * inverse
        for j in range(k // 8 * 8, width, 8):
            store(excess, j, load(excess, j, 8, 8) - share * load(matrix, k * width + j, 8, 8))
        clear_column(matrix, right, k, inverse, count)
        matrix[k * width + k] = inverse
    substitute(matrix, right, count)


@register_jitable
def eliminate_any(matrix: FloatArray, right: FloatArray, count: int) -> None:
    """Solve for any regular matrix, exchanging rows. The solution is in `right`."""
    width = right.size
    for k in range(count):
        best = k
        for i in range(k + 1, count):
            if abs(matrix[i * width + k]) > abs(matrix[best * width + k]):
                best = i
        if best != k:
            right[k], right[best] = right[best], right[k]
            for j in range(k // 8 * 8, width, 8):
                upper = load(matrix, k * width + j, 8, 8)
                lower = load(matrix, best * width + j, 8, 8)
                store(matrix, k * width + j, lower)
                store(matrix, best * width + j, upper)
        inverse = 1.0 / matrix[k * width + k]
        clear_column(matrix, right, k, inverse, count)
        matrix[k * width + k] = inverse
    substitute(matrix, right, count)


@register_jitable
def clear_column(matrix: FloatArray, right: FloatArray, k: int, inverse: float, count: int) -> None:
    """Take row k, times what makes column k vanish, off all rows below."""
    width = right.size
    for i in range(k + 1, count):
        right[i] -= matrix[i * width + k] * inverse * right[k]
    # What stands left of the diagonal is not needed any more, but column k is until the end.
    for j in range(width - 8, k // 8 * 8 - 8, -8):
        row = load(matrix, k * width + j, 8, 8)
        for i in range(k + 1, count):
            share = matrix[i * width + k] * inverse
            store(matrix, i * width + j, load(matrix, i * width + j, 8, 8) - share * row)


@register_jitable
def substitute(matrix: FloatArray, right: FloatArray, count: int) -> None:
    """Solve for a matrix above the diagonal, which holds inverses."""
    width = right.size
    for k in range(count - 1, -1, -1):
        right[k] *= matrix[k * width + k]
        for i in range(k):
            right[i] -= matrix[i * width + k] * right[k]
