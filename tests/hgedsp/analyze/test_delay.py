"""A delay found in a recording and taken out of it."""

from pathlib import Path

import numpy as np
import pytest

from hgedsp.analyze import extract, tones_from, without_delay
from hgedsp.io import open_trace
from hgedsp.trace import Trace

RECORDED = Path(__file__).parents[3] / ".." / "shared" / "data" / "rnpu_recorded_250mV.npz"
RATE = 10_000.0
BINS = np.array([51, 53, 59, 71, 87, 97, 101])
FREQUENCY = BINS * RATE / 1000
ARRAYS = {"frequency_Hz": FREQUENCY, "amplitude_V": np.full(7, 0.02), "phase_rad": np.arange(7.0)}
GRADIENT = np.array([3.0, -2.0, 1.0, 4.0, -5.0, 0.5, -1.5])


def recording(delay, noise, seconds=1.0):
    time = np.arange(int(seconds * RATE)) / RATE
    angle = 2 * np.pi * np.outer(time - delay, FREQUENCY) + ARRAYS["phase_rad"]
    y = np.sin(angle) @ (GRADIENT * ARRAYS["amplitude_V"])
    return Trace(y + noise * np.random.default_rng(5).standard_normal(y.size))


@pytest.mark.parametrize("estimator", ["lock-in", "least-squares"])
def test_the_derivatives_come_back_with_their_signs(estimator):
    trace, tones = recording(1.37e-3, 0.0), tones_from(ARRAYS, RATE, "made")
    raw = extract(trace, tones, estimator=estimator)
    assert np.any(np.sign(raw.gradient_mean) != np.sign(GRADIENT))
    found, fit = without_delay(raw, 3e-3)
    assert fit.delay == pytest.approx(1.37e-3, abs=1e-12)
    np.testing.assert_allclose(found.gradient_mean, GRADIENT, rtol=1e-8)
    np.testing.assert_allclose(found.estimate.quadrature, 0.0, atol=1e-9)
    # The tones are now as they arrive, so that the record tells the same again.
    again = extract(trace, found.tones, estimator=estimator)
    np.testing.assert_allclose(again.gradient_mean, GRADIENT, rtol=1e-8)


def test_with_noise_it_is_right_within_the_errors_it_states():
    raw = extract(recording(1.37e-3, 0.05), tones_from(ARRAYS, RATE, "made"))
    found, fit = without_delay(raw, 3e-3)
    assert abs(fit.delay - 1.37e-3) < 4 * fit.standard_error
    error = found.gradient_standard_error
    assert np.all(np.abs(found.gradient_mean - GRADIENT) < 4.5 * error)
    assert found.notes[-1].startswith(f"a delay of {fit.delay:.6g} +- ")


def test_an_ambiguous_delay_is_noted():
    two = {name: values[:2] * np.array([1.0, 3.0]) for name, values in ARRAYS.items()}
    tones = tones_from({**two, "frequency_Hz": [500.0, 700.0]}, RATE, "made")
    found, fit = without_delay(extract(recording(1e-3, 0.05), tones, window=0.1), 9e-3)
    assert fit.alternatives.size
    assert "cannot be told from" in found.notes[-1]


def test_the_output_of_a_measured_device_lags_and_is_turned_back():
    if not RECORDED.exists():
        pytest.skip("the shared recordings are not on this machine")
    trace = open_trace(RECORDED)
    raw = extract(trace, tones_from(trace.extra, trace.sample_rate, "recorded"))
    found, fit = without_delay(raw, 100.0)
    # Its voltages are sines of phase 0. Tone 5 is by far the strongest, and nearly in quadrature.
    strongest = 5
    before = raw.estimate.quadrature[0, strongest] / raw.estimate.in_phase[0, strongest]
    after = found.estimate.quadrature[0, strongest] / found.estimate.in_phase[0, strongest]
    assert abs(before) > 3
    assert abs(after) < 0.1
    assert 40 < fit.delay < 60  # samples
    assert not fit.at_edge
