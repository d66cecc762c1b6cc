import re

import numpy as np
import pytest
from scipy import signal

from hgedsp import Graph
from hgedsp.blocks import Input
from hgedsp.blocks.bandwidth import Bandwidth
from hgedsp.errors import ParameterError

RATE = 1e5


def run(block, x):
    return Graph(RATE, {"y": block(Input("x"))}).compile().process({"x": x})["y"]


def test_equals_lfilter():
    x = np.random.default_rng(1).normal(size=512)
    pole = np.exp(-2 * np.pi * 1e3 / RATE)
    expected = signal.lfilter([1 - pole], [1.0, -pole], x)
    np.testing.assert_allclose(run(Bandwidth(1e3), x), expected, rtol=1e-12, atol=1e-14)


def test_response_is_that_of_the_impulse():
    impulse = np.zeros(4096)
    impulse[0] = 1.0
    frequency = np.fft.rfftfreq(4096, 1 / RATE)
    spectrum = np.fft.rfft(run(Bandwidth(1e3), impulse))
    np.testing.assert_allclose(Bandwidth(1e3).response(frequency, RATE), spectrum, atol=1e-13)


@pytest.mark.parametrize(("fraction", "shift"), [(0.001, 1e-5), (0.05, 0.0084), (0.1, 0.035)])
def test_halves_the_power_within_the_stated_shift_of_the_cutoff(fraction, shift):
    block = Bandwidth(fraction * RATE)
    frequency = fraction * RATE * np.array([1.0, 1.0 + shift])
    at, above = np.abs(block.response(frequency, RATE)) ** 2
    assert at >= 0.5 - 1e-12
    assert above <= 0.5


def test_refuses_a_negative_cutoff():
    message = (
        "Bandwidth needs cutoff above 0 Hz, got -1.0 Hz\n  mend give cutoff a positive number in Hz"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        Bandwidth(-1.0)
