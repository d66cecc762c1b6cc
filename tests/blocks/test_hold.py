"""From slow to fast."""

import numpy as np
import pytest

from hgedsp.blocks import Decimate, GradientDescent, Hold, Input
from hgedsp.errors import RateError
from hgedsp.graph import Graph


def test_holds_from_the_last_sample_of_the_slow_tick_on():
    x = np.arange(12.0)
    wire = Hold(4, initial_value=-1.0)(Decimate(4)(Input("x")))
    kernel = Graph(1.0, {"y": wire}).compile()
    expected = [-1, -1, -1, 3, 3, 3, 3, 7, 7, 7, 7, 11]
    np.testing.assert_array_equal(kernel.process({"x": x})["y"], expected)


def test_an_update_shows_on_the_next_fast_sample():
    updater = GradientDescent(1.0, 0.0)
    held = Hold(4)(updater.parameters)
    updater(Decimate(4)(Input("gradient")))
    kernel = Graph(1.0, {"p": held}).compile(interpret=True)
    got = kernel.process({"gradient": np.ones(12)})["p"]
    np.testing.assert_array_equal(got, [0, 0, 0, 0, -1, -1, -1, -1, -2, -2, -2, -2])


def test_refuses_a_wire_that_is_not_slow_enough():
    wire = Hold(3)(Decimate(4)(Input("x")))
    with pytest.raises(RateError, match=r"^hold cannot hold a wire of 250 Hz for 3 samples\n"):
        Graph(1e3, {"y": wire})


def test_refuses_to_hold_for_nothing(refuses):
    with refuses(
        "Hold needs a whole number of at least 2 for samples, got 1",
        "give samples a whole number of at least 2",
    ):
        Hold(1)


def test_refuses_an_initial_value_that_is_not_finite(refuses):
    with refuses(
        "Hold needs finite numbers for initial_value, got nan at lane 0",
        "give initial_value finite numbers",
    ):
        Hold(2, np.nan)
