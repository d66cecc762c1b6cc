"""Spectra against SciPy's."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import signal

from hgedsp.analyze import spectrum
from hgedsp.errors import ParameterError
from hgedsp.trace import Trace


@pytest.mark.parametrize("segment", [64, 101, 1000])
def test_equals_welch(segment):
    y = np.random.default_rng(7).standard_normal(1000)
    found = spectrum(Trace(y), 500.0, segment)
    frequency, density = signal.welch(y, 500.0, "hann", segment)
    np.testing.assert_array_equal(found.frequency, frequency)
    np.testing.assert_allclose(found.density, density, rtol=1e-11)


def test_amplitude_of_a_sine_on_a_bin_is_its_peak():
    y = 0.7 * np.sin(2 * np.pi * 50 * np.arange(1000) / 500) + 3.0
    found = spectrum(Trace(y), 500.0)
    assert found.amplitude[np.argmin(np.abs(found.frequency - 50))] == pytest.approx(0.7, rel=1e-12)


def test_refuses_a_segment_longer_than_the_trace():
    text = (
        "spectrum needs a whole number from 2 to 10 for segment, got 11\n"
        "  mend give segment a whole number from 2 to 10"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        spectrum(Trace(np.zeros(10)), 1.0, 11)
