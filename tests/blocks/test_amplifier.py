import re

import numpy as np
import pytest

from hgedsp import Graph
from hgedsp.blocks import Input
from hgedsp.blocks.amplifier import Amplifier
from hgedsp.errors import ParameterError

RATE = 1e4


def run(block, x):
    wire = block(Input("x", x.shape[1]))
    return Graph(RATE, {"y": wire}).compile().process({"x": x})["y"]


def test_amplifies_and_saturates_symmetrically():
    x = np.random.default_rng(1).normal(0, 20e-9, (300, 3))
    expected = np.clip(1e8 * x, -2.0, 2.0)
    np.testing.assert_array_equal(run(Amplifier(1e8, clip=2.0), x), expected)


def test_limits_need_not_be_symmetric():
    x = np.random.default_rng(2).normal(0, 20e-9, (300, 2))
    block = Amplifier([1e8, -1e8], clip=3.0, lower=0.0)
    np.testing.assert_array_equal(run(block, x), np.clip([1e8, -1e8] * x, 0.0, 3.0))


def test_without_clip_it_is_a_gain():
    amplifier = Amplifier(1e8)
    np.testing.assert_array_equal(amplifier.response(np.array([1.0, 1e3]), RATE), [1e8, 1e8])


def test_gain_can_be_set_between_chunks():
    kernel = Graph(RATE, {"y": Amplifier(2.0, 1.0)(Input("x"))}).compile()
    kernel.parameters["amplifier.gain"] = 0.5
    np.testing.assert_array_equal(kernel.process({"x": [1.0, 4.0]})["y"], [0.5, 1.0])


def test_refuses_a_negative_clip():
    message = "Amplifier needs lower below upper, got 1 and -1\n  mend exchange the two bounds"
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        Amplifier(1e8, clip=-1.0)
