"""The best threshold against trying every one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hgedsp.train.threshold import accuracy, best_threshold


def test_known_answers():
    levels = np.array([3.0, 1.0, 2.0, 4.0])
    assert best_threshold(levels, np.array([1, 0, 0, 1])) == (2.5, 1.0)
    # One error, whether 4 or 2 is given up: the first of the two.
    assert best_threshold(levels, np.array([0, 0, 1, 1])) == (1.5, 0.75)


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=12))
def test_no_threshold_does_better(pairs):
    levels, label = np.array(pairs, dtype=np.float64).T
    threshold, share = best_threshold(levels, label)
    tried = [accuracy(levels, label, t) for t in np.arange(-3.5, 4.0, 0.5)]
    assert share == max(tried)
    assert accuracy(levels, label, threshold) == pytest.approx(share)
