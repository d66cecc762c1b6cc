"""The closed loop in C and NumPy does exactly what our graph does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hgedsp.benchmarks.loop_peers import best_lanes, ours, plain_c, surrogate_c, tuned_c
from hgedsp.benchmarks.loop_setup import LoopSetup, cubic_loop, surrogate_loop
from hgedsp.benchmarks.many_runs import runs_in_c
from hgedsp.benchmarks.native import find_compiler, load

SAMPLES = 2000

needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="needs gcc or clang")


def losses_of(setup: LoopSetup, **options: object) -> np.ndarray:
    answer = ours(setup, SAMPLES, SAMPLES, **options).answer
    assert answer is not None
    return answer()


def assert_same(candidate, expected: np.ndarray) -> None:
    # Oscillators that turn and sines made afresh part by 1e-16 a sample.
    np.testing.assert_allclose(candidate.answer(), expected, rtol=0, atol=1e-10 * expected.max())


@pytest.mark.parametrize("order", [1, 4])
# One lane; registers of 4 lanes; registers of 8; more tiles than registers.
@pytest.mark.parametrize("tones", [1, 7, 20, 40])
@needs_compiler
def test_c_agrees_with_the_graph(tones, order):
    setup = cubic_loop(tones, order)
    expected = losses_of(setup)
    assert_same(plain_c(setup, SAMPLES, SAMPLES), expected)
    assert_same(tuned_c(setup, SAMPLES, SAMPLES), expected)


def test_numpy_agrees_with_the_graph():
    setup = cubic_loop(7, 4)
    np.testing.assert_allclose(setup.numpy_losses(SAMPLES), losses_of(setup), rtol=1e-10)


@needs_compiler
@pytest.mark.parametrize("tones", [7, 40])
def test_c_keeps_parameters_within_the_bounds_of_the_graph(tones):
    setup = replace(cubic_loop(tones, 1), learning_rate=3e-3, target=30.0)
    kernel = setup.graph().compile(probes={"gradient_descent.parameters": 1})
    outputs = kernel.process(SAMPLES)
    parameters = outputs["gradient_descent.parameters"]
    assert np.any(parameters == 1.0)
    assert np.any(parameters == -1.0)
    assert_same(plain_c(setup, SAMPLES, SAMPLES), outputs["loss"])
    assert_same(tuned_c(setup, SAMPLES, SAMPLES), outputs["loss"])


@needs_compiler
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_network_in_c_agrees_with_the_graph(dtype, sparse):
    setup = surrogate_loop(5, hidden=2, units=21)
    candidate = surrogate_c(setup, SAMPLES, SAMPLES, sparse=sparse, dtype=dtype)
    expected = losses_of(setup)
    assert candidate.answer is not None
    error = np.max(np.abs(candidate.answer() - expected)) / np.max(expected)
    assert error < (1e-10 if dtype == "float64" else 1e-5)


@needs_compiler
def test_many_runs_in_c_agree_with_the_graph():
    setup = cubic_loop(7, 1)
    assert_same(runs_in_c(setup, 3, SAMPLES), losses_of(setup))


@needs_compiler
def test_a_chunk_goes_on_where_the_last_one_ended():
    setup = cubic_loop(7, 4)
    candidate = tuned_c(setup, 64, 128)
    candidate.step()
    assert candidate.answer is not None
    first = candidate.answer()
    assert_same(candidate, losses_of(setup)[:128])
    np.testing.assert_array_equal(candidate.answer(), first)


@needs_compiler
def test_loading_a_peer_leaves_small_numbers_alone():
    load("closed_loop.c", "-DK=2", "-DORDER=1")
    assert np.array([1e-310])[0] * 0.5 > 0


def test_lanes_fit_the_number_of_tones():
    assert [best_lanes(tones) for tones in (1, 7, 16)] == [1, 4, 4]
    assert best_lanes(64) in (4, 8)
