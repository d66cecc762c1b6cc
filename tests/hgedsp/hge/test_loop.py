"""Stability, against closed forms and against compiled loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.blocks import (
    Delay,
    GradientDescent,
    Hold,
    IntegrateAndDump,
    LowPass,
    Mixer,
    PolynomialDevice,
    ToneGenerator,
)
from hgedsp.graph import Graph
from hgedsp.hge import (
    LearningLoop,
    largest_curvature,
    largest_learning_rate_of_poles,
    largest_learning_rate_of_windows,
    poles_response,
    time_scales,
)

RATE, TAU, TONE, AMPLITUDE = 1e6, 2e-4, 125e3, 0.05
CURVATURE = 2.0  # of (q v)^2 with q = 1


def test_limits_of_poles_are_the_table():
    found = [largest_learning_rate_of_poles(1.0, n, 1.0) for n in (1, 2, 3, 4, 6, 8)]
    np.testing.assert_allclose(found, [np.inf, 2.0, 0.889, 0.569, 0.330, 0.232], rtol=3e-3)


@pytest.mark.parametrize("order", [2, 3, 4, 8])
def test_nyquist_finds_the_limits_of_poles(order):
    loop = LearningLoop(poles_response(1.0, order), 1e5, 3.0)
    expected = largest_learning_rate_of_poles(1.0, order, 3.0)
    assert loop.largest_learning_rate == pytest.approx(expected, rel=1e-4)


@settings(max_examples=40, deadline=None)
@given(order=st.integers(1, 5), tau=st.floats(1, 40), delay=st.integers(0, 20))
def test_nyquist_finds_where_a_root_leaves_the_unit_circle(order, tau, delay):
    """(z - 1) (z - d)^n z^delay + k (1 - d)^n z^n = 0, by its roots."""
    d = np.exp(-1 / tau)
    loop = LearningLoop(poles_response(tau, order), 1.0, 1.0, delay)
    limit = loop.largest_learning_rate
    open_part = np.polymul([1.0, -1.0], np.poly([d] * order))
    open_part = np.append(open_part, np.zeros(delay))
    closing = np.append((1 - d) ** order, np.zeros(order))

    def largest(gain):
        return np.abs(np.roots(np.polyadd(open_part, gain * closing))).max()

    assert largest(0.995 * limit) < 1 + 1e-9
    assert largest(1.005 * limit) > 1


@pytest.mark.parametrize(("late", "limit"), [(0, 2.0), (1, 1.0), (2, 0.618)])
def test_limits_of_windows(late, limit):
    assert largest_learning_rate_of_windows(0.5, 1.0, late) == pytest.approx(limit / 0.5, rel=1e-3)
    growth = np.abs(np.roots([1.0, -1.0, *[0.0] * (late - 1), limit][: late + 2]))
    if late:
        assert growth.max() == pytest.approx(1.0, abs=1e-3)


def test_bandwidth_and_margin_of_a_slow_loop():
    loop = LearningLoop(poles_response(1e-3), 1e6, 2.0)
    slow = 0.01 / (2.0 * 1e-3)  # eta lambda tau = 0.01
    # A lone sum: abs(L) = eta lambda / (2 pi f), a quarter of a turn behind.
    assert loop.bandwidth(slow) == pytest.approx(2 * slow / (2 * np.pi), rel=1e-3)
    assert loop.phase_margin(slow) == pytest.approx(np.pi / 2 - 0.01, abs=1e-3)
    limit = LearningLoop(poles_response(1e-3, 4), 1e6, 2.0).largest_learning_rate
    margin = LearningLoop(poles_response(1e-3, 4), 1e6, 2.0).phase_margin(limit)
    assert margin == pytest.approx(0.0, abs=1e-6)


def learn(order, learning_rate, samples, delay=0):
    """Run the real loop on loss = v^2 from v = 0.1, and return v over time."""
    tone = ToneGenerator([TONE], AMPLITUDE)
    updater = GradientDescent(learning_rate / RATE, [0.1], name="updater")
    loss = PolynomialDevice([0.0], quadratic=[1.0])(updater.parameters + tone.perturbation)
    if delay:
        # Both are late alike: the loop is, and the phase of the tone is not.
        loss, reference = Delay(delay)(loss), Delay(delay)(tone.in_phase)
    else:
        reference = tone.in_phase
    updater(LowPass(TAU, order)(Mixer(2 / AMPLITUDE)(loss, reference)))
    return Graph(RATE, {"v": updater.parameters}).compile().process(samples)["v"]


def growth(v):
    """Amplitude at the end over that at the start; each part is longer than a swing."""
    part = v.size // 4
    return np.ptp(v[-part:]) / np.ptp(v[:part])


@pytest.mark.parametrize(("order", "delay"), [(2, 0), (4, 0), (1, 100)])
def test_a_compiled_loop_is_stable_just_below_and_unstable_just_above(order, delay):
    limit = LearningLoop(LowPass(TAU, order).response, RATE, CURVATURE, delay)
    eta = limit.largest_learning_rate
    assert growth(learn(order, 0.96 * eta, 60_000, delay)) < 0.8
    assert growth(learn(order, 1.04 * eta, 60_000, delay)) > 1.25


def test_one_pole_stands_far_more_than_four():
    eta = LearningLoop(LowPass(TAU, 4).response, RATE, CURVATURE).largest_learning_rate
    assert growth(learn(1, 2 * eta, 40_000)) < 0.1
    assert LearningLoop(LowPass(TAU, 1).response, RATE, CURVATURE).largest_learning_rate > 100 * eta


@pytest.mark.parametrize(("share", "settles"), [(0.97, True), (1.03, False)])
def test_updates_once_per_window(share, settles):
    window = 80
    eta = share * largest_learning_rate_of_windows(window / RATE, CURVATURE)
    tone = ToneGenerator([TONE], AMPLITUDE)
    updater = GradientDescent(eta * window / RATE, [0.1], name="updater")
    from_hold = Graph(RATE, {"v": _windowed(tone, updater, window)}).compile()
    v = from_hold.process(100 * window)["v"]
    assert (abs(v[-1]) < abs(v[0])) == settles


def _windowed(tone, updater, window):
    seen = Hold(window)(updater.parameters)
    loss = PolynomialDevice([0.0], quadratic=[1.0])(seen + tone.perturbation)
    updater(IntegrateAndDump(window)(Mixer(2 / AMPLITUDE)(loss, tone.in_phase)))
    return updater.parameters


def test_largest_curvature():
    assert largest_curvature(np.array([[2.0, 1.0], [1.0, 2.0]])) == pytest.approx(3.0)
    assert largest_curvature(np.array([[-1.0]])) == 0.0


def test_time_scales_say_what_is_too_near():
    good = time_scales([50e3, 52e3], 1e-3, 1, 10.0, 2.0, 1e6)
    assert good.warnings == ()
    assert good.learning_to_averaging == pytest.approx(0.02)
    assert good.averaging_to_spacing == pytest.approx(1 / (2 * np.pi * 2000 * 1e-3))
    assert "tones to device" in str(good)
    bad = time_scales([100.0, 101.0], 1e-3, 4, 1e3, 2.0, 200.0)
    assert len(bad.warnings) == 5
