"""Errors to expect: against closed forms, and against numbers drawn here."""

import numpy as np
import pytest
from scipy.special import j1

from hgedsp.errors import ParameterError
from hgedsp.hge.derivatives import polynomial_derivatives
from hgedsp.hge.estimators import (
    SINE,
    SINE_ALONE,
    SQUARE,
    SQUARE_ALONE,
    ExpectedError,
    averaged_gradient,
    code_variance,
    comb_variance,
    draw_variance,
    leakage_variance,
    loss_density,
    mean_variance,
    pair_variance,
    third_derivatives,
    third_order_bias,
)
from hgedsp.hge.expectation import expected_gradient
from hgedsp.hge.switching import read_gradient, walsh_codes

RATE = 40e3
LINEAR = np.array([1.0, -2.0, 0.5, 1.5])
CUBIC = np.array([0.8, -0.5, 1.1, 0.3])


def white(frequency):
    return np.full(np.shape(frequency), 3.0)


def flicker(frequency):
    return 2.0 / frequency


@pytest.mark.parametrize(("dwell", "settle"), [(2, 0), (8, 4), (300, 4), (1000, 600), (20000, 1)])
def test_a_pair_in_white_noise_costs_s_over_4_a_squared_t(dwell, settle):
    read = (dwell - settle) / RATE
    variance = pair_variance(white, 0.1, dwell, settle, RATE)
    assert variance == pytest.approx(3.0 / (4 * 0.1**2 * read), rel=1e-3)


@pytest.mark.parametrize("dwell", [200, 2000, 20000])
def test_a_pair_in_flicker_noise_costs_the_same_however_long_it_is_read(dwell):
    variance = pair_variance(flicker, 0.1, dwell, 0, RATE)
    assert variance == pytest.approx(2.0 * np.log(2) / 0.1**2, rel=1e-3)


def test_a_pair_in_coloured_noise_costs_what_sampled_noise_says():
    # First-order noise, whose covariance c(n) = r^n is known without any spectrum.
    r, dwell, settle = 0.9, 12, 5
    lag = np.abs(np.subtract.outer(np.arange(2 * dwell), np.arange(2 * dwell)))
    weight = np.zeros(2 * dwell)
    weight[settle:dwell] = 1 / (dwell - settle)
    weight[dwell + settle :] = -1 / (dwell - settle)
    expected = weight @ r**lag @ weight / (4 * 0.1**2)

    def density(frequency):
        z1 = np.exp(-2j * np.pi * frequency / RATE)
        return 2 / RATE * (1 - r**2) / np.abs(1 - r * z1) ** 2

    assert pair_variance(density, 0.1, dwell, settle, RATE) == pytest.approx(expected, rel=1e-4)


def test_the_mean_of_white_noise_has_s_over_2_t():
    assert mean_variance(white, 0.5) == pytest.approx(3.0, rel=5e-3)


def test_bias_of_sines_is_that_of_the_theory_of_tones():
    known = polynomial_derivatives(np.full(4, 0.2), LINEAR, 0.0, CUBIC)
    bins = np.array([101, 103, 109, 121])
    bias = third_order_bias(known.third, 0.1, SINE)
    np.testing.assert_allclose(bias, expected_gradient(known, 0.1, bins).bias, rtol=1e-12)
    alone = third_order_bias(known.third, 0.1, SINE_ALONE)
    np.testing.assert_allclose(alone, expected_gradient(known, 0.1, bins).own, rtol=1e-12)


def test_bias_of_square_waves_is_what_levels_give():
    third = polynomial_derivatives(np.zeros(4), LINEAR, 0.0, CUBIC).third
    a = 0.1
    alone = (CUBIC * a) ** 3 / a
    np.testing.assert_allclose(third_order_bias(third, a, SQUARE_ALONE), alone, rtol=1e-12)
    # All signs there are, each as often as any other.
    signs = np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1).T
    mean = signs.T @ (a * signs @ CUBIC) ** 3 / len(signs) / a
    np.testing.assert_allclose(third_order_bias(third, a, SQUARE), mean, rtol=1e-12)


@pytest.mark.parametrize("waveform", [SINE, SINE_ALONE, SQUARE, SQUARE_ALONE])
def test_averaged_gradient_of_a_cubic_is_that_of_the_third_order(waveform):
    point, a = np.array([0.3, -0.2, 0.1, 0.4]), 0.1
    known = polynomial_derivatives(point, LINEAR, 0.0, CUBIC)
    found = averaged_gradient(lambda v: v @ LINEAR + (v @ CUBIC) ** 3, point, a, waveform)
    expected = known.gradient + third_order_bias(known.third, a, waveform)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_averaged_gradient_of_a_sine_is_that_of_its_bessel_functions():
    def ripple(v):
        return np.sin(20 * v[..., 0])  # a = 80 mV goes over a quarter of a period

    point, a = np.array([0.1, 0.0]), 0.08
    sine = averaged_gradient(ripple, point, a, SINE_ALONE)
    np.testing.assert_allclose(sine, [np.cos(2.0) * 2 * j1(20 * a) / a, 0.0], atol=1e-12)
    square = averaged_gradient(ripple, point, a, SQUARE)
    np.testing.assert_allclose(square, [np.cos(2.0) * np.sin(20 * a) / a, 0.0], atol=1e-12)


def test_third_derivatives_of_a_polynomial_are_exact():
    point = np.array([0.3, -0.2, 0.1, 0.4])

    def gradient(v):
        return LINEAR + 3 * np.multiply.outer((v @ CUBIC) ** 2, CUBIC)

    expected = polynomial_derivatives(point, LINEAR, 0.0, CUBIC).third
    np.testing.assert_allclose(third_derivatives(gradient, point, 0.01), expected, rtol=1e-8)


