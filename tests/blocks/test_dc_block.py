import re

import numpy as np
import pytest
from scipy import signal

from hgedsp import Graph
from hgedsp.blocks import Input
from hgedsp.blocks.dc_block import DcBlock
from hgedsp.errors import ParameterError

RATE = 1e4


def run(block, x):
    wire = block(Input("x", x.shape[1]))
    return Graph(RATE, {"y": wire}).compile().process({"x": x})["y"]


def test_equals_lfilter():
    x = np.random.default_rng(1).normal(size=(512, 3))
    pole = np.exp(-1 / (2e-3 * RATE))
    expected = signal.lfilter([pole, -pole], [1.0, -pole], x, axis=0)
    np.testing.assert_allclose(run(DcBlock(2e-3), x), expected, rtol=1e-12, atol=1e-14)


def test_response_is_that_of_the_impulse():
    impulse = np.zeros((4096, 2))
    impulse[0] = 1.0
    # After 4096 samples of tau = 50 samples nothing of the impulse is left.
    spectrum = np.fft.rfft(run(DcBlock(5e-3), impulse)[:, 0])
    frequency = np.fft.rfftfreq(4096, 1 / RATE)
    np.testing.assert_allclose(DcBlock(5e-3).response(frequency, RATE), spectrum, atol=1e-13)


def test_a_constant_dies_out():
    y = run(DcBlock(1e-3), np.full((400, 2), 3.0))
    np.testing.assert_allclose(y[-1], 0.0, atol=1e-14)


def test_refuses_no_time():
    message = (
        "DcBlock needs time_constant above 0 s, got 0.0 s\n"
        "  mend give time_constant a positive number in s"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        DcBlock(0.0)
