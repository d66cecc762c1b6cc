"""Adam."""

import numpy as np
import pytest

from hgedsp.blocks import Adam, Input
from hgedsp.graph import Graph


def descend(updater, gradient):
    """Parameters before each tick, by the interpreter."""
    updater(Input("gradient", width=gradient.shape[1]))
    kernel = Graph(1.0, {"p": updater.parameters}).compile(interpret=True)
    return kernel, kernel.process({"gradient": gradient})["p"]


def test_equals_algorithm_1_of_the_paper():
    gradient = 1e-9 * np.random.default_rng(1).standard_normal((300, 3))
    p, m, v, expected = np.array([0.1, 0.2, 0.3]), np.zeros(3), np.zeros(3), []
    for t, g in enumerate(gradient, 1):
        expected.append(p)
        m = 0.8 * m + (1 - 0.8) * g
        v = 0.99 * v + (1 - 0.99) * g**2
        step = (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-12)
        p = np.clip(p - 0.01 * step, -0.1, 0.25)
    updater = Adam(0.01, [0.1, 0.2, 0.3], 0.8, 0.99, lower=-0.1, upper=0.25)
    # 0.8^t is made by t products here, each rounded: t eps of it.
    np.testing.assert_allclose(descend(updater, gradient)[1], expected, rtol=1e-11)


def test_first_step_is_the_learning_rate_whatever_the_gradient():
    gradient = np.array([[1e-9, -1e3], [0.0, 0.0]])
    _, p = descend(Adam(0.01, [0.0, 0.0]), gradient)
    # Up to epsilon over the gradient.
    np.testing.assert_allclose(p[1], [-0.01, 0.01], rtol=2e-3)


def test_finds_the_minimum_of_a_parabola():
    updater = Adam(0.05, [3.0, -2.0])
    updater(2.0 * (updater.parameters - np.array([1.0, 0.5])))
    kernel = Graph(1.0, {"p": updater.parameters}).compile()
    np.testing.assert_allclose(kernel.process(5000)["p"][-1], [1.0, 0.5], atol=1e-6)


def test_powers_of_beta_end_at_zero_and_not_as_subnormal_numbers():
    kernel, _ = descend(Adam(0.01, [0.0], 0.5, 0.9), np.ones((600, 1)))
    assert kernel.states["adam.power1"] == 0.0
    assert kernel.states["adam.power2"] == 0.0


def test_frozen_parameters_stay_with_their_averages():
    kernel, p = descend(Adam(0.1, [1.0, 2.0], frozen=[True, False]), np.ones((5, 2)))
    np.testing.assert_array_equal(p[:, 0], 1.0)
    assert kernel.states["adam.mean"][0] == 0.0
    assert kernel.states["adam.power1"][0] == 1.0


@pytest.mark.parametrize("name", ["beta1", "beta2"])
def test_refuses_a_beta_of_one(name, refuses):
    with refuses(
        f"Adam needs {name} below 1, got 1.0",
        "take beta1 = 0.9 and beta2 = 0.999; at 1 an average would never move",
    ):
        Adam(0.1, 0.0, **{name: 1.0})


def test_refuses_an_epsilon_of_zero(refuses):
    with refuses("Adam needs epsilon above 0, got 0.0", "give epsilon a positive number"):
        Adam(0.1, 0.0, epsilon=0.0)


def test_refuses_vectors_of_different_lengths(refuses):
    block = Adam([0.1, 0.2], [0.0, 0.0, 0.0])
    with refuses(
        "Adam got vectors of different lengths: learning_rate has 2, initial_value has 3",
        "give one number per lane, or a single number for all lanes",
    ):
        block.lanes()
