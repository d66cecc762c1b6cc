"""Fractions of many tones at once: the same as of one tone after the other."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hgedsp.blocks.exact_ratios import (
    LARGEST_DENOMINATOR,
    divided,
    exact_ratio,
    exact_ratios,
    remainders,
)

# Whole, with few digits, with 15, 16 and 17, next to a short one, tiny, huge.
AWKWARD = [
    *(1.0, 10.0, 1e5, 123_456.0, 999_999_999_999_999.0, 1e15, 2.0**53, 2.0**53 + 2, 1e22, 1e300),
    *(0.1, 0.3, 0.1 + 0.2, 12_345.6, 333_333.25, 1708.984375, 1e6 / 3, 2e5 / 7, math.pi, math.e),
    *(0.123456789012345, 0.1234567890123456, 0.12345678901234567, 99_999.9999999999),
    *(1e-3, 1e-7, 1.5e-10, 1e-18, 1e-19, 3e-20, 1e-300, 5e-324, 2.2250738585072014e-308),
    *(np.nextafter(10.0, 11.0), np.nextafter(0.1, 0.0), np.nextafter(1e5, 0.0), 4.35, 2.675, 1.005),
]
RATES = [1.0, 10e3, 44.1e3, 48e3, 1e6, 2.5e6, 1e9, 0.1, 1e-3, 1e6 / 3, math.pi, 1.25e-9, 1e12, 1e25]


def one_by_one(frequency, rate):
    return [exact_ratio(f, rate) for f in frequency]


def assert_equal(frequency, rate):
    expected = one_by_one(frequency, rate)
    numerator, denominator = exact_ratios(np.array(frequency), rate)
    assert numerator.tolist() == [ratio.numerator for ratio in expected]
    assert denominator.tolist() == [ratio.denominator for ratio in expected]


@pytest.mark.parametrize("rate", RATES)
def test_equals_fractions_of_awkward_frequencies(rate):
    # A numerator that an oscillator below half the rate could have fits 63 bits.
    assert_equal([f for f in AWKWARD if f < rate], rate)


@given(st.lists(st.floats(1e-12, 1e12), min_size=1, max_size=9), st.sampled_from(RATES[:11]))
def test_equals_fractions_of_any_floats(frequency, rate):
    assert_equal([f for f in frequency if f < rate] or [rate / 3], rate)


@given(
    st.lists(st.integers(1, 10**17), min_size=1, max_size=9),
    st.integers(0, 20),
    st.integers(1, 10**9),
    st.integers(0, 12),
)
def test_equals_fractions_of_any_decimal_numbers(digits, places, rate, rate_places):
    rate = float(Fraction(rate, 10**rate_places))
    frequency = [float(Fraction(number, 10**places)) for number in digits]
    assert_equal([f for f in frequency if f < rate] or [rate / 3], rate)


def test_equals_fractions_of_thousands_of_tones():
    generator = np.random.default_rng(1)
    tones = 10.0 ** generator.uniform(-3, 5.6, 2000)
    for places in (0, 1, 3, 6, 9, 17):
        assert_equal(np.maximum(np.round(tones, places), 1e-3).tolist(), 1e6)
    assert_equal((1e6 * np.arange(1, 2048) / 4096).tolist(), 1e6)


@given(
    st.lists(st.floats(1e-6, 4e5), min_size=1, max_size=9),
    st.integers(0, 10**16) | st.integers(0, 128),
)
def test_remainders_and_quotients_are_those_of_fractions(frequency, factor):
    ratios = one_by_one(frequency, 1e6)
    numerator, denominator = exact_ratios(np.array(frequency), 1e6)
    left = remainders(factor, numerator, denominator)
    assert left.tolist() == [factor * r.numerator % r.denominator for r in ratios]
    assert divided(numerator, denominator).tolist() == [float(r) for r in ratios]
    assert divided(left, denominator).tolist() == [float(factor * r % 1) for r in ratios]


def test_remainders_take_factors_of_numpy():
    numerator, denominator = exact_ratios(np.array([math.pi]), 1e6)
    expected = 10**16 * int(numerator[0]) % int(denominator[0])
    assert remainders(np.int64(10**16), numerator, denominator).tolist() == [expected]


def test_fractions_of_too_many_digits_are_the_nearest_that_fit():
    _, denominator = exact_ratios(np.array([math.pi * 1e-3]), 1e6)
    assert 2**53 < denominator[0] <= LARGEST_DENOMINATOR
