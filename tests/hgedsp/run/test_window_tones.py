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
    even = NEVER.even_turns(2**40, 17, 9)
    np.testing.assert_array_equal(even, NEVER.turns(2**40 + 17 * np.arange(9)))


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
