"""Bins without tones and products, against lists of all products."""

import itertools
import re

import numpy as np
import pytest

from hgedsp.errors import ParameterError
from hgedsp.hge import empty_bins, product_bins

SIDON = np.array([51, 53, 59, 71, 87, 97, 101])


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("tones", [[3, 5, 10], [51, 53, 59, 71], [7]])
def test_products_are_all_signed_sums(tones, order):
    signed = [s * k for k in tones for s in (1, -1)]
    sums = {abs(sum(c)) for c in itertools.combinations_with_replacement(signed, order)}
    assert product_bins(tones, order).tolist() == sorted(sums)


def test_even_bins_of_one_octave_are_empty():
    chosen = empty_bins(SIDON, 4)
    assert chosen.shape == (7, 4)
    # Third-order products fall on odd bins only, second-order ones outside of the octave.
    assert chosen[2].tolist() == [58, 60, 56, 62]
    taken = set().union(*(product_bins(SIDON, n).tolist() for n in (1, 2, 3)))
    assert not taken & set(chosen.ravel().tolist())


def test_stays_below_the_highest_and_takes_the_nearest():
    chosen = empty_bins(SIDON, 8, highest=110)
    assert chosen.max() <= 110
    assert chosen[-1].tolist() == [100, 98, 96, 94, 108, 92, 90, 88]


def test_refuses_a_window_with_too_few_bins():
    text = (
        "only 2 bins up to 3 are empty of tones and products up to order 3\n"
        "  mend take a longer window, so that there are more bins, or fewer bins per tone"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        empty_bins([3], 4, highest=3)
