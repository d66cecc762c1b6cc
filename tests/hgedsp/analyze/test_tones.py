"""Tones as files tell them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hgedsp.analyze import tones_from
from hgedsp.errors import ParameterError

HERTZ = {"frequency_Hz": [100.0, 200.0], "amplitude_V": [0.1, 0.2]}
CYCLES = {"frequency_cycles_per_sample": [0.1, 0.2], "amplitude_V": 0.1}


def test_one_amplitude_stands_for_all_tones():
    tones = tones_from(CYCLES, None, "t.npz")
    np.testing.assert_array_equal(tones.amplitude, [0.1, 0.1])
    assert not tones.phase_known


def test_cycles_per_sample_need_no_sample_rate_but_use_it():
    tones = tones_from(CYCLES, None, "t.npz")
    assert tones.in_cycles
    assert tones.rate == 1.0
    tones = tones_from(CYCLES, 1000.0, "t.npz")
    assert not tones.in_cycles
    np.testing.assert_array_equal(tones.frequency, [100.0, 200.0])


def test_the_rate_of_the_trace_counts_more_than_that_of_the_tones():
    assert tones_from({**HERTZ, "sample_rate_Hz": 900.0}, None, "t").rate == 900
    assert tones_from({**HERTZ, "sample_rate_Hz": 900.0}, 800.0, "t").rate == 800


def test_a_delay_turns_the_phase_back():
    tones = tones_from({**HERTZ, "phase_rad": [1.0, 2.0], "delay_s": 1e-3}, 1000.0, "t")
    expected = [1.0 - 0.2 * np.pi, 2.0 - 0.4 * np.pi]
    np.testing.assert_allclose(tones.generator.phase, expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("arrays", "rate", "what", "mend"),
    [
        (
            {"amplitude_V": 0.1},
            1.0,
            "the tones have no frequency_cycles_per_sample",
            "give frequency_Hz (or frequency_cycles_per_sample) and amplitude_V, one number per "
            "tone",
        ),
        (
            {"frequency_Hz": 1.0},
            10.0,
            "the tones have no amplitude_V",
            "give frequency_Hz (or frequency_cycles_per_sample) and amplitude_V, one number per "
            "tone",
        ),
        (
            HERTZ,
            None,
            "the sample rate is not known, so tones in Hz cannot be found",
            "give sample_rate, samples per second, or sample_rate_Hz beside the tones",
        ),
        (
            {**HERTZ, "amplitude_V": [1.0, 2.0, 3.0], "phase_rad": [1.0, 2.0]},
            1000.0,
            "the arrays of the tones differ in length: frequency_Hz has 2, amplitude_V has 3, "
            "phase_rad has 2",
            "give one number per tone, or a single one for all tones",
        ),
        (
            {**HERTZ, "frequency_Hz": 100.0},
            1000.0,
            "the arrays of the tones differ in length: frequency_Hz has 1, amplitude_V has 2",
            "give one number per tone, or a single one for all tones",
        ),
        (
            HERTZ,
            400.0,
            "tone 1 at 200 Hz does not lie between 0 and half the sample rate, 200 Hz",
            "sample at more than twice the highest tone, or check the unit of the tones",
        ),
        (
            {**CYCLES, "frequency_cycles_per_sample": [0.1, -0.1]},
            None,
            "tone 1 at -0.1 cycles per sample does not lie between 0 and half the sample rate, 0.5",
            "sample at more than twice the highest tone, or check the unit of the tones",
        ),
        (
            {**HERTZ, "amplitude_V": [0.1, 0.0]},
            1000.0,
            "tone 1 has an amplitude of 0 V",
            "give amplitudes (peak) above 0 V: the derivative is divided by them",
        ),
        (
            {**HERTZ, "phase_rad": [0.0, np.nan]},
            1000.0,
            "the list of tones needs finite numbers for phase_rad, got nan at lane 1",
            "give phase_rad finite numbers",
        ),
    ],
)
def test_refuses_tones_that_cannot_be(arrays, rate, what, mend):
    text = f"{what}\n  at   t.json\n  mend {mend}"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        tones_from(arrays, rate, "t.json")
