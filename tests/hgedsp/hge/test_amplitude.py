"""The best amplitude, and what a second one buys."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from hgedsp.errors import ParameterError
from hgedsp.hge import Richardson, best_amplitude, mean_square_error, smoothed_gradient

positive = st.floats(1e-6, 1e3)


@settings(max_examples=50, deadline=None)
@given(density=positive, window=positive, curvature=positive)
def test_no_amplitude_is_better_than_the_best(density, window, curvature):
    best = best_amplitude(density, window, -curvature)
    least = mean_square_error(best, density, window, curvature)
    around = mean_square_error(best * np.array([0.5, 0.99, 1.01, 2]), density, window, curvature)
    assert np.all(around > least)
    formula = 3 * 2 ** (-2 / 3) * (curvature * density / window) ** (2 / 3)
    assert least == pytest.approx(formula, rel=1e-9)


def test_a_third_of_the_least_error_is_bias():
    best = best_amplitude(1e-5, 0.1, 40.0)
    assert (40.0 * best**2) ** 2 == pytest.approx(
        mean_square_error(best, 1e-5, 0.1, 40.0) / 3, rel=1e-12
    )


def test_two_amplitudes_take_out_the_second_order():
    def device(v):
        return v[:, 0] ** 3 + 0.5 * v[:, 0] ** 2 * v[:, 1]

    point, a = np.array([0.4, -0.3]), np.array([0.2, 0.3])
    large, small = (smoothed_gradient(device, point, x).gradient for x in (a, a / 2))
    exact = np.array([3 * 0.16 + 0.4 * -0.3, 0.5 * 0.16])
    assert np.all(np.abs(large - exact) > 1e-3)
    np.testing.assert_allclose(Richardson().combine(large, small), exact, rtol=1e-11)


def test_what_is_left_is_of_fourth_order():
    """f = v^5 at 0 has the bias C a^4 with C = f_kkkkk/192 = 120/192, of which -C a^4/4 is left."""

    def device(v):
        return v[:, 0] ** 5

    large, small = (smoothed_gradient(device, 0.0, x).gradient for x in (0.4, 0.2))
    expected = -120 / 192 * 0.4**4 / 4
    np.testing.assert_allclose(Richardson().combine(large, small), expected, rtol=1e-11)


def test_variance_at_equal_times_and_at_the_best_split():
    assert Richardson(share=0.5).variance_factor == pytest.approx(130 / 9, rel=1e-12)
    assert Richardson().share == pytest.approx(8 / 9, rel=1e-12)
    assert Richardson().variance_factor == pytest.approx(9.0, rel=1e-12)
    found = optimize.minimize_scalar(
        lambda s: Richardson(1.5, s).variance_factor, bounds=(0.01, 0.99), method="bounded"
    )
    assert Richardson(1.5).variance_factor == pytest.approx(found.fun, rel=1e-9)
    assert Richardson().variance(0.02, 1e-5, 0.1) == pytest.approx(9 * 1e-5 / (4e-4 * 0.1))


def test_variance_factor_is_that_of_drawn_numbers():
    rng = np.random.default_rng(1)
    plan = Richardson()
    # Variance 1/(a^2 T): (1, 1/9) for the large one, (1/2, 8/9) for the small one.
    large = rng.standard_normal(100_000) * np.sqrt(9)
    small = rng.standard_normal(100_000) * np.sqrt(4 * 9 / 8)
    # The variance of 1e5 numbers is known to 0.45 %.
    assert plan.combine(large, small).var() == pytest.approx(plan.variance_factor, rel=0.02)


def test_best_amplitude_of_two():
    plan, density, window, fourth = Richardson(), 1e-5, 0.1, 300.0
    best = plan.best_amplitude(density, window, fourth)

    def error(a):
        return plan.variance(a, density, window) + (fourth * a**4 / 4) ** 2

    assert error(best) < min(error(0.98 * best), error(1.02 * best))


@pytest.mark.parametrize("keywords", [{"ratio": 1.0}, {"share": 1.0}, {"share": 0.0}])
def test_refuses_ratios_and_shares_out_of_range(keywords):
    with pytest.raises(ParameterError):
        Richardson(**keywords)


def test_without_curvature_there_is_no_best_amplitude():
    with pytest.raises(ParameterError, match="the larger the better"):
        best_amplitude(1e-5, 0.1, 0.0)
