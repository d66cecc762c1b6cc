"""Plain gradient descent."""

import numpy as np
import pytest

from hgedsp.blocks import GradientDescent, Input, IntegrateAndDump
from hgedsp.graph import Graph

GRADIENT = np.random.default_rng(1).standard_normal((100, 3))


def descend(updater, gradient=GRADIENT):
    """Parameters before each tick, by the interpreter."""
    updater(Input("gradient", width=gradient.shape[1]))
    kernel = Graph(1.0, {"p": updater.parameters}).compile(interpret=True)
    return kernel, kernel.process({"gradient": gradient})["p"]


def test_equals_a_loop():
    p, expected = np.array([0.1, 0.2, 0.3]), []
    for g in GRADIENT:
        expected.append(p)
        p = np.clip(p - np.array([0.1, 0.2, 0.0]) * g, -0.5, [0.5, 1.0, 1.5])
    updater = GradientDescent([0.1, 0.2, 0.0], [0.1, 0.2, 0.3], -0.5, [0.5, 1.0, 1.5])
    np.testing.assert_array_equal(descend(updater)[1], expected)


def test_frozen_parameters_stay_even_out_of_bounds():
    updater = GradientDescent(0.1, [9.0, 0.0, 0.0], -1.0, 1.0, frozen=[True, False, False])
    np.testing.assert_array_equal(descend(updater)[1][:, 0], 9.0)


def test_finds_the_minimum_of_a_parabola():
    updater = GradientDescent(0.1, [3.0, -2.0])
    updater(2.0 * (updater.parameters - np.array([1.0, 0.5])))
    kernel = Graph(1.0, {"p": updater.parameters}).compile(interpret=True)
    # Each tick leaves 1 - 2 0.1 of the distance: 0.8^200 = 4e-20.
    np.testing.assert_allclose(kernel.process(201)["p"][-1], [1.0, 0.5], rtol=1e-14)


def test_on_a_slow_clock_it_steps_once_per_tick():
    updater = GradientDescent(1.0, 0.0)
    updater(IntegrateAndDump(10)(Input("x")))
    kernel = Graph(1.0, {"p": updater.parameters}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process({"x": np.ones(50)})["p"], [0, -1, -2, -3, -4])


def test_learning_rate_can_be_set_between_chunks():
    kernel, _ = descend(GradientDescent(0.1, [0.0, 0.0, 0.0]))
    kernel.reset()
    kernel.parameters["gradient_descent.learning_rate"] = 0.5
    p = kernel.process({"gradient": GRADIENT})["p"]
    np.testing.assert_array_equal(p[1], -0.5 * GRADIENT[0])


@pytest.mark.parametrize("name", ["learning_rate", "initial_value"])
def test_refuses_values_that_are_not_finite(name, refuses):
    given = {"learning_rate": 0.1, "initial_value": 0.0, name: [0.0, np.inf]}
    with refuses(
        f"GradientDescent needs finite numbers for {name}, got inf at lane 1",
        f"give {name} finite numbers",
    ):
        GradientDescent(**given)


def test_refuses_bounds_the_wrong_way_round(refuses):
    with refuses(
        "GradientDescent needs lower below upper, got 1 and -1", "exchange the two bounds"
    ):
        GradientDescent(0.1, 0.0, lower=1.0, upper=-1.0)
