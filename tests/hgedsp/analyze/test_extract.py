"""Derivatives from recordings, and how sure they are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from hgedsp.analyze import extract, tones_from
from hgedsp.errors import ParameterError
from hgedsp.io import open_trace
from hgedsp.trace import Trace

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
RATE = 1000.0
ARRAYS = {"frequency_Hz": [50.0, 110.0], "amplitude_V": [0.1, 0.2], "phase_rad": [0.3, -1.0]}
GRADIENT = np.array([3.0, -2.0])


def made(count=2000, frequency=(50.0, 110.0), offset=0.0):
    tones = tones_from({**ARRAYS, "frequency_Hz": frequency}, RATE, "made")
    angle = 2 * np.pi * np.outer(np.arange(count) / RATE, frequency) + ARRAYS["phase_rad"]
    return Trace(offset + np.sin(angle) @ (GRADIENT * ARRAYS["amplitude_V"])), tones


def recorded(name):
    if not (DATA / name).exists():
        pytest.skip("the shared recordings are not on this machine")
    trace = open_trace(DATA / name)
    return trace, tones_from(trace.extra, trace.sample_rate, name)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"estimator": "least-squares"},
        {"time_constant": 5e-3, "order": 4, "output_rate": 50.0},
        {"time_constant": 5e-3, "order": 4},
        {"window": 0.23},
    ],
)
def test_all_estimators_find_the_seven_known_derivatives(options):
    trace, tones = recorded("trace_7_tones.npz")
    result = extract(trace, tones, **options)
    error = result.gradient_standard_error
    assert error is not None
    # The noise alone gives an error of 0.2 to 0.7 nA/V; nothing claims to be much better or worse.
    assert np.all((error > 0.1) & (error < 1.0))
    assert np.all(np.abs(result.gradient_mean - trace.extra["gradient_nA_per_V"]) < 4 * error)


def test_a_recording_without_whole_periods_is_fitted_and_its_leakage_stated():
    trace, tones = recorded("rnpu_recorded_250mV.npz")
    result = extract(trace, tones)
    assert result.estimator == "least-squares"
    assert (result.window, len(result.estimate), result.whole_periods) == (12500, 1, False)
    assert result.gradient_standard_error is None
    assert result.notes == [
        "no phases given: in-phase is relative to phase 0",
        "no sample rate known: frequencies in cycles per sample, times in samples",
        "not all tones make whole periods in a window: least-squares over the whole trace",
    ]
    assert result.lock_in_difference is not None
    assert result.leakage_bound is not None
    assert np.all(np.abs(result.lock_in_difference) > 1e-4)
    assert np.all(np.abs(result.lock_in_difference) < np.sum(result.leakage_bound, axis=0))


def test_chooses_the_lock_in_where_it_is_exact():
    result = extract(*made(offset=7.0))
    assert (result.estimator, result.window, result.whole_periods) == ("lock-in", 100, True)
    assert result.comparison is None
    np.testing.assert_allclose(result.gradient, np.tile(GRADIENT, (20, 1)), atol=1e-11)


def test_the_difference_of_the_estimators_is_the_leakage():
    trace, tones = made(frequency=(50.3, 110.9), offset=5.0)
    lock = extract(trace, tones, estimator="lock-in", window=0.4)
    fit = extract(trace, tones, estimator="least-squares", window=0.4)
    assert lock.lock_in_difference is not None
    np.testing.assert_allclose(lock.lock_in_difference, lock.gradient_mean - GRADIENT, atol=1e-10)
    np.testing.assert_allclose(lock.lock_in_difference, fit.lock_in_difference, atol=1e-12)
    bound = lock.leakage_bound
    assert bound is not None
    assert np.all(np.abs(lock.gradient - GRADIENT) < bound[0] + bound[1])


def test_a_delay_is_turned_back():
    tones = tones_from({**ARRAYS, "delay_s": 0.002}, RATE, "made")
    angle = 2 * np.pi * np.outer(np.arange(2000) / RATE - 0.002, ARRAYS["frequency_Hz"])
    y = np.sin(angle + ARRAYS["phase_rad"]) @ (GRADIENT * ARRAYS["amplitude_V"])
    np.testing.assert_allclose(extract(Trace(y), tones).gradient_mean, GRADIENT, rtol=1e-11)


def test_a_window_between_samples_is_rounded_and_said():
    result = extract(*made(), window=0.10021)
    assert result.window == 100
    assert result.notes == ["the window was rounded to 100 samples"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"estimator": "fft"},
            "there is no estimator 'fft'\n  mend choose lock-in or least-squares",
        ),
        (
            {"window": 0.1, "time_constant": 0.1},
            "a window and a time constant are given, but only one can be had\n"
            "  mend give the window for means, or the time constant for a low-pass",
        ),
        (
            {"estimator": "least-squares", "time_constant": 0.1},
            "least squares works in windows, so it takes no time constant\n"
            "  mend give a window instead, or take the lock-in",
        ),
        (
            {"output_rate": 10.0},
            "an output rate goes with a time constant, but none is given\n"
            "  mend leave the rate out, or give a time constant",
        ),
        (
            {"time_constant": 0.1, "output_rate": 0.0},
            "extract needs output_rate above 0 Hz, got 0.0 Hz\n"
            "  mend give output_rate a positive number in Hz",
        ),
        (
            {"window": 1e-4},
            "lock_in needs a whole number of at least 2 for window, got 0\n"
            "  mend give window a whole number of at least 2",
        ),
        (
            {"window": -1.0},
            "extract needs window above 0 s, got -1.0 s\n  mend give window a positive number in s",
        ),
    ],
)
def test_refuses_options_that_contradict_each_other(options, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        extract(*made(), **options)
