"""Leakage: what is promised bounds what comes through."""

from __future__ import annotations

import numpy as np
import pytest

from hgedsp.analyze.leakage import low_pass_leakage, window_leakage
from hgedsp.analyze.references import references
from hgedsp.blocks import ToneGenerator

RATE = 1000.0
FREQUENCY = np.array([50.3, 71.7, 90.0])


def test_whole_periods_leak_nothing():
    leakage = window_leakage(np.array([50.0, 70.0]), RATE, 100)
    np.testing.assert_allclose(leakage.from_offset, 0.0, atol=1e-15)
    np.testing.assert_allclose(leakage.between_tones, 0.0, atol=1e-15)


def test_the_bound_of_a_window_is_reached_over_all_phases_and_never_passed():
    leakage = window_leakage(FREQUENCY, RATE, 137)
    largest = np.zeros((3, 4))
    for start in range(0, 5000, 7):
        tones = ToneGenerator(FREQUENCY, 1.0, np.random.default_rng(start).uniform(0, 6, 3))
        sine, cosine = references(tones, RATE, start, 137)
        gram = 2 * sine.T @ np.hstack([cosine, np.ones((137, 1))]) / 137
        largest = np.maximum(largest, np.abs(gram))
    bound = np.hstack([leakage.between_tones, leakage.from_offset[:, np.newaxis]])
    assert np.all(largest <= bound * (1 + 1e-12))
    # 700 random phases come within a few percent of the worst case.
    assert np.all(largest > 0.9 * bound)


def test_a_low_pass_leaks_as_its_response_says():
    leakage = low_pass_leakage(np.array([50.0, 80.0]), RATE, 5e-3, 4)
    tau = 5e-3
    # The analog filter; the sampled one differs by less than 5 % up to a tenth of the rate.
    expected = (1 + (2 * np.pi * 30 * tau) ** 2) ** -2 + (1 + (2 * np.pi * 130 * tau) ** 2) ** -2
    np.testing.assert_allclose(leakage.between_tones[0, 1], expected, rtol=0.05)
    np.testing.assert_allclose(leakage.between_tones, leakage.between_tones.T, rtol=1e-12)


def test_the_bound_adds_up_offset_and_tones():
    leakage = window_leakage(FREQUENCY, RATE, 137)
    by_offset, by_tones = leakage.bound(-2.0, np.array([1.0, 0.0, 3.0]))
    np.testing.assert_allclose(by_offset, 2 * leakage.from_offset)
    between = leakage.between_tones
    np.testing.assert_allclose(by_tones, between[:, 0] + 3 * between[:, 2])


@pytest.mark.parametrize("start", [0, 12_345, 10**12])
def test_references_keep_their_phase_after_any_number_of_samples(start):
    tones = ToneGenerator([50.25, 70.5], 1.0, [0.5, -1.0])
    sine, cosine = references(tones, RATE, start, 1000)
    # Both tones repeat every 4 s, so the time can be taken modulo 4 s without rounding.
    time = (np.arange(1000) + start % 4000) / RATE
    angle = 2 * np.pi * np.outer(time, [50.25, 70.5]) + [0.5, -1.0]
    np.testing.assert_allclose(sine, np.sin(angle), atol=1e-12)
    np.testing.assert_allclose(cosine, np.cos(angle), atol=1e-12)
