"""Gradient descent with momentum."""

import numpy as np
import pytest

from hgedsp.blocks import GradientDescent, Input, Momentum
from hgedsp.graph import Graph


def descend(updater, gradient):
    """Parameters before each tick, by the interpreter."""
    updater(Input("gradient", width=gradient.shape[1]))
    kernel = Graph(1.0, {"p": updater.parameters}).compile(interpret=True)
    return kernel.process({"gradient": gradient})["p"]


def test_equals_a_loop():
    gradient = np.random.default_rng(1).standard_normal((100, 3))
    p, v, expected = np.array([0.1, 0.2, 0.3]), np.zeros(3), []
    for g in gradient:
        expected.append(p)
        v = 0.8 * v + g
        p = np.clip(p - 0.05 * v, -0.5, 0.5)
    got = descend(Momentum(0.05, [0.1, 0.2, 0.3], 0.8, -0.5, 0.5), gradient)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


def test_without_momentum_is_gradient_descent():
    gradient = np.random.default_rng(2).standard_normal((50, 2))
    plain = descend(GradientDescent(0.1, [0.0, 1.0], upper=2.0), gradient)
    np.testing.assert_array_equal(
        descend(Momentum(0.1, [0.0, 1.0], 0.0, upper=2.0), gradient), plain
    )


def test_steady_gradient_moves_faster_by_one_over_one_minus_momentum():
    p = descend(Momentum(0.1, [0.0, 0.0], 0.9), np.ones((400, 2)))
    # 0.9^400 = 5e-19 of the final speed is still missing.
    np.testing.assert_allclose(p[-1] - p[-2], -0.1 / (1 - 0.9), rtol=1e-12)


def test_frozen_parameters_stay():
    p = descend(Momentum(0.1, [1.0, 2.0], frozen=[True, False]), np.ones((5, 2)))
    np.testing.assert_array_equal(p[:, 0], 1.0)
    assert p[-1, 1] < 2.0


@pytest.mark.parametrize("momentum", [1.0, 1.5])
def test_refuses_momentum_that_never_fades(momentum, refuses):
    with refuses(
        f"Momentum needs momentum below 1, got {momentum}",
        "take 0.9, or 0.99 for a noisy gradient; at 1 the velocity would never fade",
    ):
        Momentum(0.1, 0.0, momentum)


def test_refuses_negative_momentum(refuses):
    with refuses(
        "Momentum needs momentum of at least 0, got -0.1", "give momentum zero or a positive number"
    ):
        Momentum(0.1, 0.0, -0.1)


def test_refuses_bounds_without_room(refuses):
    with refuses(
        "Momentum needs lower below upper, got 1 and 1", "give the two bounds room between them"
    ):
        Momentum(0.1, 0.0, lower=1.0, upper=1.0)
