"""Newton steps with the whole Hessian, against NumPy's eigenvectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.blocks import FullNewton, Input
from hgedsp.errors import LanesError
from hgedsp.graph import Graph


def triangle(matrix):
    return matrix[np.triu_indices(len(matrix))]


def move(updater, gradient, hessians):
    """Parameters after one tick per Hessian."""
    size = len(gradient)
    updater(Input("g", size), Input("h", size * (size + 1) // 2))
    # In plain Python: check_block sees to it that machine code does the same, bit for bit.
    kernel = Graph(1.0, {"p": updater.parameters}).compile(interpret=True)
    ticks = {"g": np.tile(gradient, (len(hessians), 1)), "h": np.array(hessians)}
    kernel.process(ticks)
    return np.ravel(kernel.states[f"{updater.label}.parameters"])


def by_numpy(gradient, matrix, damping):
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), damping))


@pytest.mark.parametrize("size", [1, 2, 7, 24])
def test_equals_the_eigenvectors_of_numpy(size):
    random = np.random.default_rng(size)
    matrix = random.normal(size=(size, size))
    matrix, gradient = matrix + matrix.T, random.normal(size=size)
    p = move(FullNewton(0.7, np.zeros(size), 0.3), gradient, [triangle(matrix)])
    # Jacobi rotations keep eigenvalues to about 1e-14 of the largest.
    np.testing.assert_allclose(p, -0.7 * by_numpy(gradient, matrix, 0.3), rtol=1e-9, atol=1e-12)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_always_goes_downhill(seed):
    random = np.random.default_rng(seed)
    matrix, gradient = random.normal(size=(4, 4)), random.normal(size=4)
    p = move(FullNewton(0.1, np.zeros(4), 0.1), gradient, [triangle(matrix + matrix.T)])
    assert p @ gradient < 0


def test_one_step_ends_in_the_minimum_of_a_narrow_valley():
    matrix = np.array([[100.0, 99.0], [99.0, 100.0]])
    start, minimum = np.array([3.0, -2.0]), np.array([1.0, 0.5])
    p = move(FullNewton(1.0, start, 1e-3), matrix @ (start - minimum), [triangle(matrix)])
    np.testing.assert_allclose(p, minimum, rtol=1e-12)


def test_what_is_frozen_or_pushed_beyond_its_bound_is_left_out():
    matrix = np.array([[4.0, 1.0, 2.0], [1.0, 3.0, 1.0], [2.0, 1.0, 5.0]])
    gradient = np.array([1.0, 1.0, -1.0])
    updater = FullNewton(
        1.0, [0.0, 0.0, 1.0], 0.1, lower=-9.0, upper=[9.0, 9.0, 1.0], frozen=[1, 0, 0]
    )
    np.testing.assert_allclose(move(updater, gradient, [triangle(matrix)]), [0.0, -1 / 3, 1.0])


def test_a_long_step_is_shortened_as_a_whole():
    matrix, gradient = np.diag([1.0, 2.0]), np.array([4.0, 2.0])
    p = move(FullNewton(1.0, np.zeros(2), 0.1, longest=0.5), gradient, [triangle(matrix)])
    np.testing.assert_allclose(p, [-0.5, -0.125])


def test_memory_averages_the_hessian():
    first, second = np.diag([1.0, 2.0]), np.diag([4.0, 2.0])
    updater = FullNewton(1.0, np.zeros(2), 0.1, memory=0.5)
    p = move(updater, np.ones(2), [triangle(first), triangle(second)])
    np.testing.assert_allclose(p, [-1.0 - 1 / 3.0, -1.0])


def test_refuses_a_hessian_of_the_wrong_width():
    updater = FullNewton(1.0, np.zeros(3), 0.1)
    updater(Input("g", 3), Input("h", 9))
    with pytest.raises(LanesError, match=r"^full_newton.hessian takes 6 lanes, but h.x brings 9"):
        Graph(1.0, {"p": updater.parameters})


def test_refuses_a_learning_rate_per_parameter(refuses):
    with refuses(
        "FullNewton has one learning_rate and one longest, got 2 and 1",
        "give one number: the directions it moves in are no parameters of their own",
    ):
        FullNewton([0.1, 0.2], np.zeros(2), 0.1)
