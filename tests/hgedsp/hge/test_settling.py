"""Settling, in closed form and from responses."""

import numpy as np
import pytest
from scipy import stats

from hgedsp.blocks import LowPass
from hgedsp.errors import ParameterError
from hgedsp.hge import boxcar_response, settling_time, settling_time_of


def test_the_table_of_lock_in_amplifiers():
    orders = (1, 2, 3, 4, 6, 8)
    to_one_per_cent = [settling_time(1.0, n) for n in orders]
    np.testing.assert_allclose(to_one_per_cent, [4.61, 6.64, 8.41, 10.05, 13.11, 16.00], atol=6e-3)
    # At equal noise, to 1e-4, in units of the window.
    found = [settling_time(tau, n, 1e-4) for n, tau in ((1, 0.5), (2, 0.25), (4, 0.15625))]
    np.testing.assert_allclose(found, [4.61, 2.94, 2.49], atol=0.01)


@pytest.mark.parametrize("fraction", [0.5, 1e-3, 1e-9])
def test_is_the_quantile_of_a_gamma_distribution(fraction):
    assert settling_time(2.0, 3, fraction) == pytest.approx(
        2.0 * stats.gamma(3).isf(fraction), rel=1e-10
    )


@pytest.mark.parametrize("order", [1, 4])
def test_from_the_response_of_a_block(order):
    found = settling_time_of(LowPass(1e-2, order).response, 1e5, 0.5)
    # Each sampled pole is half a sample late, of 1000 in a time constant.
    assert found == pytest.approx(settling_time(1e-2, order), rel=1e-3)


def test_a_mean_is_settled_after_its_window():
    assert settling_time_of(boxcar_response(100), 1e3, 0.5, 1e-6) == pytest.approx(0.099)


def test_says_when_the_time_is_too_short():
    with pytest.raises(ParameterError, match=r"saw no end within 0\.05 s"):
        settling_time_of(LowPass(1e-2).response, 1e5, 0.05, 1e-6)
    with pytest.raises(ParameterError, match="fraction between 0 and 1"):
        settling_time(1.0, 1, 0.0)
