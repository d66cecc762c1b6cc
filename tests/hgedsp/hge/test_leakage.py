"""Neighbours: numbers of Fig. 3b, and a direct simulation of one of its points."""

import numpy as np
import pytest

from hgedsp.errors import ParameterError
from hgedsp.hge import (
    boxcar_response,
    equal_noise_filters,
    mean_square_leakage,
    noise_bandwidth,
    poles_response,
    spacing_curve,
    window_response,
)
from hgedsp.hge.leakage import boxcar_spacing, low_pass_spacing

RATE = 1e5
FILTERS = equal_noise_filters(0.1, RATE)


@pytest.mark.parametrize(
    ("name", "passed"),
    [
        ("1 pole", [0.303, 0.079, 0.032]),
        ("2 poles", [0.288, 0.025, 0.0040]),
        ("4 poles", [0.259, 0.0037, 0.00011]),
    ],
)
def test_neighbours_at_10_40_and_100_hz(name, passed):
    """Filters that pass as much noise as 0.1 s of averaging."""
    found = np.abs(FILTERS[name](np.array([10.0, 40.0, 100.0]), RATE))
    # Half a unit of the last of two digits.
    np.testing.assert_allclose(found, passed, rtol=0.05)


def test_windows_off_whole_periods():
    """rms over phase per unit amplitude: boxcar 0.7/(pi df T), Hann far less."""
    spacing = np.array([1.5, 2.5, 4.5])[:, np.newaxis] / 0.1
    boxcar = np.sqrt(2 * mean_square_leakage(boxcar_response(1000), 1e4, spacing))
    np.testing.assert_allclose(boxcar, [0.212, 0.127, 0.0707], rtol=0.01)
    hann = window_response(np.hanning(1001)[:-1])
    found = np.sqrt(2 * mean_square_leakage(hann, 1e4, spacing))
    np.testing.assert_allclose(found, [0.170, 0.024, 0.0037], rtol=0.02)


def test_filters_pass_the_same_noise():
    for name, response in FILTERS.items():
        assert noise_bandwidth(response, RATE) == pytest.approx(5.0, rel=1e-6), name


def curve(name, spacing, **more):
    return spacing_curve(FILTERS[name], RATE, spacing, signal=0.1e-9, amplitude=0.02, **more)


def test_whole_periods_take_the_penalty_away():
    found = curve("boxcar", [10.0, 20.0, 40.0, 100.0])
    assert found.sequential == pytest.approx(1e-23 / (0.1 * 0.02**2), rel=1e-9)
    np.testing.assert_allclose(found.excess, 0.0, atol=1e-9)


def test_poles_pay_for_near_and_strong_neighbours():
    for name in ("1 pole", "2 poles", "4 poles"):
        found = curve(name, np.array([10.0, 40.0, 160.0]))
        assert found.sequential == pytest.approx(1e-23 / (0.1 * 0.02**2), rel=1e-5)
        assert np.all(np.diff(found.parallel, axis=1) < 0)  # falls with the spacing
        assert np.all(np.diff(found.parallel, axis=0) > 0)  # rises with the strength
        # The leak goes with the square of the neighbours' strength.
        np.testing.assert_allclose(found.excess[2] / found.excess[0], 400.0, rtol=1e-9)


def test_a_point_of_the_curve_is_what_signals_show():
    """Two neighbours of random phases through the real filter, without noise."""
    rng = np.random.default_rng(8)
    rate, tau, order = 2e4, 4e-3, 2
    response = poles_response(tau, order)
    t = np.arange(3000) / rate
    impulse_at_end = np.fft.irfft(response(np.fft.rfftfreq(4096, 1 / rate), rate), 4096)[:3000]
    weights = 2 * impulse_at_end[::-1] * np.sin(2 * np.pi * 3000 * t)
    phases = rng.uniform(0, 2 * np.pi, (2, 4000))
    leaks = sum(
        weights @ np.sin(2 * np.pi * f * t[:, np.newaxis] + phase)
        for f, phase in zip((2950.0, 3050.0), phases, strict=True)
    )
    expected = mean_square_leakage(response, rate, [-50.0, 50.0])
    # 4000 draws know a mean square of this kind to 3 %.
    assert np.mean(leaks**2) == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize("order", [1, 2, 4])
def test_low_pass_lets_through_the_leakage_at_its_spacing(order):
    """Sampled so often that poles are those of the analog filter."""
    spacing = low_pass_spacing(0.01, 0.05, order)
    assert abs(poles_response(0.05, order)(np.array([spacing]), 1e6)[0]) == pytest.approx(
        0.01, rel=1e-4
    )


def test_window_lets_through_no_more_than_the_leakage_beyond_its_spacing():
    window, rate = 0.1, 1e5
    spacing = boxcar_spacing(0.02, window)
    beyond = np.linspace(spacing, 10 * spacing, 2000)
    passed = np.abs(boxcar_response(round(window * rate))(beyond, rate))
    assert passed.max() <= 0.02 * (1 + 1e-4)
    assert passed[beyond < spacing + 1 / window].max() > 0.019


def test_leakage_is_a_share():
    for spacing in (lambda: boxcar_spacing(1.0, 0.1), lambda: low_pass_spacing(0.0, 0.1)):
        with pytest.raises(ParameterError, match=r"^leakage is a share between 0 and 1, got"):
            spacing()
