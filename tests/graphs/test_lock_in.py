"""The lock-in graph against means and filters written out in NumPy and SciPy."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import signal

from hgedsp.blocks import ToneGenerator
from hgedsp.errors import ParameterError
from hgedsp.graphs import lock_in

RATE = 10_000.0
FREQUENCY = np.array([500.0, 700.0, 1100.0])
PHASE = np.array([0.1, -2.0, 3.0])
SIZE = np.array([1.0, 0.3, -2.0])
TIME = np.arange(2000) / RATE
ANGLE = 2 * np.pi * np.outer(TIME, FREQUENCY) + PHASE


def test_gives_the_amplitude_of_each_tone_and_nothing_of_the_offset():
    y = 5.0 + np.sin(ANGLE) @ SIZE + 0.5 * np.cos(ANGLE) @ SIZE
    outputs = lock_in(FREQUENCY, RATE, phase=PHASE, window=100).compile().process({"signal": y})
    assert outputs["in_phase"].shape == (20, 3)
    # 100 products of size 5 are summed: 100 x 5 x 1e-16.
    np.testing.assert_allclose(outputs["in_phase"], np.tile(SIZE, (20, 1)), atol=1e-13)
    np.testing.assert_allclose(outputs["quadrature"], np.tile(SIZE / 2, (20, 1)), atol=1e-13)


def test_behind_a_low_pass_equals_scipy():
    y = np.random.default_rng(4).standard_normal(2000)
    tones = ToneGenerator(FREQUENCY, 0.01, PHASE)
    graph = lock_in(tones, RATE, time_constant=2e-3, order=3, rate=1000.0)
    in_phase = graph.compile().process({"signal": y})["in_phase"]
    expected = 2 * y[:, np.newaxis] * np.sin(ANGLE)
    a = -np.expm1(-1 / (2e-3 * RATE))
    for _ in range(3):
        expected = signal.lfilter([a], [1.0, a - 1.0], expected, axis=0)
    # A pole a from the unit circle carries rounding on for 1/a samples.
    np.testing.assert_allclose(in_phase, expected[9::10], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {},
            "lock_in needs a window or a time constant, got neither\n"
            "  mend give window, in samples, or time_constant, in s",
        ),
        (
            {"window": 10, "time_constant": 1.0},
            "lock_in needs a window or a time constant, got both\n"
            "  mend give window, in samples, or time_constant, in s",
        ),
        (
            {"window": 10, "rate": 10.0},
            "lock_in with a window gives one value per window, so it takes no rate\n"
            "  mend leave rate out",
        ),
        (
            {"window": 1},
            "lock_in needs a whole number of at least 2 for window, got 1\n"
            "  mend give window a whole number of at least 2",
        ),
        (
            {"time_constant": 1.0, "rate": 3000.0},
            "lock_in cannot give 3 kHz from 10 kHz: it keeps every n-th value\n"
            "  mend give the sample rate over a whole number, 3.33333 kHz for example",
        ),
        (
            {"time_constant": 1.0, "rate": 30000.0},
            "lock_in cannot give 30 kHz from 10 kHz: it keeps every n-th value\n"
            "  mend give the sample rate over a whole number",
        ),
    ],
)
def test_refuses_options_that_contradict_each_other(options, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        lock_in(FREQUENCY, RATE, **options)
