"""Wilson's interval: known values, and the share of times it holds the truth."""

import re

import numpy as np
import pytest

from hgedsp.errors import ParameterError
from hgedsp.studies.proportion import wilson_interval


@pytest.mark.parametrize(("successes", "trials"), [(0, 20), (3, 7), (55, 100), (20, 20)])
def test_ends_are_where_the_score_test_just_rejects(successes, trials):
    """|p - q| = z sqrt(q (1 - q) / n) at both ends q, which is how the interval is defined."""
    p = successes / trials
    for q in wilson_interval(successes, trials):
        if 0 < q < 1:
            z = abs(p - q) / np.sqrt(q * (1 - q) / trials)
            assert z == pytest.approx(1.959964, rel=1e-6)
        else:
            assert q == p


def test_holds_the_truth_about_95_times_of_100():
    drawn = np.random.default_rng(1).binomial(100, 0.3, 2000)
    held = [low <= 0.3 <= high for low, high in (wilson_interval(int(k), 100) for k in drawn)]
    # Counts are whole, so the coverage is not 95 % to the digit; 2000 draws give it within 0.015.
    assert np.mean(held) == pytest.approx(0.95, abs=0.025)


def test_refuses_more_successes_than_trials():
    text = "wilson_interval got 3 successes in 2 trials\n  mend count each trial once"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        wilson_interval(3, 2)
