"""Tones: exact frequencies, phases that never drift."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.blocks import ToneGenerator
from hgedsp.blocks.tone_generator import bins, exact_ratio
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph

RATE = 1e6
FREQUENCY = np.array([10.0, 12_345.6, 333_333.25])
PHASE = np.array([0.0, 1.0, -2.0])
# Error of sine and cosine by itself, and of the phase in radians, as the docstring says. The last
# one is that of turning the turns of the oracle into radians.
SINE, PER_PHASE, ORACLE = 4e-16, 1e-15, 2e-15


def kernel_of(tone, rate=RATE, **options):
    wires = zip(("perturbation", "in_phase", "quadrature"), tone(), strict=True)
    return Graph(rate, dict(wires)).compile(**options)


def exact(frequency, phase, samples, rate=RATE):
    """Sine and cosine at whole-number samples, from the exact fraction of a turn."""
    ratio = Fraction(repr(float(frequency))) / Fraction(repr(float(rate)))
    turns = np.array([float(int(n) * ratio % 1) for n in samples])
    angle = 2 * np.pi * turns + phase
    return np.sin(angle), np.cos(angle)


def limit(frequency, rate=RATE):
    slope = np.sqrt(1 + (2 * np.pi * frequency / rate) ** 2)
    return SINE + PER_PHASE * slope + ORACLE


@pytest.fixture(scope="module")
def kernel():
    return kernel_of(ToneGenerator(FREQUENCY, [1.0, 0.5, 2.0], PHASE))


@pytest.mark.parametrize("start", [0, 10**6 + 7, 10**12 + 12_345])
def test_phase_error_is_what_the_docstring_says(kernel, start):
    kernel.reset()
    # Only the counter tells the time, so a jump of it is a jump to any sample.
    ratios = [exact_ratio(f, RATE) for f in FREQUENCY]
    count = [start * r.numerator % r.denominator for r in ratios]
    kernel.states["tone_generator.count"] = count
    out = kernel.process(4096)
    for k, (frequency, phase) in enumerate(zip(FREQUENCY, PHASE, strict=True)):
        sine, cosine = exact(frequency, phase, range(start, start + 4096))
        np.testing.assert_allclose(out["in_phase"][:, k], sine, rtol=0, atol=limit(frequency))
        np.testing.assert_allclose(out["quadrature"][:, k], cosine, rtol=0, atol=limit(frequency))


def test_counter_comes_where_the_jump_says(kernel):
    kernel.reset()
    kernel.process(54_321)
    ratios = [exact_ratio(f, RATE) for f in FREQUENCY]
    expected = [54_321 * r.numerator % r.denominator for r in ratios]
    np.testing.assert_array_equal(kernel.states["tone_generator.count"], expected)


def test_perturbation_is_amplitude_times_in_phase(kernel):
    kernel.reset()
    out = kernel.process(100)
    np.testing.assert_array_equal(out["perturbation"], [1.0, 0.5, 2.0] * out["in_phase"])


def test_repeats_bit_for_bit_after_a_whole_number_of_periods():
    # 5, 7 and 11 periods in 400 samples.
    tone = ToneGenerator(RATE * np.array([5, 7, 11]) / 400, 1.0, PHASE)
    for values in kernel_of(tone, interpret=True).process(1600).values():
        for period in values.reshape(4, 400, 3):
            np.testing.assert_array_equal(period, values[:400])


@settings(deadline=None, max_examples=50)
@given(share=st.floats(1e-6, 0.499), phase=st.floats(-10.0, 10.0))
def test_any_tone_is_as_exact(share, phase):
    frequency = share * RATE
    tone = ToneGenerator(frequency, 1.0, phase)
    out = kernel_of(tone, interpret=True).process(50)
    sine, cosine = exact(frequency, phase, range(50))
    # A phase of 10 rad is rounded by 9e-16 itself.
    np.testing.assert_allclose(out["in_phase"], sine, rtol=0, atol=limit(frequency) + 2e-15)
    np.testing.assert_allclose(out["quadrature"], cosine, rtol=0, atol=limit(frequency) + 2e-15)


def test_sine_and_cosine_keep_to_the_unit_circle(kernel):
    kernel.reset()
    out = kernel.process(4096)
    radius = np.hypot(out["in_phase"], out["quadrature"])
    np.testing.assert_allclose(radius, 1.0, rtol=0, atol=2 * SINE)


def test_decimal_numbers_mean_what_is_written():
    assert exact_ratio(0.1, 1e6) == Fraction(1, 10**7)
    assert exact_ratio(12_345.6, 1e6) == Fraction(123_456, 10**7)


def test_odd_fractions_are_off_by_less_than_2_to_the_minus_61():
    frequency = math.pi * 1e-3
    exactly = Fraction(repr(frequency)) / Fraction(repr(RATE))
    assert abs(exact_ratio(frequency, RATE) - exactly) < Fraction(1, 2**61)


def test_phase_at_any_sample_equals_the_exact_one():
    tone = ToneGenerator(FREQUENCY, 1.0, PHASE)
    turns = [float(10**15 * exact_ratio(f, RATE) % 1) for f in FREQUENCY]
    expected = 2 * np.pi * np.mod(np.array(turns) + PHASE / (2 * np.pi), 1.0)
    np.testing.assert_allclose(tone.phase_at(10**15, RATE), expected, rtol=1e-14)


def test_bins_counts_periods_or_says_there_are_none():
    np.testing.assert_array_equal(bins(np.array([1e3, 2.5e3]), 1e6, 2000), [2, 5])
    assert bins(np.array([1e3, 1.1e3]), 1e6, 2000) is None


def test_refuses_frequencies_of_zero(refuses):
    with refuses(
        "ToneGenerator needs frequencies above 0 Hz, got 0 Hz",
        "give every tone a positive frequency in Hz",
    ):
        ToneGenerator([1.0, 0.0], 1.0)


def test_refuses_vectors_of_different_lengths(refuses):
    with refuses(
        "ToneGenerator got vectors of different lengths: frequency has 2, phase has 3",
        "give one number per lane, or a single number for all lanes",
    ):
        ToneGenerator([1.0, 2.0], 1.0, [0.0, 1.0, 2.0])


def test_refuses_an_amplitude_that_is_not_finite(refuses):
    with refuses(
        "ToneGenerator needs finite numbers for amplitude, got nan at lane 0",
        "give amplitude finite numbers in V",
    ):
        ToneGenerator([1.0], np.nan)


def test_refuses_tones_from_half_the_rate_on(refuses):
    tone = ToneGenerator([1e3, 5e3], 1.0)
    with refuses(
        "tone 1 at 5 kHz is not below half the sample rate, 5 kHz",
        "sample faster than 10 kHz, or lower the tone",
    ):
        tone.check_rate(1e4)
    with pytest.raises(ParameterError, match=r"^tone_generator: tone 1 at 5 kHz"):
        Graph(1e4, {"y": ToneGenerator([1e3, 5e3], 1.0).in_phase})
