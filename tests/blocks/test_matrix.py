"""A constant matrix."""

import numpy as np

from hgedsp.blocks import Matrix


def test_equals_a_matrix_product(run):
    random = np.random.default_rng(1)
    matrix = random.standard_normal((4, 6)) * (random.random((4, 6)) < 0.5)
    matrix[2] = 0.0
    x = random.standard_normal((50, 6))
    np.testing.assert_allclose(run(Matrix(matrix), 1e3, x), x @ matrix.T, atol=1e-14)


def test_all_zeros_give_zero(run):
    np.testing.assert_array_equal(run(Matrix(np.zeros((2, 3))), 1e3, np.ones((5, 3))), 0.0)


def test_refuses_a_vector(refuses):
    with refuses(
        "Matrix needs finite numbers of shape (N, K), got shape (3,)",
        "give one row per output lane and one column per input lane",
    ):
        Matrix([1.0, 2.0, 3.0])
