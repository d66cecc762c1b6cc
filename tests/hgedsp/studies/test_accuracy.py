"""The study of accuracy: what is predicted is measured, and a wrong prediction fails."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from hgedsp.blocks import SurrogateDevice
from hgedsp.devices import load_device
from hgedsp.hge import plan_expectation
from hgedsp.studies.accuracy import measure
from hgedsp.studies.accuracy_case import Case, Ratio
from hgedsp.studies.accuracy_result import Accuracy
from hgedsp.studies.accuracy_subjects import polynomial_subject, surrogate_subject

MEASURED = Path(__file__).parents[3] / ".." / "shared" / "data" / "rnpu_surrogate.npz"


@pytest.fixture(scope="module")
def subject():
    return polynomial_subject(7, np.random.default_rng(1))


@pytest.fixture(scope="module")
def cases(subject):
    # 1600 values of whole windows and 400 behind poles; variances of 7 tones to 2 and 4 %.
    return measure(subject, 1600, seed=5)


def test_all_noises_and_filters_are_as_predicted(cases):
    assert len({(case.noise, case.filter) for case in cases}) == 9
    assert {case.repeats for case in cases} == {1600, 400}
    assert all(case.agrees(strictly=False) for case in cases)
    # The boxcar has enough of them to be sure.
    assert all(case.agrees(strictly=True) for case in cases if case.filter == "boxcar")


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 2.0, -1.0])
def test_a_wrong_bias_is_found_out(cases, factor):
    for case in cases:
        wrong = case.gradient + factor * case.predicted_bias
        assert not dataclasses.replace(case, predicted_mean=wrong).agrees(strictly=False)


def test_a_bias_at_the_wrong_tones_is_found_out(cases):
    """Even if the ratio of all together is right."""
    case = cases[0]
    bias = case.predicted_bias
    other = np.roll(bias, 1)
    aside = other - bias * (other @ bias) / (bias @ bias)
    wrong = dataclasses.replace(case, predicted_mean=case.predicted_mean + 0.5 * aside)
    assert not wrong.agrees(strictly=False)
    assert wrong.unexplained > 0.1


@pytest.mark.parametrize("factor", [0.5, 0.75, 4 / 3, 2.0])
def test_a_wrong_variance_is_found_out(cases, factor):
    for case in cases:
        wrong = dataclasses.replace(case, predicted_variance=factor * case.predicted_variance)
        assert not wrong.agrees(strictly=False)


def test_efficiency_is_one_and_a_wasteful_estimator_fails(subject, cases):
    result = Accuracy(tuple(cases), "rnpu", 5, quick=True)
    assert result.success
    assert abs(result.efficiency.value - 1) < 2 * result.efficiency.half_width
    # Half of each window thrown away: the variance doubles.
    best = next(case for case in cases if case.bound is not None)
    wasted = dataclasses.replace(best, bound=best.bound / 2)
    assert not Accuracy((*cases[1:], wasted), "rnpu", 5, quick=True).success


def test_tells_it_in_all_forms(cases):
    result = Accuracy(tuple(cases), "rnpu", 5, quick=True)
    lines = result.text().splitlines()
    assert lines[0].startswith("device")
    assert lines[-1] == "PASSED"
    assert lines[10].startswith("9 of 9 cases agree")
    numbers = json.loads(json.dumps(result.numbers()))
    assert numbers["success"] is True
    assert len(numbers["cases"]) == 9
    assert result.arrays()["case_00_bias_predicted_A_per_V"].shape == (7,)
    figure = Figure()
    result.draw(figure)
    assert len(figure.axes) == 3


def test_an_interrupted_study_has_not_passed(cases):
    assert not Accuracy(tuple(cases), "rnpu", 5, quick=True, interrupted=True).success
    nothing = Accuracy((), "rnpu", 5, quick=True, interrupted=True)
    assert not nothing.success
    nothing.draw(Figure())
    assert "FAILED" in nothing.text()


def test_ratios_are_judged_by_their_interval():
    assert Ratio(1.05, 0.02).agrees(strictly=True)
    assert not Ratio(1.07, 0.02).agrees(strictly=True)
    assert Ratio(1.12, 0.02).agrees(strictly=False)
    assert not Ratio(1.15, 0.02).agrees(strictly=False)


def test_copies_of_a_network_are_added_up():
    """64 tones on ten copies of seven electrodes, six of which stand still."""
    network = load_device("rnpu")
    found = surrogate_subject(network, "rnpu", 64, np.random.default_rng(3))
    assert found.gradient.shape == found.expected.shape == (64,)
    # In copies that share no voltage the bias is that of each copy, and of products on tones.
    assert np.linalg.norm(found.bias) < np.linalg.norm(found.gradient)


@pytest.mark.skipif(not MEASURED.exists(), reason="the model of a measured device is not here")
def test_model_of_a_measured_device():
    network = SurrogateDevice.load(MEASURED)
    found = surrogate_subject(network, "measured", 1, np.random.default_rng(2))
    cases = measure(found, 1600, seed=6)
    assert all(case.agrees(strictly=False) for case in cases)


def test_repeats_behind_poles_hardly_know_each_other(cases):
    case = next(c for c in cases if c.filter == "1 pole" and c.noise == "white")
    values = case.values - case.values.mean(axis=0)
    together = np.mean(values[1:] * values[:-1], axis=0) / values.var(axis=0)
    # exp(-8) in theory; 400 values know it to 0.05, seven tones together to 0.02.
    assert abs(together.mean()) < 0.06


def test_expected_is_the_direct_sum_for_a_polynomial(subject):
    """The whole window of the study's own subject, without noise, through another way."""
    plan = subject.plan
    lines = np.fft.ifft(subject.lines) * plan.samples
    again = plan_expectation(
        lambda v: lines.real, np.zeros(7), subject.amplitude, plan.bins, plan.phase, plan.samples
    )
    np.testing.assert_allclose(again, subject.expected, rtol=1e-9)


def test_case_needs_no_bound(cases):
    assert isinstance(cases[1], Case)
    assert cases[1].efficiency is None
