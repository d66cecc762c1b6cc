"""Every estimator against known answers, and what is made of all of them."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from hgedsp.blocks import PolynomialDevice
from hgedsp.hge.estimators import ExpectedError
from hgedsp.studies import estimators
from hgedsp.studies.estimators_bench import Bench, Noise
from hgedsp.studies.estimators_devices import many_electrodes
from hgedsp.studies.estimators_methods import METHODS
from hgedsp.studies.estimators_result import EstimatorsResult, Measured
from hgedsp.studies.estimators_tones import PlannedTones

SLOPES = 1e-8 * np.array([1.0, -0.4, 0.2])
QUIET = Noise(white=1e-40, flicker=1e-39)  # of the usual colour
EXACT = [m for m in METHODS if m.label != "SPSA" and not m.of_loss]


def bench(noise=QUIET, samples=4000, device=None):
    return Bench(
        device=device or PolynomialDevice(SLOPES, np.full(3, 1e-5), np.zeros(3)),
        point=np.array([0.1, -0.2, 0.3]),
        amplitude=0.01,
        samples=samples,
        settle=4,
        noise=noise,
        band=(3300.0, 6600.0),
        offset=1e-8,
        rate=40e3,
        seed=1,
    )


@pytest.mark.parametrize("method", EXACT, ids=lambda m: m.label)
def test_exact_on_a_device_of_second_order_without_noise(method):
    found = method.measure(bench(), 2, np.random.default_rng(0))
    np.testing.assert_allclose(found, np.tile(bench().gradient, (2, 1)), rtol=1e-7)


def test_the_gradient_of_a_loss_is_found_but_for_its_coupling():
    method = PlannedTones(of_loss=True)
    # Linear, so that the loss is of second order.
    quiet = bench(device=PolynomialDevice(SLOPES, np.zeros(3), np.zeros(3)))
    found = method.measure(quiet, 1, np.random.default_rng(0))
    np.testing.assert_allclose(found[0], quiet.loss_gradient, rtol=1e-3)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.label)
def test_error_under_noise_is_what_theory_says(method):
    noisy = replace(bench(Noise()), seed=7)
    repeats = 80
    found = method.measure(noisy, repeats, np.random.default_rng(1))
    truth = noisy.loss_gradient if method.of_loss else noisy.gradient
    expected = method.expect(noisy)
    error = float(((found - truth) ** 2).sum(axis=1).mean() / (truth**2).sum())
    # 240 errors squared: 9 % standard deviation, more where one electrode dominates.
    allowed = 4 * expected.spread(truth, repeats)
    assert abs(error - expected.relative(truth)) < allowed
    assert allowed < 0.8 * expected.relative(truth) or method.of_loss


def test_switching_is_as_fast_as_pays_and_no_time_is_left_over():
    fast, slow = METHODS[2], METHODS[3]
    dwell, cycles = fast.plan(bench(Noise()))
    assert 5 <= dwell < 20
    assert 4000 - 6 * dwell < 6 * dwell * cycles <= 4000
    assert slow.plan(bench(Noise())) == (666, 1)


def test_too_little_time_is_said():
    short = bench(samples=20)
    assert [m.fits(short) for m in METHODS[1:4]] == [False, False, False]


def test_truth_of_the_loss_is_the_slope_of_the_loss():
    b = bench()
    step = 1e-5 * np.eye(3)
    loss = [
        (np.asarray(b.known.current(b.point + side * step)) - b.target) ** 2 for side in (1, -1)
    ]
    np.testing.assert_allclose(b.loss_gradient, (loss[0] - loss[1]) / 2e-5, rtol=1e-6)


@pytest.mark.parametrize("electrodes", [1, 2, 64])
def test_devices_of_any_size_bend_alike(electrodes):
    device = many_electrodes(electrodes, np.random.default_rng(2))
    slopes = np.sort(np.abs(device.linear))
    assert slopes[-1] / slopes[0] == pytest.approx(10.0 if electrodes > 1 else 1.0)
    b = replace(bench(device=device), point=np.zeros(electrodes))
    share = np.linalg.norm(PlannedTones().expect(b).bias) / np.linalg.norm(device.linear)
    # 0.3 % if many electrodes share it, half of that for one alone.
    assert 0.0014 < share < 0.0031


def point(label, error=1e-4, expected=1e-4, sweep="electrodes", electrodes=64):
    method = next(m for m in METHODS if m.label == label)
    values = {"deviation": 1e-6, "floor": 1e-6, "angle": 0.01, "expected_angle": 0.01}
    return Measured(
        sweep, label, method.of_loss, electrodes, 10.0, 0.01, error, expected=expected, **values
    )


def result(**errors):
    points = [point(m.label, *[errors.get(m.label.split(",")[0], 1e-3)] * 2) for m in METHODS[1:]]
    points += [point(m.label, sweep="time", electrodes=7) for m in METHODS]
    points += [point(METHODS[0].label)]
    return EstimatorsResult(tuple(points), "rnpu", 0, False, False)


def test_success_needs_hge_below_its_rivals_and_all_points_on_theory():
    good = result()
    assert good.success
    assert not result(SPSA=1e-5).success
    off = replace(good, points=(*good.points, point("Walsh codes", 2e-4, electrodes=8)))
    assert off.hge_is_best
    assert not off.success
    assert "1 off theory" in off.text()
    assert not replace(good, interrupted=True).success
    assert not replace(good, points=()).success


def test_hge_is_not_said_to_lose_a_comparison_that_was_not_made():
    good = result()
    assert good.text().endswith("at K = 64, equal peak and time")
    assert result(SPSA=1e-5).text().endswith("is not below finite differences and SPSA at K = 64")
    partly = replace(good, points=good.points[:4], interrupted=True)
    assert partly.text().endswith("were not all measured at K = 64")


def test_what_is_told_and_drawn():
    good = result()
    text = good.text()
    assert all(method.label in text for method in METHODS)
    assert good.numbers()["success"] is True
    assert len(good.numbers()["points"]) == len(good.points) == len(good.arrays()["time_s"])
    figure = Figure(layout="constrained")
    good.draw(figure)
    assert len(figure.axes) == 3


def test_a_measured_point_compares_with_the_truth():
    truth = np.array([3.0, 4.0])
    estimate = truth + np.array([[0.1, 0.0], [-0.1, 0.0], [0.0, 0.1], [0.0, -0.1]])
    expected = ExpectedError(np.zeros(2), np.full(2, 0.005))
    made = Measured.of("time", METHODS[0], 2, 1.0, 0.01, estimate, truth, expected)
    assert made.error == pytest.approx(0.01 / 25)
    assert made.expected == pytest.approx(0.01 / 25)
    assert made.agrees


def test_a_study_of_few_points_runs_through(monkeypatch):
    monkeypatch.setattr(estimators, "_QUICK", estimators._Plan({0.05: 2}, (), 0.1, 2))
    monkeypatch.setattr(estimators, "METHODS", METHODS[:1])
    monkeypatch.setattr(estimators, "_COMPARED", 3)
    found = estimators.run(device=None, seed=0, quick=True, progress=False)
    assert [p.sweep for p in found.points] == ["time", "white", "power"]
    assert all(p.possible and p.agrees for p in found.points)
    assert not found.success  # nothing was measured at K = 64
