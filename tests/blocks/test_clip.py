import re

import numpy as np
import pytest

from hgedsp import Graph
from hgedsp.blocks import Input
from hgedsp.blocks.clip import Clip, clipped
from hgedsp.errors import ParameterError

RATE = 1e4


def test_keeps_each_lane_within_its_own_limits():
    x = np.random.default_rng(1).normal(0, 3, (200, 2))
    clip = Clip([-1.0, -np.inf], [2.0, 0.5])
    kernel = Graph(RATE, {"y": clip(Input("x", 2))}).compile()
    expected = np.clip(x, [-1.0, -np.inf], [2.0, 0.5])
    np.testing.assert_array_equal(kernel.process({"x": x})["y"], expected)


def test_limits_can_be_moved_between_chunks():
    kernel = Graph(RATE, {"y": Clip(-1.0, 1.0)(Input("x"))}).compile()
    kernel.parameters["clip.upper"] = 0.25
    np.testing.assert_array_equal(kernel.process({"x": [-2.0, 0.5]})["y"], [-1.0, 0.25])


def test_nan_stays_nan():
    assert np.isnan(clipped(np.nan, -1.0, 1.0))


def test_refuses_limits_in_the_wrong_order():
    message = "Clip needs lower below upper, got 1 and -1\n  mend exchange the two bounds"
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        Clip(1.0, -1.0)
