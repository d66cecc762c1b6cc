"""Delay and phase from I and Q: exact without noise, and as uncertain as they say with it."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.errors import ParameterError
from hgedsp.hge import derotate, fit_delay, fit_phase

TONES = np.array([51, 53, 59, 71, 87, 97, 101]) * 10.0
SIGMA = 0.05


def measured(delay, windows=6, seed=0, noise=0.0, tones=TONES):
    random = np.random.default_rng(seed)
    signed = random.normal(size=(windows, len(tones)))
    z = signed * np.exp(-2j * np.pi * tones * delay)
    return z + noise * (random.normal(size=z.shape) + 1j * random.normal(size=z.shape))


@given(delay=st.floats(0.0, 5e-3), seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_the_delay_is_exact_without_noise_whatever_the_signs(delay, seed):
    fit = fit_delay(TONES, measured(delay, seed=seed), longest=6e-3)
    assert fit.delay == pytest.approx(delay, abs=1e-14)
    assert fit.warning == ""


def test_the_standard_error_is_that_of_many_repeats():
    true = 1.234e-3
    fits = [fit_delay(TONES, measured(true, 6, s, SIGMA), longest=3e-3) for s in range(400)]
    pull = np.array([(fit.delay - true) / fit.standard_error for fit in fits])
    # 41 degrees of freedom make the variance 41/39; that of 400 pulls is known to 7 %.
    assert pull.var() == pytest.approx(41 / 39, abs=0.25)
    assert abs(pull.mean()) < 0.2
    noise = [fit.noise for fit in fits]
    assert np.mean(noise) == pytest.approx(SIGMA, rel=0.02)


def test_a_given_noise_is_believed_and_weighs_the_tones():
    sigma = np.array([0.02, 0.3, 0.02, 0.3, 0.02, 0.3, 0.02])
    true = 1e-3
    random = np.random.default_rng(3)
    pulls = []
    for seed in range(300):
        z = measured(true, 4, seed)
        z = z + sigma * (random.normal(size=z.shape) + 1j * random.normal(size=z.shape))
        fit = fit_delay(TONES, z, longest=3e-3, noise=sigma)
        pulls.append((fit.delay - true) / fit.standard_error)
    assert np.var(pulls) == pytest.approx(1.0, abs=0.25)


def test_tones_too_far_apart_leave_several_delays_and_a_warning():
    # Squared, tones of 500 and 700 Hz repeat themselves together after 1/200 Hz = 5 ms.
    tones = np.array([500.0, 700.0])
    fit = fit_delay(tones, measured(1e-3, 6, 1, SIGMA, tones), longest=8e-3)
    near = np.r_[fit.delay, fit.alternatives]
    assert np.min(np.abs(near - 1e-3)) < 1e-4
    assert np.min(np.abs(near - 6e-3)) < 1e-4
    assert "cannot be told from" in fit.warning
    assert fit_delay(tones, measured(1e-3, 6, 1, SIGMA, tones), longest=2e-3).warning == ""


def test_a_delay_at_the_edge_of_the_search_is_warned_of():
    fit = fit_delay(TONES, measured(1.05e-3), longest=1e-3)
    assert fit.at_edge
    assert fit.warning == "a delay of 0.001 s is the longest one searched: search further"


def test_the_period_of_ambiguity_is_that_of_the_bins():
    # Odd multiples of 10 Hz, squared multiples of 20 Hz with odd factors: 1/20 s.
    assert fit_delay(TONES, measured(0.0), longest=1e-3).period == pytest.approx(0.05)
    assert fit_delay(np.array([500.0, 700.0]), [1.0, 2.0], longest=1e-3).period == pytest.approx(
        1 / 200
    )
    irrational = np.array([100.0, 100.0 * np.sqrt(2)])
    assert fit_delay(irrational, [1.0, 2.0], longest=1e-3).period == np.inf


def test_a_known_path_doubles_the_range_and_shows_an_inversion():
    known = np.linspace(0.1, 0.2, 7)
    z = -2.0 * known * np.exp(-2j * np.pi * TONES * 1e-4) * np.ones((3, 1))
    fit = fit_phase(TONES, z, known=known, delay=1e-4)
    turned = np.mod(fit.phase + 2 * np.pi * TONES * 1e-4, 2 * np.pi)
    np.testing.assert_allclose(turned, np.pi, rtol=1e-12)
    np.testing.assert_allclose(fit.gain, 2.0, rtol=1e-12)
    assert not fit.doubtful.any()
    # The path does not invert here, so the delay comes out without squares, too.
    assert fit_delay(TONES, -z, known=known, longest=6e-3).delay == pytest.approx(1e-4, abs=1e-14)


def test_phases_of_a_low_pass_follow_the_delay_and_have_right_errors():
    path = np.exp(-2j * np.pi * TONES * 1e-3) / (1 + 1j * TONES / 2000.0)
    random = np.random.default_rng(4)
    true = -2 * np.pi * TONES * 1e-3 - np.arctan(TONES / 2000.0)
    pulls = []
    for _ in range(300):
        z = random.choice([-1.0, 1.0], (8, 7)) * path
        z = z + SIGMA * (random.normal(size=z.shape) + 1j * random.normal(size=z.shape))
        delay = fit_delay(TONES, z, longest=3e-3).delay
        fit = fit_phase(TONES, z, delay=delay)
        assert not fit.doubtful.any()
        pulls.append((fit.phase - true) / fit.standard_error)
    # Student's t with 7 degrees of freedom has the variance 7/5; 2100 pulls know it to 8 %.
    assert np.var(pulls) == pytest.approx(7 / 5, abs=0.3)


def test_a_phase_far_from_the_delay_is_doubtful():
    z = np.array([[1.0, np.exp(1j)], [-1.0, np.exp(1j)]])
    assert fit_phase([500.0, 700.0], z).doubtful.tolist() == [False, True]


def test_derotation_keeps_the_sign_and_leaves_no_quadrature():
    signed = np.array([0.5, -0.3, 2.0])
    phase, gain = np.array([1.0, -2.0, 3.0]), np.array([0.5, 1.0, 2.0])
    amplitude, quadrature = derotate(signed * gain * np.exp(1j * phase), phase, gain)
    np.testing.assert_allclose(amplitude, signed, rtol=1e-14)
    np.testing.assert_allclose(quadrature, 0.0, atol=1e-15)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: fit_delay(TONES, np.ones(3), longest=1.0),
            "the calibration needs finite z of shape (W, 7), got shape (3,)\n"
            "  mend give I + jQ with one row per window and one column per tone",
        ),
        (
            lambda: fit_delay(TONES, np.ones(7), longest=1e-3, shortest=1e-3),
            "fit_delay has no delays to search from 0.001 s to 0.001 s\n"
            "  mend give longest above shortest",
        ),
        (
            lambda: fit_delay(TONES, np.zeros(7), longest=1e-3),
            "fit_delay was given no signal: all z are 0\n"
            "  mend look whether the tones arrive at all",
        ),
        (
            lambda: fit_delay([50.0], [1.0], longest=1e-3),
            "fit_delay cannot tell noise from signal with one tone in one window\n"
            "  mend give noise, or z of several tones, windows or operating points",
        ),
        (
            lambda: fit_phase(TONES, np.ones(7)),
            "fit_phase cannot tell noise from signal in one window\n"
            "  mend give z of several windows or operating points, or noise",
        ),
        (
            lambda: fit_delay(TONES, np.ones(7), longest=1e5),
            "fit_delay would search 2424000002 delays from 0 s to 100000 s\n"
            "  mend give a shorter longest: converters and amplifiers delay by milliseconds",
        ),
        (
            lambda: fit_phase(TONES, np.ones((2, 7)), known=np.ones(3)),
            "the calibration has z of shape (2, 7), but known of shape (3,)\n"
            "  mend give known one amplitude per tone, or per window and tone",
        ),
    ],
)
def test_refuses_what_cannot_be_fitted(call, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        call()
