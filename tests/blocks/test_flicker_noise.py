import re

import numpy as np
import pytest
from scipy import signal

from hgedsp import Graph
from hgedsp.blocks import Input
from hgedsp.blocks.flicker_noise import FlickerNoise
from hgedsp.blocks.white_noise import WhiteNoise
from hgedsp.errors import ParameterError

RATE = 1e5


def kernel_of(block, width=1):
    return Graph(RATE, {"y": block(Input("x", width))}).compile()


def decibels(ratio):
    return 10 * np.log10(ratio)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5])
def test_cascade_keeps_to_the_line_within_the_stated_error(exponent):
    noise = FlickerNoise(2e-24, 50.0, low=1.0, high=1e4, exponent=exponent)
    frequency = np.geomspace(1.0, 1e4, 2000)
    line = 2e-24 * (50.0 / frequency) ** exponent
    # At a rate far above the band only the ripple of the cascade is left.
    error = decibels(noise.spectral_density(frequency, 1e8) / line)
    assert np.abs(error).max() < 0.05


@pytest.mark.parametrize(("fraction", "error"), [(0.01, 0.04), (0.1, 0.08), (0.25, 0.46), (0.5, 2)])
def test_sampling_adds_the_stated_error(fraction, error):
    noise = FlickerNoise(1.0, low=10.0, high=RATE)
    frequency = np.geomspace(10.0, fraction * RATE, 1000)
    off = decibels(noise.spectral_density(frequency, RATE) / (1e3 / frequency))
    assert np.abs(off).max() < error


def test_is_flat_a_decade_below_the_band():
    noise = FlickerNoise(1.0, low=100.0, high=1e4)
    low, high = noise.spectral_density(np.array([0.01, 1.0]), RATE)
    assert low == pytest.approx(high, rel=0.02)


def test_measured_density_follows_the_analytic_one():
    n, window = 1 << 20, 4096
    block = FlickerNoise(1e-22, low=1e3, high=1e5, seed=3)
    # The slowest pole, 150 Hz, has settled after the first tenth of a second.
    kernel = kernel_of(block)
    kernel.process({"x": np.zeros(10_000)})
    y = kernel.process({"x": np.zeros(n)})["y"]
    frequency, found = signal.welch(y, RATE, window="hann", nperseg=window)
    inside = (frequency >= 1e3) & (frequency <= RATE / 10)
    ratio = found[inside] / (1e-22 * 1e3 / frequency[inside])
    # 512 half-overlapped Hann windows count as 0.53 times as many independent: 6.1 % per bin.
    assert np.abs(ratio - 1).max() < 5 * 0.061
    # About 250 independent bins: 0.4 %, within 4 of them, and 0.08 dB of bias allowed.
    assert np.abs(decibels(ratio.mean())) < decibels(1 + 4 * 0.004) + 0.08
    analytic = block.spectral_density(frequency[inside], RATE)
    assert np.mean(found[inside] / analytic) == pytest.approx(1, abs=4 * 0.004)


def test_adds_to_the_signal_independently_in_each_lane():
    n = 1 << 15
    block = FlickerNoise([1e-6, 0.0, 1e-6], low=1e3, seed=1)
    y = kernel_of(block, 3).process({"x": np.tile([0.0, 5.0, 0.0], (n, 1))})["y"]
    assert np.all(y[:, 1] == 5.0)
    # Correlated over 1 ms or so, 100 samples: 300 independent ones.
    assert abs(np.corrcoef(y[:, 0], y[:, 2])[0, 1]) < 4 / np.sqrt(n / 100)


def test_is_independent_of_white_noise_of_the_same_seed():
    x, n = Input("x"), 4096
    white = WhiteNoise(1e-6, seed=1)(x)
    # The first section passes the fastest part of its white noise undelayed.
    flicker = FlickerNoise(1e-6, low=1e3, high=2e3, seed=1)(x)
    out = Graph(RATE, {"w": white, "f": flicker}).compile().process({"x": np.zeros(n)})
    steps = np.diff(out["f"])
    assert abs(np.corrcoef(out["w"][1:], steps)[0, 1]) < 4 / np.sqrt(n)


def test_density_can_be_set_between_chunks():
    n, x = 1000, np.zeros(1000)
    kernel = kernel_of(FlickerNoise(1e-6, seed=2))
    kernel.parameters["flicker_noise.density"] = 0.0
    kernel.process({"x": x})
    assert kernel.states["flicker_noise/section_1.rest"] == 0.0
    assert np.all(kernel.process({"x": x})["y"] == 0.0)
    assert kernel.sample == 2 * n


def test_refuses_a_band_upside_down():
    message = (
        "FlickerNoise needs low below high, got 1000 Hz and 10 Hz\n"
        "  mend exchange the two, or widen the band"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        FlickerNoise(1e-20, low=1e3, high=10.0)


def test_refuses_an_exponent_of_two():
    message = (
        "FlickerNoise needs an exponent below 2, got 2\n"
        "  mend for an exponent of 2 send WhiteNoise through an Integrator"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        FlickerNoise(1e-20, exponent=2.0)
