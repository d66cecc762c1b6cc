"""The lock-in over a trace."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hgedsp.analyze import lock_in_low_pass, lock_in_windows
from hgedsp.analyze.lock_in import settling_time
from hgedsp.blocks import LowPass, ToneGenerator
from hgedsp.errors import ParameterError
from hgedsp.trace import Trace

RATE = 1000.0
TONES = ToneGenerator([50.0, 110.0], 0.1, [0.3, -1.0])
SIZE = np.array([2.0, 3.0])


def recording(count, start=0):
    time = np.arange(start, start + count) / RATE
    angle = 2 * np.pi * np.outer(time, TONES.frequency) + TONES.phase
    return np.sin(angle) @ SIZE


def test_a_trace_cut_out_later_keeps_its_phase():
    trace = Trace(recording(450, start=123), start=123)
    found = lock_in_windows(trace, TONES, RATE, 100)
    np.testing.assert_array_equal(found.sample, 123 + 100 * np.arange(1, 5) - 1)
    np.testing.assert_allclose(found.in_phase, np.tile(SIZE, (4, 1)), atol=1e-12)
    np.testing.assert_allclose(found.quadrature, 0.0, atol=1e-12)


def test_behind_a_low_pass_only_settled_values_are_kept():
    trace = Trace(recording(3000))
    found = lock_in_low_pass(trace, TONES, RATE, 0.05, 2, 100.0)
    settling = settling_time(0.05, 2)
    assert found.sample[0] >= settling * RATE > found.sample[0] - 10
    # The neighbour 60 Hz away comes through with 1 / (1 + (2 pi 60 0.05)^2).
    np.testing.assert_allclose(found.in_phase, np.tile(SIZE, (len(found), 1)), atol=0.02)


@pytest.mark.parametrize("order", [1, 4])
def test_settling_time_leaves_a_millionth_of_a_step(order):
    frequency = np.arange(200_000) / 200_000 * RATE
    step = np.cumsum(np.fft.ifft(LowPass(0.05, order).response(frequency, RATE)).real)
    left = 1 - step[round(settling_time(0.05, order) * RATE)]
    assert left == pytest.approx(1e-6, rel=0.1)


def test_says_if_the_trace_ends_before_the_low_pass_settles():
    text = (
        "a low-pass of order 1 with 0.05 s settles in 0.691 s, but the trace lasts 0.5 s\n"
        "  mend take a shorter time constant, or a longer trace"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        lock_in_low_pass(Trace(np.zeros(500)), TONES, RATE, 0.05, 1, 100.0)


def test_says_if_the_window_is_longer_than_the_trace():
    text = "a window of 501 samples is longer than the trace of 500\n  mend take a shorter window"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        lock_in_windows(Trace(np.zeros(500)), TONES, RATE, 501)
