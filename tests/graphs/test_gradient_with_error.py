"""Error bars that tell the truth, a quadrature that tells of trouble, and no guessed sign."""

import re

import numba
import numpy as np
import pytest
from scipy import stats

from hgedsp.blocks import Delay, FlickerNoise, PolynomialDevice, ToneGenerator, WhiteNoise
from hgedsp.errors import ParameterError
from hgedsp.graphs import gradient_with_error

RATE, WINDOW, AMPLITUDE = 1e5, 500, 0.02
BINS = np.array([51, 53, 59, 71, 87, 97, 101])
POINT = np.linspace(-0.6, 0.6, 7)
DENSITY = 2e-6
compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="needs many samples")


def tone(bins=BINS):
    return ToneGenerator(bins * RATE / WINDOW, AMPLITUDE, np.arange(7.0))


def device():
    random = np.random.default_rng(7)
    return PolynomialDevice(random.normal(size=7), random.normal(size=7))


def measure(windows, chain, made=None, **options):
    graph = gradient_with_error(
        made or device(),
        POINT,
        tone(),
        sample_rate=RATE,
        window=WINDOW,
        chain=chain,
        **options,
    )
    return graph.compile().process(windows * WINDOW)


def test_without_noise_gradient_is_exact_and_the_rest_is_zero():
    found = measure(3, [WhiteNoise(0.0, 1)])
    np.testing.assert_allclose(found["gradient"][-1], device().gradient(POINT), rtol=1e-9)
    for name in ("error", "quadrature"):
        np.testing.assert_allclose(found[name], 0.0, atol=1e-11)


@compiled_only
@pytest.mark.parametrize(
    ("noise", "bins_per_tone"),
    [(WhiteNoise(DENSITY, 5), 4), (FlickerNoise(DENSITY, seed=5), 2)],
    ids=["white", "1/f"],
)
def test_error_bars_make_students_t_of_the_deviations(noise, bins_per_tone):
    found = measure(600, [noise], bins_per_tone=bins_per_tone)
    deviation = found["gradient"] - device().gradient(POINT)
    t = (deviation / found["error"]).ravel()
    freedom = 2 * bins_per_tone
    # 4200 values; neighbouring tones share bins, which leaves them fewer independent ones.
    assert stats.kstest(t, stats.t(freedom).cdf).pvalue > 1e-3
    # The mean square of the error is the variance of the gradient, known to 2.2 %.
    assert np.mean(found["error"] ** 2) == pytest.approx(deviation.var(), rel=0.09)


@compiled_only
def test_the_error_is_that_of_theory_for_white_noise():
    found = measure(400, [WhiteNoise(DENSITY, 6)])
    expected = DENSITY / (AMPLITUDE**2 * WINDOW / RATE)
    # 400 windows of 7 x 8 squares, of which some are shared.
    assert np.mean(found["error"] ** 2) == pytest.approx(expected, rel=0.05)


@compiled_only
def test_health_is_about_one_when_calibrated_and_large_with_a_delay():
    noise = WhiteNoise(DENSITY / 1e4, 8)
    phase = -2 * np.pi * BINS * 3 / WINDOW
    well = measure(200, [noise, Delay(3)], phase=phase)["health"][1:]
    ill = measure(200, [noise, Delay(3)], phase=0 * phase)["health"][1:]
    strong = np.abs(device().gradient(POINT)) > 0.3
    # Student's t with 8 degrees of freedom has the variance 8/6.
    assert np.mean(well**2) == pytest.approx(8 / 6, rel=0.15)
    assert np.all(np.mean(ill[:, strong] ** 2, axis=0) > 100)


@compiled_only
def test_amplitude_with_a_thresholded_sign_is_biased_where_the_projection_is_not():
    """Near a zero of the gradient: MSE 2 S/T against S/T, and a bias only for |amplitude|."""
    flat = PolynomialDevice(np.zeros(7), np.zeros(7))
    found = measure(1500, [WhiteNoise(DENSITY, 9)], flat)
    i, q = found["gradient"], found["quadrature"]
    # |R| with the sign of the phase, as in the published lock-in script: -90 to 90 degrees is +.
    thresholded = np.hypot(i, q) * np.where(np.abs(np.angle(i + 1j * q)) < np.pi / 2, 1.0, -1.0)
    variance = DENSITY / (AMPLITUDE**2 * WINDOW / RATE)
    # Squares of 10500 normal numbers: known to sqrt(2/10500) = 1.4 %, of their sums 1 %.
    assert np.mean(i**2) == pytest.approx(variance, rel=0.06)
    assert np.mean(thresholded**2) == pytest.approx(2 * variance, rel=0.04)
    # Its size, which a Rician distribution keeps from zero: sqrt(pi/2) sigma.
    sigma = np.sqrt(variance)
    assert np.mean(np.abs(thresholded)) == pytest.approx(np.sqrt(np.pi / 2) * sigma, rel=0.02)


@compiled_only
def test_amplitude_is_biased_by_the_noise_where_the_gradient_is_one_sigma():
    variance = DENSITY / (AMPLITUDE**2 * WINDOW / RATE)
    sigma = np.sqrt(variance)
    found = measure(
        1500, [WhiteNoise(DENSITY, 10)], PolynomialDevice(sigma * np.ones(7), np.zeros(7))
    )
    i, q = found["gradient"], found["quadrature"]
    thresholded = np.hypot(i, q) * np.where(np.abs(np.angle(i + 1j * q)) < np.pi / 2, 1.0, -1.0)
    count = i.size
    # Four standard errors of a mean of so many values.
    assert abs(i.mean() / sigma - 1) < 4 / np.sqrt(count)
    # E |R| sign(I) = sigma sqrt(pi/2) times what two Bessel functions give; here by quadrature.
    x = np.random.default_rng(0).standard_normal((2, 400_000)) + np.array([[1.0], [0.0]])
    expected = np.mean(np.hypot(*x) * np.sign(x[0]))
    assert thresholded.mean() / sigma == pytest.approx(expected, abs=0.05)
    assert thresholded.mean() / sigma - 1 > 10 / np.sqrt(count)


def test_refuses_tones_between_bins():
    text = (
        "tone 1 makes 53.5 periods in 500 samples, not a whole number\n"
        "  mend give frequencies that are multiples of sample_rate / window"
    )
    between = tone(BINS + np.array([0, 0.5, 0, 0, 0, 0, 0]))
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        gradient_with_error(device(), POINT, between, sample_rate=RATE, window=WINDOW)
