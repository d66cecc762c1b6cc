import re

import numpy as np
import pytest
from scipy import signal

from hgedsp import Graph
from hgedsp.blocks import Input
from hgedsp.blocks.lead_lag import LeadLag
from hgedsp.errors import ParameterError

RATE = 1e4


def run(block, x):
    return Graph(RATE, {"y": block(Input("x"))}).compile().process({"x": x})["y"]


def test_equals_lfilter():
    x = np.random.default_rng(1).normal(size=512)
    zero, pole = np.exp(-2 * np.pi * np.array([300.0, 40.0]) / RATE)
    gain = (1 - pole) / (1 - zero)
    expected = signal.lfilter([gain, -gain * zero], [1.0, -pole], x)
    np.testing.assert_allclose(run(LeadLag(300.0, 40.0), x), expected, rtol=1e-11, atol=1e-13)


def test_response_is_that_of_the_impulse():
    impulse = np.zeros(8192)
    impulse[0] = 1.0
    frequency = np.fft.rfftfreq(8192, 1 / RATE)
    spectrum = np.fft.rfft(run(LeadLag(300.0, 40.0), impulse))
    np.testing.assert_allclose(LeadLag(300.0, 40.0).response(frequency, RATE), spectrum, atol=1e-12)


def test_follows_the_analog_section_far_below_the_sample_rate():
    frequency = np.geomspace(1e-3, RATE / 500, 200)
    analog = (1 + 1j * frequency / 3.0) / (1 + 1j * frequency / 0.4)
    response = LeadLag(3.0, 0.4).response(frequency, RATE)
    # Half a sample of delay is missing in both pole and zero; what is left is of second order.
    np.testing.assert_allclose(response, analog, rtol=1e-3)


def test_corners_above_the_sample_rate_do_nothing():
    response = LeadLag(1e6, 1e5).response(np.array([0.0, 1e3, 5e3]), RATE)
    np.testing.assert_allclose(response, 1.0, rtol=1e-12)


def test_refuses_a_pole_at_zero():
    message = "LeadLag needs pole above 0 Hz, got 0.0 Hz\n  mend give pole a positive number in Hz"
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        LeadLag(1.0, 0.0)
