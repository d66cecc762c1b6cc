"""Variances, against closed forms and against weights summed up one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from hgedsp.errors import ParameterError
from hgedsp.hge import (
    boxcar_response,
    cramer_rao_bound,
    efficiency,
    equal_noise_time_constant,
    filtered_variance,
    mixed_density,
    noise_bandwidth,
    poles_response,
    window_variance,
)

RATE, WINDOW = 1e4, 1000
TONES = np.array([510.0, 530.0, 1010.0])
AMPLITUDE = np.array([0.02, 0.01, 0.05])


def test_white_noise_in_whole_periods_is_at_the_bound():
    found = filtered_variance(1e-5, boxcar_response(WINDOW), RATE, TONES, AMPLITUDE, [0.0, 1.0, 2])
    bound = cramer_rao_bound(1e-5, AMPLITUDE, WINDOW / RATE)
    np.testing.assert_allclose(found, bound, rtol=1e-9)
    np.testing.assert_allclose(efficiency(found, bound), 1.0, rtol=1e-9)
    # 2 sigma^2 / (N a^2) in samples
    np.testing.assert_allclose(bound, 2 * (1e-5 * RATE / 2) / WINDOW / AMPLITUDE**2, rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 4])
def test_white_noise_behind_poles_is_twice_density_times_bandwidth(order):
    filtered = poles_response(equal_noise_time_constant(0.1, order), order)
    found = filtered_variance(1e-5, filtered, RATE, TONES, AMPLITUDE)
    expected = 2 * 1e-5 * noise_bandwidth(filtered, RATE) / AMPLITUDE**2
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@settings(max_examples=10, deadline=None)
@given(
    tone=st.floats(0.02, 0.45),
    theta=st.floats(0, 6),
    order=st.integers(1, 3),
    pole=st.floats(0.0, 0.9),
)
def test_coloured_noise_is_the_quadratic_form_of_its_covariance(tone, theta, order, pole):
    """Noise of a pole, var = w' C w with the weights of mixer and filter and a Toeplitz C."""
    tau, count = 3.0, 200
    impulse = np.zeros(count)
    impulse[0] = 1.0
    a = -np.expm1(-1 / tau)
    for _ in range(order):
        impulse = signal.lfilter([a], [1, a - 1], impulse)
    m = np.arange(count)
    weights = 2 * impulse * np.sin(theta - 2 * np.pi * tone * m) / 0.3
    covariance = pole ** np.abs(np.subtract.outer(m, m)) / (1 - pole**2) if pole else np.eye(count)
    expected = weights @ covariance @ weights

    def density(f):
        return 2 / np.abs(1 - pole * np.exp(-2j * np.pi * f)) ** 2

    found = filtered_variance(density, poles_response(tau, order), 1.0, [tone], 0.3, [theta])
    assert found[0] == pytest.approx(expected, rel=1e-6)


def test_flicker_noise_far_from_zero_is_nearly_that_at_the_tone():
    density = mixed_density(1e-6, 1e-5)
    near = window_variance(density, TONES, AMPLITUDE, WINDOW / RATE)
    found = filtered_variance(density, boxcar_response(WINDOW), RATE, TONES, AMPLITUDE, 0.3)
    # The tone at bin 51 sits on a slope that bends by 2 % over the width of the window.
    np.testing.assert_allclose(found, near, rtol=0.03)
    assert np.all(found > near)
    np.testing.assert_allclose(near, (1e-6 + 1e-5 * 1e3 / TONES) / (0.1 * AMPLITUDE**2), rtol=1e-12)


def test_a_pole_lets_slow_noise_through_and_a_window_does_not():
    """All of this noise lies below a sixteenth of the first bin."""

    def slow(f):
        return np.where(f < 0.625, 1.0, 0.0)

    window = filtered_variance(slow, boxcar_response(WINDOW), RATE, TONES, AMPLITUDE, 0.4)
    pole = filtered_variance(slow, poles_response(0.05), RATE, TONES, AMPLITUDE, 0.4)
    # At 0 Hz the two responses are conjugates; |H| is about 1/(2 pi f tau) = 1/160 at bin 51.
    through = 2 * np.imag(np.exp(0.4j) * poles_response(0.05)(TONES, RATE))
    np.testing.assert_allclose(pole, 0.625 * through**2 / AMPLITUDE**2, rtol=0.01)
    assert np.all(window < 0.02 * pole)


def test_refuses_a_density_that_is_no_number():
    with pytest.raises(ParameterError, match="not finite"):
        filtered_variance(lambda f: 0 * f + np.nan, boxcar_response(10), RATE, TONES, AMPLITUDE)
    with pytest.raises(ParameterError, match="density of at least 0"):
        window_variance(-1.0, TONES, AMPLITUDE, 0.1)
