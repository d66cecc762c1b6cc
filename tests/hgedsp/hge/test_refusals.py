"""Bad values at the door of every public function: refused with a word, not turned into numbers."""

import re

import numpy as np
import pytest

from hgedsp.errors import ParameterError
from hgedsp.hge import (
    Derivatives,
    LearningLoop,
    Richardson,
    arcsine_kernel,
    as_matrix,
    best_amplitude,
    boxcar_response,
    cramer_rao_bound,
    demodulated,
    derotate,
    efficiency,
    empty_bins,
    equal_noise_filters,
    expected_gradient,
    expected_lines,
    filtered_variance,
    fit_delay,
    fit_phase,
    hessian_bias,
    hessian_plan,
    largest_curvature,
    mean_square_error,
    mean_square_leakage,
    mixed_density,
    noise_bandwidth,
    noise_bandwidth_of_window,
    plan_expectation,
    poles_response,
    polynomial_derivatives,
    product_bins,
    semicircle_kernel,
    settling_time,
    settling_time_of,
    smoothed_gradient,
    smoothed_one_by_one,
    spacing_curve,
    time_scales,
    window_lines,
    window_response,
    window_variance,
)

THREE = polynomial_derivatives(np.zeros(3), np.ones(3), cubic=np.ones(3))


def first(v):
    return v[:, 0]


