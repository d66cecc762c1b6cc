"""Responses and noise bandwidths, against the blocks, SciPy and closed forms."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, signal

from hgedsp.blocks import IntegrateAndDump, LowPass
from hgedsp.errors import ParameterError
from hgedsp.hge import (
    boxcar_response,
    equal_noise_time_constant,
    noise_bandwidth,
    noise_bandwidth_of_poles,
    noise_bandwidth_of_window,
    poles_response,
    window_response,
)

RATE = 1e4
FREQUENCY = np.array([-5000.0, -120.0, 0.0, 1.0, 250.0, 4999.0, 5000.0, 10000.0, 12345.0])


def test_boxcar_is_that_of_the_block():
    expected = IntegrateAndDump(100).response(FREQUENCY, RATE)
    np.testing.assert_allclose(boxcar_response(100)(FREQUENCY, RATE), expected, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 4])
def test_poles_are_those_of_the_block(order):
    expected = LowPass(2e-3, order).response(FREQUENCY, RATE)
    np.testing.assert_allclose(poles_response(2e-3, order)(FREQUENCY, RATE), expected, rtol=1e-12)


def test_window_is_freqz_of_its_weights():
    weights = np.arange(1.0, 18.0)
    _, expected = signal.freqz(weights[::-1] / weights.sum(), worN=FREQUENCY, fs=RATE)
    np.testing.assert_allclose(window_response(weights)(FREQUENCY, RATE), expected, atol=1e-13)


def test_noise_bandwidths_of_poles_are_the_table():
    found = [noise_bandwidth_of_poles(1.0, n) for n in (1, 2, 3, 4, 6, 8)]
    # Rounded to four digits in tables of lock-in amplifiers.
    np.testing.assert_allclose(found, [0.25, 0.125, 0.0938, 0.0781, 0.0615, 0.0524], atol=5e-5)


@pytest.mark.parametrize("order", [1, 3, 8])
def test_noise_bandwidth_of_poles_is_the_integral_of_the_analog_filter(order):
    def power(f):
        return (1 + (2 * np.pi * f) ** 2) ** -order

    expected, _ = integrate.quad(power, 0, np.inf)
    assert noise_bandwidth_of_poles(1.0, order) == pytest.approx(expected, rel=1e-7)


def test_noise_bandwidth_of_a_sampled_pole_is_exact():
    """sum of h^2 of a one-pole is a/(2 - a)."""
    a = -np.expm1(-1 / (3e-3 * RATE))
    found = noise_bandwidth(poles_response(3e-3), RATE)
    assert found == pytest.approx(RATE / 2 * a / (2 - a), rel=1e-11)


@settings(max_examples=20, deadline=None)
@given(samples=st.integers(1, 300))
def test_noise_bandwidth_of_a_boxcar_is_half_the_inverse_time(samples):
    found = noise_bandwidth(boxcar_response(samples), RATE)
    assert found == pytest.approx(RATE / (2 * samples), rel=1e-11)


@pytest.mark.parametrize("name", ["hann", "blackman", "flattop"])
def test_noise_bandwidth_of_windows_both_ways(name):
    weights = signal.get_window(name, 64)
    closed = noise_bandwidth_of_window(weights, RATE)
    assert noise_bandwidth(window_response(weights), RATE) == pytest.approx(closed, rel=1e-10)
    if name == "hann":  # 1.5 times that of a boxcar
        assert closed == pytest.approx(1.5 * RATE / 128, rel=1e-12)


@pytest.mark.parametrize(("order", "share"), [(1, 0.5), (2, 0.25), (3, 0.1875), (4, 0.15625)])
def test_equal_noise_time_constants(order, share):
    assert equal_noise_time_constant(0.1, order) == pytest.approx(0.1 * share, rel=1e-12)


def test_a_window_without_a_sum_is_refused():
    text = (
        "window_response got weights that add up to 0, which average nothing\n"
        "  mend give weights with a sum, those of scipy.signal.get_window for example"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        window_response([1.0, -1.0])


def test_noise_bandwidth_of_a_high_pass_is_refused():
    with pytest.raises(ParameterError, match="lets a constant through"):
        noise_bandwidth(lambda f, rate: 1 - np.exp(-2j * np.pi * f / rate), RATE)
