"""Linear equations solved in a step."""

import numba
import numpy as np
import pytest

from hgedsp.physics.elimination import eliminate, eliminate_any


@numba.njit
def solve(matrix, excess, right, count):
    eliminate(matrix, excess, right, count)


@numba.njit
def solve_any(matrix, right, count):
    eliminate_any(matrix, right, count)


def filled_up(rows):
    width = -(-rows.shape[-1] // 8) * 8
    return np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(0, width - rows.shape[-1])])


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 30])
def test_both_solve_as_numpy_does(count):
    generator = np.random.default_rng(count)
    off = -generator.uniform(size=(count, count))
    np.fill_diagonal(off, 0)
    excess = generator.uniform(size=count)
    matrix, right = off + np.diag(excess - off.sum(axis=0)), generator.standard_normal(count)
    expected = np.linalg.solve(matrix, right)
    got = filled_up(right)
    solve(filled_up(matrix).ravel(), filled_up(excess), got, count)
    np.testing.assert_allclose(got[:count], expected, rtol=1e-12, atol=1e-13)
    got = filled_up(right)
    solve_any(filled_up(matrix).ravel(), got, count)
    np.testing.assert_allclose(got[:count], expected, rtol=1e-12, atol=1e-13)


def test_rows_are_exchanged_where_a_pivot_vanishes():
    got = filled_up(np.array([3.0, 2.0]))
    solve_any(filled_up(np.array([[0.0, 1.0], [2.0, 0.0]])).ravel(), got, 2)
    np.testing.assert_array_equal(got[:2], [1.0, 3.0])


def test_pairs_bound_a_billion_billion_billion_times_stronger_come_out_right():
    # Two sites that exchange at rates of 1, and leave at 1e-27: their sum decides, and any
    # elimination that subtracts has lost it. Solution by hand: the leak carries all that comes in.
    leak = 1e-27
    got = filled_up(np.array([1.0, 0.0]))
    solve(
        filled_up(np.array([[0.0, -1.0], [-1.0, 0.0]])).ravel(),
        filled_up([leak] * 2 * np.ones(2)),
        got,
        2,
    )
    np.testing.assert_allclose(got[:2], 0.5 / leak, rtol=1e-12)
