from dataclasses import replace

import numpy as np
import pytest

from hgedsp.reproduce.fig3 import Comparison, Figure3
from hgedsp.studies.derivatives import Setting


def comparison(spacing, multi_error, order=0):
    generator = np.random.default_rng(1)
    truth = generator.normal(0, 1e-8, (500, 7))
    setting = Setting(spacing, order=order)
    deviation = np.sqrt(setting.density / setting.time) / setting.amplitude
    single = truth + deviation * generator.normal(size=truth.shape)
    multi = truth + multi_error * deviation * generator.normal(size=truth.shape)
    return Comparison(setting, multi, single, truth, truth, truth)


def figure(*comparisons):
    return Figure3("made up", 1, comparisons)


def test_theory_is_noise_and_what_is_there_without_it():
    quiet = comparison(10.0, 1.0)
    assert quiet.expected_errors[0] == pytest.approx(quiet.expected_errors[1], rel=1e-12)
    off = replace(quiet, noiseless=quiet.multi_truth[:100] + 2e-9)
    assert off.disturbance == pytest.approx(4e-18)
    assert off.expected_errors[0] - off.expected_errors[1] == pytest.approx(4e-18)


def test_what_amplitudes_smooth_is_told_apart_from_what_tones_cost():
    near = comparison(40.0, 1.0)
    far = replace(near, multi=near.multi + 1e-9, multi_truth=near.multi_truth + 1e-9)
    assert far.cost == pytest.approx(near.cost)
    single = far.errors[1]
    assert far.whole_cost == pytest.approx(near.cost + 1e-18 / single, rel=0.05)


@pytest.mark.parametrize("spacing", [40.0, 0.0])
def test_errors_beyond_a_tenth_are_no_success(spacing):
    assert figure(comparison(spacing, 1.0)).success
    assert not figure(comparison(spacing, 1.2)).success


def test_the_table_says_what_the_paper_does_not():
    text = figure(comparison(10.0, 1.0), comparison(40.0, 1.0)).text()
    assert "1000 (caption of figure 3)" in text
    assert "not stated" in text
    assert "Boon et al. (2025)" in text


def test_numbers_and_arrays_belong_together():
    found = figure(comparison(10.0, 1.0), comparison(40.0, 1.0, order=4))
    (first, second) = found.numbers()["comparisons"]
    assert (first["filter"], second["filter"]) == ("window", "4-pole low-pass")
    assert found.arrays()["multi_40_Hz_4_poles_A_per_V"].shape == (500, 7)


def test_what_is_left_of_a_stopped_figure_is_said():
    found = replace(figure(comparison(10.0, 1.0)), interrupted=True)
    text = found.text()
    assert "MSE multi over single, 10 Hz apart, 500 points, window" in text
    # Only the wider spacing says what all tones at once cost.
    assert "all tones at once take 7 times less time" in text
    assert not replace(figure(comparison(40.0, 1.0)), interrupted=True).success


def test_a_figure_stopped_before_its_first_points_says_so():
    assert Figure3("made up", 1, (), interrupted=True).text() == (
        "too few derivatives to compare (device made up, seed 1)"
    )