def high_pass(f, rate):
    return 1 - poles_response(1e-2)(f, rate) + 1e-15


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: cramer_rao_bound(1.0, 0.0, 1.0),
            "cramer_rao_bound needs amplitude above 0 V, got 0 V",
        ),
        (
            lambda: cramer_rao_bound(1.0, -1.0, 1.0),
            "cramer_rao_bound needs amplitude above 0 V, got -1 V",
        ),
        (
            lambda: cramer_rao_bound(-1.0, 1.0, 1.0),
            "cramer_rao_bound needs density of at least 0 A^2/Hz, got -1.0 A^2/Hz",
        ),
        (
            lambda: cramer_rao_bound(np.nan, 1.0, 1.0),
            "cramer_rao_bound needs density of at least 0 A^2/Hz, got nan A^2/Hz",
        ),
        (
            lambda: cramer_rao_bound(1.0, 1.0, 0.0),
            "cramer_rao_bound needs window above 0 s, got 0.0 s",
        ),
        (
            lambda: cramer_rao_bound(1.0, [], 1.0),
            "cramer_rao_bound needs a flat list of numbers for amplitude, got shape (0,)",
        ),
        (
            lambda: window_variance(1.0, [10.0], [-0.1], 1.0),
            "window_variance needs amplitude above 0 V, got -0.1 V",
        ),
        (
            lambda: window_variance(1.0, [10.0], [0.1, 0.0], 1.0),
            "window_variance needs amplitude above 0 V, got 0 V",
        ),
        (
            lambda: window_variance(1.0, [0.0], 0.1, 1.0),
            "window_variance needs frequency above 0 Hz, got 0 Hz",
        ),
        (
            lambda: window_variance(1.0, [10.0, 11.0], [0.1, 0.1, 0.1], 1.0),
            "window_variance got vectors of different lengths: frequency has 2, amplitude has 3",
        ),
        (
            lambda: window_variance(lambda f: -f, [10.0], 0.1, 1.0),
            "window_variance met a density that is negative or not finite, [-10.] at [10.] Hz",
        ),
        (
            lambda: window_variance(lambda f: np.array([1.0, 2.0, 3.0]), [10.0], 0.1, 1.0),
            "window_variance met a density of shape (3,) at frequencies of shape (1,)",
        ),
        (
            lambda: filtered_variance(lambda f: 1 - f, boxcar_response(10), 1e3, [100.0], 0.1),
            "filtered_variance met a density that is negative or not finite, "
            "[-0.02819082] at [1.02819082] Hz",
        ),
        (
            lambda: filtered_variance(1.0, boxcar_response(10), 1e3, [500.0], 0.1),
            "filtered_variance needs tones below half the sample rate, got 500 Hz at 1000 Hz",
        ),
        (
            lambda: filtered_variance(1.0, boxcar_response(10), 1e3, [-5.0], 0.1),
            "filtered_variance needs frequency above 0 Hz, got -5 Hz",
        ),
        (
            lambda: filtered_variance(1.0, boxcar_response(10), 1e3, [100.0], 0.0),
            "filtered_variance needs amplitude above 0 V, got 0 V",
        ),
        (
            lambda: filtered_variance(1.0, boxcar_response(10), 1e3, [100.0, 110.0], [0.1] * 3),
            "filtered_variance needs 2 numbers for amplitude, or one for all, got 3",
        ),
        (
            lambda: filtered_variance(1.0, boxcar_response(10), 1e3, [100.0], 0.1, [0.0, np.pi]),
            "filtered_variance needs 1 numbers for phase, or one for all, got 2",
        ),
        (
            lambda: filtered_variance(1.0, boxcar_response(10), 0.0, [100.0], 0.1),
            "filtered_variance needs rate above 0 Hz, got 0.0 Hz",
        ),
        (
            lambda: filtered_variance(1.0, None, 1e3, [100.0], 0.1),
            "noise_bandwidth needs a response, got None",
        ),
        (lambda: efficiency(0.0, 1.0), "efficiency needs variance above 0, got 0"),
        (lambda: efficiency(1.0, [-1.0]), "efficiency needs bound of at least 0, got -1"),
        (
            lambda: efficiency([1.0, 1.0], [1.0, 1.0, 1.0]),
            "efficiency got shapes that do not fit each other: variance has (2,), bound has (3,)",
        ),
        (
            lambda: mixed_density(1.0, 1.0, exponent=np.nan),
            "mixed_density needs finite numbers for exponent, got nan",
        ),
        (
            lambda: mixed_density(1.0, 1.0)(np.zeros(1)),
            "mixed_density needs f above 0 Hz, got 0 Hz",
        ),
        (
            lambda: noise_bandwidth(high_pass, 1e3),
            "noise_bandwidth needs a filter that lets a constant through, got a "
            "gain of 1.56e-15 at 0 Hz beside 0.95",
        ),
        (
            lambda: noise_bandwidth(lambda f, rate: np.full(f.shape, np.nan), 1e3),
            "noise_bandwidth got a response that is not one finite number per frequency",
        ),
        (
            lambda: noise_bandwidth(lambda f, rate: 1.0, 1e3),
            "noise_bandwidth got a response that is not one finite number per frequency",
        ),
        (
            lambda: noise_bandwidth_of_window([1.0, -1.0], 1e3),
            "noise_bandwidth_of_window got weights that add up to 0, which average nothing",
        ),
        (
            lambda: noise_bandwidth_of_window([[1.0]], 1e3),
            "noise_bandwidth_of_window needs a flat list of numbers for weights, got shape (1, 1)",
        ),
        (
            lambda: noise_bandwidth_of_window(["a"], 1e3),
            "noise_bandwidth_of_window needs real numbers for weights, got ['a']",
        ),
        (
            lambda: window_response(np.sin(2 * np.pi * np.arange(16) / 16)),
            "window_response got weights that add up to 0, which average nothing",
        ),
        (lambda: boxcar_response(4)(np.ones(1), 0.0), "response needs rate above 0 Hz, got 0.0 Hz"),
        (
            lambda: poles_response(1e-3)([np.nan], 1e3),
            "response needs finite numbers for frequency, got nan",
        ),
        (
            lambda: settling_time(1.0, 1, True),
            "settling_time needs a fraction between 0 and 1, got True",
        ),
        (
            lambda: settling_time_of(high_pass, 1e3, 1.0),
            "settling_time_of needs a filter that lets a constant through",
        ),
        (
            lambda: best_amplitude(0.0, 1.0, 1.0),
            "best_amplitude knows no best amplitude without noise: the smaller the better",
        ),
        (
            lambda: best_amplitude(1.0, 1.0, np.nan),
            "best_amplitude needs finite numbers for curvature, got nan",
        ),
        (
            lambda: best_amplitude(1.0, 1.0, [1.0, 0.0]),
            "best_amplitude knows no best amplitude without curvature: the larger the better",
        ),
        (
            lambda: mean_square_error(0.0, 1.0, 1.0, 1.0),
            "mean_square_error needs amplitude above 0 V, got 0 V",
        ),
        (
            lambda: mean_square_error([0.1, -0.1], 1.0, 1.0, 1.0),
            "mean_square_error needs amplitude above 0 V, got -0.1 V",
        ),
        (
            lambda: mean_square_error([0.1, 0.2], 1.0, 1.0, [1.0, 2.0, 3.0]),
            "mean_square_error got shapes that do not fit each other: amplitude has"
            " (2,), curvature has (3,)",
        ),
        (
            lambda: mean_square_error(0.1, 1.0, 1.0, np.inf),
            "mean_square_error needs finite numbers for curvature, got inf",
        ),
        (lambda: Richardson(ratio="2"), "Richardson needs ratio above 0, got '2'"),
        (
            lambda: Richardson(share=np.nan),
            "Richardson needs a share of time between 0 and 1, got nan",
        ),
        (
            lambda: Richardson().combine([1.0, 2.0], [1.0, 2.0, 3.0]),
            "Richardson.combine got shapes that do not fit each other: large has "
            "(2,), small has (3,)",
        ),
        (
            lambda: Richardson().best_amplitude(0.0, 1.0, 1.0),
            "Richardson.best_amplitude knows no best amplitude without noise: the "
            "smaller the better",
        ),
        (
            lambda: Richardson().best_amplitude(1.0, 1.0, np.inf),
            "Richardson.best_amplitude needs finite numbers for fourth, got inf",
        ),
        (
            lambda: Derivatives(np.nan, [1.0], [[0.0]], [[[0.0]]]),
            "Derivatives needs finite numbers for value, got nan",
        ),
        (
            lambda: Derivatives([0.0, 1.0], [1.0], [[0.0]], [[[0.0]]]),
            "Derivatives need a single number for value",
        ),
        (
            lambda: Derivatives(0.0, [np.nan], [[0.0]], [[[0.0]]]),
            "Derivatives needs finite numbers for gradient, got nan",
        ),
        (
            lambda: Derivatives(0.0, [], np.zeros((0, 0)), np.zeros((0, 0, 0))),
            "Derivatives: 1 voltages need gradient of shape (1,), got (0,)",
        ),
        (
            lambda: Derivatives(0.0, [1.0, 1.0], [[0.0, 1.0], [0.5, 0.0]], np.zeros((2, 2, 2))),
            "Derivatives: hessian is not symmetric, entries differ by 0.5",
        ),
        (
            lambda: Derivatives(0.0, [1.0, 1.0], np.eye(2), np.arange(8.0).reshape(2, 2, 2)),
            "Derivatives: third is not symmetric, entries differ by 2",
        ),
        (
            lambda: Derivatives(0.0, [1.0, 1.0], [[0.0, 1.0], [0.5]], np.zeros((2, 2, 2))),
            "Derivatives needs real numbers for hessian, got [[0.0, 1.0], [0.5]]",
        ),
        (
            lambda: polynomial_derivatives([0.0], [1.0, 2.0]),
            "polynomial_derivatives needs 1 numbers for linear, or one for all, got 2",
        ),
        (
            lambda: polynomial_derivatives([0.0], 1.0, offset=np.nan),
            "Derivatives needs finite numbers for value, got nan",
        ),
        (
            lambda: expected_gradient(THREE, [0.1, 0.1], [1, 3, 5]),
            "expected_gradient needs 3 numbers for amplitude, or one for all, got 2",
        ),
        (
            lambda: expected_gradient(THREE, [0.1, 0.0, 0.1], [1, 3, 5]),
            "expected_gradient needs amplitude above 0 V, got 0 V",
        ),
        (
            lambda: expected_gradient(THREE, 0.1, [1, 3, 5], [0.0, 0.0]),
            "expected_gradient needs 3 numbers for phase, or one for all, got 2",
        ),
        (
            lambda: expected_gradient(THREE, 0.1, [1, 3, 5], sample_rate=np.nan),
            "expected_gradient needs sample_rate above 0, got nan",
        ),
        (
            lambda: expected_gradient([1.0, 2.0], 0.1, [1, 3]),
            "expected_gradient needs Derivatives, got list",
        ),
        (
            lambda: window_lines(first, [0.0, 0.0, 0.0], 0.1, [1, 3], 0.0, 16),
            "window_lines needs 2 numbers for point, or one for all, got 3",
        ),
        (
            lambda: window_lines(first, 0.0, -0.1, [1, 3], 0.0, 16),
            "window_lines needs amplitude above 0 V, got -0.1 V",
        ),
        (
            lambda: window_lines(lambda v: v, 0.0, 0.1, [1, 3], 0.0, 16),
            "window_lines got currents of shape (16, 2) at voltages of shape (16, 2)",
        ),
        (
            lambda: window_lines(lambda v: np.nan * v[:, 0], 0.0, 0.1, [1, 3], 0.0, 16),
            "window_lines got a current that is not finite, [nan] at [[0. 0.]] V",
        ),
        (
            lambda: expected_lines(THREE, 0.1, [1, 3], 0.0, 16),
            "expected_lines has 3 derivatives and 2 bins",
        ),
        (
            lambda: plan_expectation(first, 0.0, 0.0, [1, 3], 0.0, 16),
            "window_lines needs amplitude above 0 V, got 0 V",
        ),
        (
            lambda: demodulated(np.zeros((2, 8)), 0.1, [1, 3], 0.0, boxcar_response(16), 16.0),
            "demodulated needs a flat array of finite lines, got shape (2, 8)",
        ),
        (
            lambda: demodulated([np.nan] * 16, 0.1, [1, 3], 0.0, boxcar_response(16), 16.0),
            "demodulated needs a flat array of finite lines, got shape (16,)",
        ),
        (
            lambda: demodulated(
                np.zeros(16), 0.1, [1, 3], 0.0, boxcar_response(16), 16.0, sample=16
            ),
            "demodulated needs a whole number from -16 to 15 for sample, got 16",
        ),
        (
            lambda: mean_square_leakage(boxcar_response(4), 1e3, [[1.0, 2.0]], [1.0, 1.0, 1.0]),
            "mean_square_leakage got shapes that do not fit each other: spacing has"
            " (1, 2), strength has (3,)",
        ),
        (
            lambda: mean_square_leakage(boxcar_response(4), 1e3, [np.nan]),
            "mean_square_leakage needs finite numbers for spacing, got nan",
        ),
        (
            lambda: spacing_curve(
                boxcar_response(4), 1e3, [10.0], signal=1.0, amplitude=1.0, density=-1.0
            ),
            "spacing_curve needs density above 0 A^2/Hz, got -1.0 A^2/Hz",
        ),
        (
            lambda: spacing_curve(
                boxcar_response(4), 1e3, [10.0], signal=1.0, amplitude=1.0, neighbours=[0]
            ),
            "spacing_curve needs neighbours at whole numbers other than 0, got [0]",
        ),
        (
            lambda: spacing_curve(
                boxcar_response(4), 1e3, [10.0], signal=1.0, amplitude=1.0, neighbours=[0.5]
            ),
            "spacing_curve needs neighbours at whole numbers other than 0, got [0.5]",
        ),
        (
            lambda: spacing_curve(
                boxcar_response(4), 1e3, [10.0], signal=1.0, amplitude=1.0, weakness=[-1.0]
            ),
            "spacing_curve needs weakness of at least 0, got -1",
        ),
        (
            lambda: spacing_curve(boxcar_response(4), 1e3, [0.0], signal=1.0, amplitude=1.0),
            "spacing_curve needs spacing above 0 Hz, got 0 Hz",
        ),
        (
            lambda: spacing_curve(boxcar_response(4), 1e3, [200.0], signal=1.0, amplitude=1.0),
            "spacing_curve has a neighbour 600 Hz away at a sample rate of 1000 Hz",
        ),
        (
            lambda: equal_noise_filters(0.1, 1e3, [1.5]),
            "equal_noise_filters needs a whole number of at least 1 for order, got np.float64(1.5)",
        ),
        (lambda: time_scales([10.0, 10.0], 1.0, 1, 1.0, 1.0), "time_scales got two tones at 10 Hz"),
        (
            lambda: time_scales([-10.0, 10.0], 1.0, 1, 1.0, 1.0),
            "time_scales needs frequency above 0 Hz, got -10 Hz",
        ),
        (
            lambda: time_scales([10.0], 1.0, -1, 1.0, 1.0),
            "time_scales needs a whole number of at least 1 for order, got -1",
        ),
        (
            lambda: time_scales([10.0], 1.0, np.nan, 1.0, 1.0),
            "time_scales needs a whole number of at least 1 for order, got nan",
        ),
        (
            lambda: time_scales([10.0], 1.0, 1, 1.0, 1.0, device_cutoff=0.0),
            "time_scales needs device_cutoff above 0 Hz, got 0.0 Hz",
        ),
        (
            lambda: LearningLoop(lambda f, rate: np.nan * f, 1e3, 1.0).largest_learning_rate,
            "LearningLoop got a response that is not one finite number per frequency",
        ),
        (
            lambda: LearningLoop(boxcar_response(4), 1e3, 1.0).open_loop(np.ones(1), -1.0),
            "LearningLoop.open_loop needs learning_rate above 0, got -1.0",
        ),
        (
            lambda: largest_curvature([[1.0, 2.0], [0.0, 1.0]]),
            "largest_curvature: hessian is not symmetric, entries differ by 2",
        ),
        (
            lambda: largest_curvature([[1.0, np.nan], [0.0, 1.0]]),
            "largest_curvature needs finite numbers for hessian, got nan",
        ),
        (
            lambda: largest_curvature(np.zeros((0, 0))),
            "largest_curvature: 1 voltages need hessian of shape (1, 1), got (0, 0)",
        ),
        (
            lambda: largest_curvature([1.0, 2.0]),
            "largest_curvature: 2 voltages need hessian of shape (2, 2), got (2,)",
        ),
        (
            lambda: hessian_plan([51, 53], 0.1, [0.0, 1.0, 2.0], highest=200),
            "hessian_plan needs 2 numbers for phase, or one for all, got 3",
        ),
        (
            lambda: hessian_plan([51, 53], [0.1, 0.0], highest=200),
            "hessian_plan needs amplitude above 0 V, got 0 V",
        ),
        (
            lambda: hessian_plan([51, 53], 0.1, highest=0.5),
            "hessian_plan needs a whole number of at least 1 for highest, got 0.5",
        ),
        (
            lambda: hessian_plan([51, 53], 0.1, highest=200, spacing=0.0),
            "hessian_plan needs spacing above 0 Hz, got 0.0 Hz",
        ),
        (
            lambda: hessian_plan([51, 53], 0.1, highest=200, response=lambda f: np.nan * f),
            "hessian_plan got a response that is not one finite number per frequency",
        ),
        (
            lambda: hessian_plan([51, 53], 0.1, highest=200, density=lambda f: 0.0 * f),
            "hessian_plan needs a density above 0 on every bin",
        ),
        (
            lambda: hessian_plan([51, 53], 0.1, highest=200).variance(0.0),
            "HessianPlan.variance needs seconds above 0 s, got 0.0 s",
        ),
        (
            lambda: hessian_plan([51, 53], 0.1, highest=200).estimate([1.0], [1.0, 2.0]),
            "HessianPlan.estimate needs both quadratures of 4 bins, got shapes (1,) and (2,)",
        ),
        (
            lambda: hessian_bias(np.zeros((2, 2)), 0.1),
            "hessian_bias: 2 voltages need fourth of shape (2, 2, 2, 2), got (2, 2)",
        ),
        (
            lambda: hessian_bias(np.zeros((2, 2, 2, 3)), 0.1),
            "hessian_bias: 2 voltages need fourth of shape (2, 2, 2, 2), got (2, 2, 2, 3)",
        ),
        (
            lambda: hessian_bias(np.arange(16.0).reshape(2, 2, 2, 2), 0.1),
            "hessian_bias: fourth is not symmetric, entries differ by 4",
        ),
        (
            lambda: hessian_bias(np.zeros((2, 2, 2, 2)), [0.1, 0.1, 0.1]),
            "hessian_bias needs 2 numbers for amplitude, or one for all, got 3",
        ),
        (
            lambda: hessian_bias(1.0, 0.1),
            "hessian_bias: 1 voltages need fourth of shape (1, 1, 1, 1), got ()",
        ),
        (lambda: as_matrix(1.0), "0 numbers are no upper triangle of a matrix"),
        (lambda: as_matrix([]), "0 numbers are no upper triangle of a matrix"),
        (
            lambda: product_bins([1, 3], 0),
            "product_bins needs a whole number of at least 1 for order, got 0",
        ),
        (
            lambda: product_bins([[1], [1, 2]], 2),
            "tones on bins are whole numbers of periods per window, got [[1], [1, 2]]",
        ),
        (
            lambda: empty_bins([1, 3], highest=-1),
            "empty_bins needs a whole number of at least 1 for highest, got -1",
        ),
        (
            lambda: fit_phase([1.0, 2.0], [[1.0], [1.0, 2.0]]),
            "the calibration needs finite z of shape (W, 2), got shape (0,)",
        ),
        (
            lambda: fit_phase([1.0, 2.0], [1.0, 2.0], delay=np.nan, noise=1.0),
            "fit_phase needs finite numbers for delay, got nan",
        ),
        (
            lambda: fit_phase([1.0, 2.0], [1.0, 2.0], known=[0.0, 1.0], noise=1.0),
            "the calibration has known of 0 in every window for tone [0]",
        ),
        (lambda: derotate([1j, np.nan], 0.0), "derotate got z that are not finite"),
        (
            lambda: derotate([1j, 1j], [0.0, 0.0, 0.0]),
            "derotate got shapes that do not fit each other: z has (2,), phase has "
            "(3,), gain has ()",
        ),
        (lambda: derotate([1j, 1j], 0.0, 0.0), "derotate needs gain above 0, got 0"),
        (
            lambda: semicircle_kernel(0.0, 0.0),
            "semicircle_kernel needs amplitude above 0 V, got 0.0 V",
        ),
        (
            lambda: semicircle_kernel([np.nan], 1.0),
            "semicircle_kernel needs finite numbers for u, got nan",
        ),
        (lambda: arcsine_kernel(0.0, -1.0), "arcsine_kernel needs amplitude above 0 V, got -1.0 V"),
        (
            lambda: smoothed_gradient(lambda v: np.nan * v[:, 0], 0.0, 0.1),
            "smoothed_gradient got a current that is not finite, [nan] at [[-0.09999988]] V",
        ),
        (
            lambda: smoothed_gradient(lambda v: v, [0.0, 0.0], 0.1),
            "smoothed_gradient got currents of shape (262144, 2) at voltages of shape (262144, 2)",
        ),
        (
            lambda: smoothed_gradient(first, [0.0, np.inf], 0.1),
            "smoothed_gradient needs finite numbers for point, got inf at lane 1",
        ),
        (
            lambda: smoothed_gradient(first, np.zeros(7), 0.1, seed=-1),
            "smoothed_gradient needs a whole number of at least 0 for seed, got -1",
        ),
        (
            lambda: smoothed_gradient(first, np.zeros(7), 0.1, sets=1),
            "smoothed_gradient needs a whole number of at least 2 for sets, got 1",
        ),
        (
            lambda: smoothed_one_by_one(first, [0.0, 0.0], 0.1),
            "smoothed_one_by_one needs points of shape (N, K), got (2,)",
        ),
        (
            lambda: smoothed_one_by_one(first, [["a"]], 0.1),
            "smoothed_one_by_one needs real numbers for points, got [['a']]",
        ),
        (
            lambda: smoothed_one_by_one(lambda v: np.nan * v[:, 0], [[0.0]], 0.1),
            "smoothed_one_by_one got a current that is not finite, [nan] at [[-0.09987955]] V",
        ),
        (
            lambda: fit_delay([1.0, -2.0], [1.0, 1.0], longest=1.0),
            "the calibration needs frequency above 0 Hz, got -2.0 Hz",
        ),
        (
            lambda: fit_delay([1.0, 2.0], [1.0, 1.0], longest=1.0, noise=[0.0, 1.0]),
            "the calibration needs noise above 0 for 2 tones, got [0. 1.]",
        ),
        (
            lambda: fit_delay([1.0, 2.0], [1.0, 1.0], longest=1.0, known=["a", "b"]),
            "the calibration needs real numbers for known, got ['a', 'b']",
        ),
    ],
)
def test_refuses(call, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}\n  mend "):
        call()


def test_lists_and_arrays_are_taken():
    np.testing.assert_allclose(
        smoothed_one_by_one(first, [[0.0, 1.0]], 0.1), [[1.0, 0.0]], atol=1e-12
    )
    each = best_amplitude(1e-5, 0.1, [-2.0, 3.0])
    assert each.tolist() == [best_amplitude(1e-5, 0.1, 2.0), best_amplitude(1e-5, 0.1, 3.0)]
    assert as_matrix([1.0, 2.0, 3.0]).tolist() == [[1.0, 2.0], [2.0, 3.0]]


def test_one_amplitude_for_all_is_that_of_the_rms_curvature():
    curvature = np.array([3.0, -8.0, 1.0])
    best = best_amplitude(1e-5, 0.1, float(np.sqrt(np.mean(curvature**2))))
    total = [mean_square_error(x * best, 1e-5, 0.1, curvature).sum() for x in (0.98, 1.0, 1.02)]
    assert total[1] < min(total[0], total[2])
