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
    return Comparison(setting, multi, single, truth, truth)


def figure(*comparisons):
    return Figure3("made up", 1, comparisons)


def test_a_window_of_whole_periods_is_expected_to_cost_nothing():
    both = comparison(10.0, 1.0).expected_errors
    assert both[0] == pytest.approx(both[1], rel=1e-12)


def test_a_low_pass_is_expected_to_let_near_neighbours_through():
    near, far = (comparison(f, 1.0, order=4).expected_errors for f in (10.0, 40.0))
    assert near[0] > 2 * near[1]
    # The 4-pole low-pass passes 2.5 % of a neighbour 40 Hz away.
    assert far[0] == pytest.approx(far[1], rel=0.1)


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
