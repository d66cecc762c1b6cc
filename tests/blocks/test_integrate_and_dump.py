"""Means over windows."""

import numpy as np
import pytest

from hgedsp.blocks import Input, IntegrateAndDump, Mixer, ToneGenerator
from hgedsp.graph import Graph

RATE = 1e4
X = np.random.default_rng(1).standard_normal((70, 2))


def test_equals_means_of_windows(run):
    got = run(IntegrateAndDump(10), RATE, X)
    np.testing.assert_allclose(got, X.reshape(7, 10, 2).mean(axis=1), rtol=1e-13, atol=1e-15)


def test_leaves_the_start_of_each_window_out(run):
    got = run(IntegrateAndDump(10, skip=4), RATE, X)
    expected = X.reshape(7, 10, 2)[:, 4:].mean(axis=1)
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)


def test_gate_weighs_each_sample(run):
    gate = np.random.default_rng(2).uniform(0.0, 1.0, (70, 2))
    got = run(IntegrateAndDump(10, skip=2), RATE, X, gate)
    x, g = X.reshape(7, 10, 2)[:, 2:], gate.reshape(7, 10, 2)[:, 2:]
    np.testing.assert_allclose(got, (g * x).sum(axis=1) / g.sum(axis=1), rtol=1e-12, atol=1e-14)


def test_a_window_that_never_opens_repeats_the_one_before(run):
    gate = np.ones((70, 2))
    gate[20:30] = 0.0
    got = run(IntegrateAndDump(10), RATE, X, gate)
    np.testing.assert_array_equal(got[2], got[1])


def test_starts_at_zero_while_the_gate_is_shut(run):
    got = run(IntegrateAndDump(10), RATE, X, np.zeros((70, 2)))
    np.testing.assert_array_equal(got, np.zeros((7, 2)))


def test_an_unfinished_window_goes_on_in_the_next_chunk():
    kernel = Graph(RATE, {"y": IntegrateAndDump(10)(Input("x"))}).compile(interpret=True)
    x = X[:, 0]
    parts = [kernel.process({"x": x[a:b]})["y"] for a, b in ((0, 7), (7, 9), (9, 33), (33, 70))]
    assert [len(part) for part in parts] == [0, 0, 3, 4]
    np.testing.assert_allclose(np.concatenate(parts), x.reshape(7, 10).mean(axis=1), atol=1e-15)


def test_separates_tones_with_whole_periods_exactly():
    tone = ToneGenerator(RATE / 100 * np.array([5.0, 7.0, 11.0]), [0.1, 0.2, 0.3])
    received = 0.1 * tone.in_phase  # tone k with its own reference, and with no other
    product = Mixer(2.0)(received, tone.in_phase)
    kernel = Graph(RATE, {"y": IntegrateAndDump(100)(product)}).compile(interpret=True)
    np.testing.assert_allclose(kernel.process(300)["y"], 0.1, rtol=1e-14)


def test_response_is_zero_at_whole_periods():
    f = RATE / 10 * np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(IntegrateAndDump(10).response(f, RATE), 0.0, atol=1e-15)


def test_refuses_to_skip_all(refuses):
    with refuses(
        "IntegrateAndDump would skip 10 of 10 samples, that is all",
        "skip fewer samples than the window has",
    ):
        IntegrateAndDump(10, skip=10)


@pytest.mark.parametrize(
    ("window", "skip", "text"),
    [(1, 0, "at least 2 for window, got 1"), (4, -1, "at least 0 for skip, got -1")],
)
def test_refuses_windows_that_are_none(window, skip, text, refuses):
    low, name = text.split(" for ")[0], text.split(" for ")[1].split(",")[0]
    with refuses(
        f"IntegrateAndDump needs a whole number of {text}", f"give {name} a whole number of {low}"
    ):
        IntegrateAndDump(window, skip)
