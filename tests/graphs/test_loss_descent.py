"""A loss is made smaller, by updaters of first and of second order."""

import re

import numpy as np
import pytest

from hgedsp.blocks import (
    FullNewton,
    Gain,
    GradientDescent,
    Matrix,
    Newton,
    PlateauSequence,
    SquaredError,
    Sum,
    ToneGenerator,
)
from hgedsp.errors import ParameterError
from hgedsp.graphs import loss_descent
from hgedsp.wire import as_wire

RATE, WINDOW = 1e4, 128
TURN = np.array([[0.8, 0.6], [-0.6, 0.8]])
CURVATURE = np.array([1.0, 40.0])
MINIMUM = np.array([0.3, -0.2])


def bowl(parameters):
    """1/2 sum_i curvature_i (turn (p - minimum))_i^2, by blocks."""
    turned = as_wire(Matrix(TURN)(parameters - MINIMUM))
    return as_wire(Sum()(Gain(CURVATURE / 2)(turned * turned)))


def tones():
    return ToneGenerator(np.array([23, 25]) * RATE / WINDOW, 0.05, [0.0, 1.0])


def descend(updater, epochs, loss=bowl, cases=1):
    graph = loss_descent(loss, tones(), updater, sample_rate=RATE, window=WINDOW, cases=cases)
    return graph.compile(interpret=True).process(epochs * cases * WINDOW)["parameters"]


def test_full_newton_needs_one_step_for_a_bowl_in_any_direction():
    p = descend(FullNewton(1.0, [2.0, 1.0], 1e-3), 3)
    np.testing.assert_allclose(p[0], [2.0, 1.0])
    np.testing.assert_allclose(p[1], MINIMUM, atol=1e-9)


def test_gradient_descent_needs_many_and_newton_by_parameter_some():
    many = descend(GradientDescent(1 / 40, [2.0, 1.0]), 12)
    some = descend(Newton(1.0, [2.0, 1.0], 1e-3), 12)
    off = [np.abs(p[-1] - MINIMUM).max() for p in (many, some)]
    assert off[0] > 0.1
    assert 1e-9 < off[1] < off[0]


def test_means_over_cases_are_what_is_descended():
    data = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    target = np.array([[0.5], [-0.5], [0.1]])

    def loss(parameters):
        point = PlateauSequence(data, WINDOW)
        wanted = PlateauSequence(target, WINDOW)
        output = as_wire(Sum()(point.values * parameters))
        return as_wire(SquaredError()(output, wanted.values))

    p = descend(FullNewton(1.0, [0.0, 0.0], 1e-3), 2, loss, cases=3)
    expected = np.linalg.lstsq(data, target[:, 0], rcond=None)[0]
    np.testing.assert_allclose(p[1], expected, atol=1e-9)


def test_refuses_a_block_that_is_no_updater():
    text = (
        "gain is no updater: its inputs are x\n"
        "  mend take GradientDescent, Momentum, Adam, Newton or FullNewton, or a block with these "
        "ports"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        loss_descent(bowl, tones(), Gain(1.0), sample_rate=RATE, window=WINDOW)