def test_an_even_comb_collides_as_often_and_as_strongly_as_its_products_say():
    known = polynomial_derivatives(np.zeros(4), LINEAR, 0.0, CUBIC)
    random = np.random.default_rng(3)
    bins = 50 + 7 * np.arange(4)
    found = [
        expected_gradient(known, 0.1, bins, random.uniform(0, 2 * np.pi, 4)).intermodulation
        for _ in range(300)
    ]
    square = np.mean(np.square(found), axis=0)
    # 300 squared sines of random phases: 4 % and, where products add up, some more.
    np.testing.assert_allclose(comb_variance(known.third, 0.1), square, rtol=0.25)
    assert np.all(square > 0)


def test_noise_of_a_loss_is_that_of_the_products_it_makes():
    # White noise and tones on bins of a window of N samples: density S, variance S rate / 2.
    count, offset, sigma = 512, 2.0, 1e-3
    bins, carried = np.array([31, 37, 51]), np.array([1.0, 0.5, 2.0])
    sine = np.sin(2 * np.pi * np.outer(bins, np.arange(count)) / count)
    random = np.random.default_rng(8)
    noise = sigma * random.standard_normal((4000, count))
    found = 2 * (2 * (offset + carried @ sine) * noise) @ sine.T / count
    # In units of samples: rate 1, S = 2 sigma^2, variance density / N.
    density = loss_density(
        lambda f: np.full(np.shape(f), 2 * sigma**2), bins / count, carried, offset
    )
    # What is slow at the tone itself is not in it: 4 A_i mean(sin^2) n is 2 A_i n.
    own = 4 * carried**2 * sigma**2
    np.testing.assert_allclose(found.var(axis=0), (density + own) / count, rtol=0.08)


def test_slow_noise_falls_on_near_neighbours_of_a_loss():
    near = np.array([4000.0, 4001.0])
    density = loss_density(flicker, near, np.array([0.1, 0.0]), 1.0)
    assert density[1] - density[0] == pytest.approx(0.1**2 * 2.0, rel=1e-2)


def test_third_order_collides_on_walsh_codes_as_often_as_is_said():
    cubic = np.array([0.8, -0.5, 1.1, 0.3, 0.9, -0.7])
    third = polynomial_derivatives(np.zeros(6), 0.0, 0.0, cubic).third
    bias = third_order_bias(third, 0.1, SQUARE)
    random = np.random.default_rng(6)
    errors = []
    for _ in range(1500):
        signs = walsh_codes(6, 1, random)
        errors.append(read_gradient(signs, (0.1 * signs @ cubic) ** 3, 0.1) - bias)
    square = np.mean(np.square(errors), axis=0)
    # Rare and strong ones among them: some 5 % standard deviation.
    np.testing.assert_allclose(code_variance(third, 0.1, 8), square, rtol=0.2)
    np.testing.assert_array_equal(code_variance(third[:3, :3, :3], 0.1, 4), 0.0)


def test_leakage_of_unplanned_tones_is_what_a_mean_lets_through():
    time, rate = 0.0213, 1e5
    frequency = np.array([3300.0, 4100.0, 4903.0, 6600.0])
    t = np.arange(round(time * rate)) / rate
    random = np.random.default_rng(4)
    errors = []
    for _ in range(400):
        sine = np.sin(2 * np.pi * np.outer(frequency, t) + random.uniform(0, 2 * np.pi, (4, 1)))
        errors.append(2 * sine @ (LINEAR @ sine) / t.size - LINEAR)
    square = np.mean(np.square(errors), axis=0)
    np.testing.assert_allclose(leakage_variance(LINEAR, frequency, time), square, rtol=0.4)


def test_draws_cost_the_squares_of_all_other_derivatives():
    np.testing.assert_allclose(draw_variance(np.array([3.0, 4.0]), 2), [8.0, 4.5])


def test_expected_error_and_its_spread_and_angle_are_those_of_numbers_drawn():
    gradient = np.array([3.0, -2.0, 1.0, 0.5])
    expected = ExpectedError(np.full(4, 0.02), np.array([1e-2, 2e-2, 5e-3, 1e-2]))
    random = np.random.default_rng(5)
    noise = random.standard_normal((4000, 4)) * np.sqrt(expected.variance)
    estimate = gradient + expected.bias + noise
    errors = ((estimate - gradient) ** 2).sum(axis=1) / (gradient**2).sum()
    assert expected.relative(gradient) == pytest.approx(errors.mean(), rel=0.05)
    assert expected.spread(gradient, 1) == pytest.approx(errors.std(), rel=0.08)
    lengths = np.linalg.norm(estimate, axis=1) * np.linalg.norm(gradient)
    angle = np.arccos(estimate @ gradient / lengths)
    assert expected.angle(gradient) == pytest.approx(np.sqrt((angle**2).mean()), rel=0.05)


def test_a_common_factor_turns_nothing():
    gradient = np.array([3.0, 4.0])
    expected = ExpectedError(np.zeros(2), np.zeros(2), scale=0.1)
    assert expected.relative(gradient) == pytest.approx(0.01)
    assert expected.angle(gradient) == 0.0
    assert expected.floor(gradient) == 0.0


def test_nothing_to_read_is_refused():
    with pytest.raises(ParameterError, match="4 samples on a level, 4 of them to settle"):
        pair_variance(white, 0.1, 4, 4, RATE)
