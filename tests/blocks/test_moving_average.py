"""The mean over the last samples."""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.blocks import Input, MovingAverage
from hgedsp.graph import Graph

RATE = 1e4


@pytest.mark.parametrize("samples", [1, 2, 7, 64])
def test_equals_convolution(samples):
    x = np.random.default_rng(1).standard_normal((200, 2))
    wire = MovingAverage(samples)(Input("x", width=2))
    got = Graph(RATE, {"y": wire}).compile(interpret=True).process({"x": x})["y"]
    window = np.full(samples, 1.0 / samples)
    expected = np.column_stack([np.convolve(lane, window)[:200] for lane in x.T])
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="takes minutes in plain Python"
)
def test_does_not_drift_in_ten_million_samples():
    # A running sum would be off by about sqrt(2e7) eps 1e6 / 2 = 5e-7 after so many samples.
    samples, offset, chunk = 100, 1e6, 1_000_000
    generator = np.random.default_rng(2)
    kernel = Graph(RATE, {"y": MovingAverage(samples)(Input("x"))}).compile()
    for _ in range(10):
        x = offset + generator.standard_normal(chunk)
        last = kernel.process({"x": x})["y"][-1]
    # At most n eps of the largest sum, over n.
    exact = math.fsum(x[-samples:]) / samples
    assert abs(last - exact) <= samples * np.finfo(float).eps * offset


@settings(deadline=None, max_examples=25)
@given(spike=st.floats(1e10, 1e300), place=st.integers(0, 40))
def test_a_spike_leaves_no_trace_when_it_is_over(spike, place):
    x = np.random.default_rng(3).standard_normal(60)
    clean = interpreted().process({"x": x})["y"]
    x[place] = spike
    hit = interpreted().process({"x": x})["y"]
    np.testing.assert_array_equal(hit[place + 7 :], clean[place + 7 :])


def interpreted():
    return Graph(RATE, {"y": MovingAverage(7)(Input("x"))}).compile(interpret=True)


def test_takes_out_tones_with_whole_periods(run):
    x = np.sin(2 * np.pi * 3 / 50 * np.arange(500))
    # The argument of the sine, up to 190, is rounded by 3e-14 at worst.
    assert np.abs(run(MovingAverage(50), RATE, x)[50:]).max() < 3e-14


def test_refuses_no_samples(refuses):
    with refuses(
        "MovingAverage needs a whole number of at least 1 for samples, got 0",
        "give samples a whole number of at least 1",
    ):
        MovingAverage(0)
