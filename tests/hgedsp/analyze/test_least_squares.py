"""Joint least squares against numpy.linalg.lstsq."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.analyze import least_squares, lock_in_windows
from hgedsp.blocks import ToneGenerator
from hgedsp.errors import ParameterError, SampleError
from hgedsp.trace import Trace

RATE = 1000.0
RECORDED = Path(__file__).parents[3] / ".." / "shared" / "data" / "rnpu_recorded_250mV.npz"


def design(frequency, phase, start, count, rate=RATE):
    angle = 2 * np.pi * np.outer(np.arange(start, start + count) / rate, frequency) + phase
    return np.hstack([np.ones((count, 1)), np.sin(angle), np.cos(angle)])


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 6),
    window=st.integers(100, 9000),
    start=st.integers(0, 1000),
)
def test_every_window_equals_lstsq(seed, count, window, start):
    random = np.random.default_rng(seed)
    # At least a bin apart in the shortest window, so that both fits are well conditioned.
    frequency = 20.0 * (1 + np.arange(count)) + random.uniform(0, 10, count)
    phase = random.uniform(-9, 9, count)
    y = random.standard_normal(10_000)
    tones = ToneGenerator(frequency, 1.0, phase)
    found = least_squares(Trace(y, start=start), tones, RATE, window=window)
    assert len(found) == 10_000 // window
    for w in (0, len(found) - 1):
        matrix = design(frequency, phase, start + w * window, window)
        part = y[w * window : (w + 1) * window]
        expected = np.linalg.lstsq(matrix, part)[0]
        values = np.r_[found.offset[w], found.in_phase[w], found.quadrature[w]]
        # Rounding of 2 pi f t up to 1e4 rad in the oracle's own design matrix: 1e4 x 1e-16.
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-10)
        residual = np.sqrt(np.mean((part - matrix @ expected) ** 2))
        np.testing.assert_allclose(found.residual[w], residual, rtol=1e-10)
        assert found.sample[w] == start + (w + 1) * window - 1


def test_is_exact_where_a_lock_in_leaks():
    frequency, size = np.array([50.3, 71.7]), np.array([1.0, -0.5])
    y = 100.0 + design(frequency, 0.0, 0, 400)[:, 1:3] @ size
    tones = ToneGenerator(frequency, 1.0)
    found = least_squares(Trace(y), tones, RATE)
    np.testing.assert_allclose(found.in_phase[0], size, rtol=1e-11)
    leaking = lock_in_windows(Trace(y), tones, RATE, 400)
    assert np.all(np.abs(leaking.in_phase[0] - size) > 0.01)


def test_drift_is_fitted_only_if_asked_for():
    time = np.arange(1000) / RATE
    y = np.sin(2 * np.pi * 10 * time) + 3.0 * time
    tones = ToneGenerator([10.0], 1.0)
    plain = least_squares(Trace(y), tones, RATE, window=500)
    assert plain.slope is None
    # A drift m is taken for -2 m / w in phase (sum of a sawtooth's Fourier series).
    np.testing.assert_allclose(plain.in_phase - 1, -2 * 3.0 / (2 * np.pi * 10), rtol=0.02)
    found = least_squares(Trace(y), tones, RATE, window=500, drift=True)
    np.testing.assert_allclose(found.in_phase, 1.0, rtol=1e-11)
    np.testing.assert_allclose(found.slope, 3.0, rtol=1e-11)


def test_as_many_samples_as_unknowns_leave_no_residual():
    found = least_squares(Trace(np.array([1.0, 2.0, 4.0])), ToneGenerator([100.0], 1.0), RATE)
    np.testing.assert_allclose(found.residual, 0.0, atol=1e-12)


def test_recorded_device_equals_lstsq_to_1e_9():
    if not RECORDED.exists():
        pytest.skip("the shared recordings are not on this machine")
    with np.load(RECORDED) as file:
        y, cycles = file["output"], file["frequency_cycles_per_sample"]
    found = least_squares(Trace(y), ToneGenerator(cycles, 0.25), 1.0)
    matrix = design(cycles, 0.0, 0, len(y), rate=1.0)
    expected = np.linalg.lstsq(matrix, y.astype(np.float64))[0]
    np.testing.assert_allclose(found.offset[0], expected[0], rtol=1e-9)
    np.testing.assert_allclose(found.in_phase[0], expected[1:8], rtol=1e-9)
    np.testing.assert_allclose(found.quadrature[0], expected[8:], rtol=1e-9)


@pytest.mark.parametrize(
    ("frequency", "samples", "window", "text"),
    [
        (
            [10.0],
            100,
            200,
            "a window of 200 samples is longer than the trace of 100\n  mend take a shorter window",
        ),
        (
            [10.0, 20.0],
            100,
            4,
            "a window of 4 samples is too short for 5 unknowns\n"
            "  mend take a window of at least 5 samples: two per tone, and the offset",
        ),
        (
            [30.0, 10.0, 20.0, 30.0],
            1000,
            None,
            "a window of 1 s cannot tell tones 0 and 3 apart, 0 Hz from each other\n"
            "  mend take a longer window, or leave one of the two tones out",
        ),
        (
            [1e-9],
            100,
            None,
            "a window of 0.1 s cannot tell the tone at 1e-09 Hz from an offset\n"
            "  mend take a longer window",
        ),
        (
            [100.0, 600.0],
            100,
            None,
            "tone 1 at 600 Hz is not below half the sample rate, 500 Hz\n"
            "  mend sample faster than 1.2 kHz, or lower the tone",
        ),
    ],
)
def test_says_why_a_window_will_not_do(frequency, samples, window, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        least_squares(Trace(np.zeros(samples)), ToneGenerator(frequency, 1.0), RATE, window=window)


def test_names_the_sample_that_is_not_finite():
    y = np.zeros(10_000)
    y[7000] = np.inf
    text = (
        "the trace is inf at sample 7005\n  at   y.npy\n  mend cut this sample out, or fill it in"
    )
    with pytest.raises(SampleError, match=f"^{re.escape(text)}$"):
        least_squares(Trace(y, name="y.npy", start=5), ToneGenerator([10.0], 1.0), RATE)


def test_refuses_several_columns():
    text = (
        "the trace has 2 columns, but one output is analyzed at a time\n"
        "  at   y.npy\n  mend choose a column from 0 to 1"
    )
    with pytest.raises(SampleError, match=f"^{re.escape(text)}$"):
        least_squares(Trace(np.zeros((9, 2)), name="y.npy"), ToneGenerator([10.0], 1.0), RATE)
