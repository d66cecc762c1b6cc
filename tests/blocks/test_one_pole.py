"""One pole, as an RC circuit."""

import numpy as np
import pytest
from scipy import signal

from hgedsp.blocks import OnePole

RATE = 1e4
TAU = 2e-3


def test_equals_lfilter(run):
    x = np.random.default_rng(1).standard_normal((256, 2))
    (a,) = OnePole(TAU).coefficients(RATE)
    expected = signal.lfilter([a], [1.0, a - 1.0], x, axis=0)
    np.testing.assert_allclose(run(OnePole(TAU), RATE, x), expected, rtol=1e-12, atol=1e-15)


def test_settles_to_one_percent_in_4_6_tau(run):
    step = run(OnePole(TAU), RATE, np.ones(200))
    # 4.6 tau are 92 samples; exp(-4.6) = 1.005 %.
    assert 1.0 - step[91] == pytest.approx(np.exp(-4.6), rel=1e-9)


def test_is_the_analog_filter_under_a_zero_order_hold():
    numerator, denominator, _ = signal.cont2discrete(([1.0], [TAU, 1.0]), 1 / RATE, "zoh")
    (a,) = OnePole(TAU).coefficients(RATE)
    np.testing.assert_allclose(denominator, [1.0, a - 1.0], rtol=1e-12)
    np.testing.assert_allclose(numerator[0, 1], a, rtol=1e-12)


def test_keeps_all_digits_of_a_long_time_constant():
    (a,) = OnePole(1e9).coefficients(1e6)
    # 1 - exp(-u) = u - u^2/2, u = 1e-15.
    assert a == pytest.approx(1e-15, rel=1e-14)


def test_response_at_its_corner_is_that_of_the_circuit():
    corner = 1 / (2 * np.pi * TAU)
    gain = OnePole(TAU).response(np.array([0.0, corner]), 1e9)
    # At 1e9 samples per second the clock no longer shows: 1 - j in the denominator.
    np.testing.assert_allclose(gain, [1.0, 1 / (1 + 1j)], rtol=1e-6)


@pytest.mark.parametrize("tau", [0.0, -1.0, np.nan, np.inf])
def test_refuses_time_constants_that_are_not_positive(tau, refuses):
    with refuses(
        f"OnePole needs time_constant above 0 s, got {tau!r} s",
        "give time_constant a positive number in s",
    ):
        OnePole(tau)
