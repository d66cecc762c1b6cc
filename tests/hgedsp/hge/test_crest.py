"""Crest factors, against the sum written out."""

import numpy as np
import pytest

from hgedsp.errors import ParameterError
from hgedsp.hge.crest import crest_factor, low_crest_phases, schroeder_phases

SIDON = np.array([51, 53, 59, 71, 87, 97, 101])


def by_hand(bins, amplitude, phase):
    time = np.arange(200_000) / 200_000
    wave = (amplitude[:, None] * np.sin(2 * np.pi * bins[:, None] * time + phase[:, None])).sum(0)
    return np.abs(wave).max() / np.sqrt(np.mean(wave**2))


@pytest.mark.parametrize("bins", [SIDON, np.array([5, 9, 13, 19, 23]), np.array([7])])
def test_crest_factor_is_peak_over_rms(bins):
    generator = np.random.default_rng(2)
    amplitude, phase = generator.uniform(0.5, 2, len(bins)), generator.uniform(0, 6, len(bins))
    expected = by_hand(bins, amplitude, phase)
    assert crest_factor(bins, amplitude, phase) == pytest.approx(expected, rel=0.02)


def test_crest_factor_takes_lists_and_one_number_for_all():
    assert crest_factor([3, 5], 0.1, 0.0) == pytest.approx(
        crest_factor(np.array([3, 5]), np.full(2, 0.1), np.zeros(2))
    )


@pytest.mark.parametrize(
    ("bins", "amplitude", "phase", "text"),
    [
        ([3, 5], [0.1] * 3, 0.0, "3 and 1 for 2 tones"),
        ([3, 5], 0.0, 0.0, "amplitude 0"),
        ([3, 5.5], 0.1, 0.0, "whole numbers"),
        ([3, 5], 0.1, np.nan, "phase"),
    ],
)
def test_crest_factor_refuses(bins, amplitude, phase, text):
    with pytest.raises(ParameterError, match=text):
        crest_factor(bins, amplitude, phase)


def test_schroeder_phases_flatten_a_dense_comb():
    bins = np.arange(1001, 1129, 2)
    ones = np.ones(64)
    assert crest_factor(bins, ones, np.zeros(64)) > 10
    assert crest_factor(bins, ones, schroeder_phases(ones)) < 2.0
    # -pi n (n - 1) / K up to a shift in time: its second differences are -2 pi / K.
    bend = np.exp(1j * np.diff(schroeder_phases(ones), 2))
    np.testing.assert_allclose(bend, np.exp(-2j * np.pi / 64), atol=1e-12)


@pytest.mark.parametrize("bins", [SIDON, np.arange(1001, 1129, 2), np.array([7])])
def test_sought_phases_are_no_worse_than_schroeders(bins):
    ones = np.ones(len(bins))
    found = crest_factor(bins, ones, low_crest_phases(bins, ones))
    assert found <= 1.005 * crest_factor(bins, ones, schroeder_phases(ones))


def test_sought_phases_of_a_comb_come_near_the_best():
    bins = np.arange(1001, 1129, 2)
    ones = np.ones(64)
    assert crest_factor(bins, ones, low_crest_phases(bins, ones)) < 1.7
