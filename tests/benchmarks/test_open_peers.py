"""The extraction from a recorded trace: all peers give the answer of our graph."""

from __future__ import annotations

import numpy as np
import pytest

from hgedsp.benchmarks.native import find_compiler
from hgedsp.benchmarks.open_peers import ours, plain_c, researcher, rfft, sosfilt, tuned_c
from hgedsp.benchmarks.open_setup import Extraction

needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="needs gcc or clang")


def assert_same(candidate, expected: np.ndarray) -> None:
    np.testing.assert_allclose(candidate.answer(), expected, rtol=0, atol=1e-10)


@needs_compiler
@pytest.mark.parametrize("order", [0, 4])
@pytest.mark.parametrize("tones", [1, 9, 33])
def test_c_agrees_with_the_graph(tones, order):
    work = Extraction(tones, order, windows=3)
    answer = ours(work).answer
    assert answer is not None
    expected = answer()
    assert expected.shape == (2, 2 * tones)
    assert_same(plain_c(work), expected)
    assert_same(tuned_c(work), expected)


def test_windows_by_scipy_and_numpy_agree_with_the_reference():
    work = Extraction(7, 0, windows=2)
    expected = work.reference()
    assert_same(rfft(work), expected)
    assert_same(researcher(work), expected)
    assert_same(ours(work), expected)


def test_low_pass_by_scipy_agrees_with_the_reference():
    work = Extraction(7, 4, windows=2)
    assert_same(sosfilt(work), work.reference())


def test_the_trace_does_not_depend_on_its_length():
    short, long = (Extraction(7, 0, windows=windows).trace for windows in (2, 5))
    np.testing.assert_array_equal(long[: short.size], short)


def test_tones_have_bins_of_their_own():
    assert Extraction(1024, 0, windows=1).bins.size == 1024
