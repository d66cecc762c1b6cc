"""Tones are exact at any sample, whatever else is asked for."""

from fractions import Fraction

import numpy as np
import pytest

from hgedsp.run.window_tones import Fractions, WindowPhases, circle

# Numerators over denominators, of tones that begin again never, after 600 samples, after 150.
NEVER = Fractions(np.array([12345, 77777, 1]), np.array([1000003, 314159, 2**60 + 1]))
ONCE = Fractions(np.arange(3, 203), np.full(200, 600))
FOUR_TIMES = Fractions(np.array([1, 7, 40]), np.full(3, 150))


def test_turns_are_exact_at_any_sample():
    sample = np.array([0, 1, 999, 2**40 + 1])
    expected = [[float(Fraction(int(n) * p, q) % 1) for p, q in NEVER] for n in sample]
    np.testing.assert_allclose(NEVER.turns(sample), expected, rtol=1e-15, atol=1e-15)


def test_periods_are_those_of_all_tones_together():
    assert FOUR_TIMES.period(600) == 150
    assert ONCE.period(599) == 0


@pytest.mark.parametrize("tones", [NEVER, FOUR_TIMES])
def test_phases_do_not_depend_on_the_windows_asked_for(tones):
    phases = WindowPhases(tones, 600)
    together = phases(1000, 50)
    exact = circle(tones.turns(600 * (1000 + np.arange(50))))
    np.testing.assert_allclose(np.broadcast_to(together, exact.shape), exact, atol=1e-15)
    for first in range(50):
        one = phases(1000 + first, 1)
        np.testing.assert_array_equal(one[:, 0], together[:, first % together.shape[1]])


def test_phases_are_the_same_on_the_way_and_after_a_leap():
    phases = WindowPhases(NEVER, 600)
    on_the_way = [phases(first, 40) for first in range(0, 200, 40)]
    leaps = (120, 0, 160, 40, 80)
    for first in leaps:
        np.testing.assert_array_equal(phases(first, 40), on_the_way[first // 40])


def test_tones_are_on_bins_but_for_rounding():
    written = Fractions(np.array([10**15 // 3, 10**15 * 2 // 3]), np.full(2, 10**15))
    bins = written.on_bins(300)
    assert bins is not None
    assert list(bins) == [(100, 300), (200, 300)]
    assert NEVER.on_bins(300) is None
