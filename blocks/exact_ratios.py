"""Frequencies over a rate as fractions, for thousands of tones at a time.

`exact_ratio` says what is meant, one tone after the other with Python's fractions. `exact_ratios`
gives the same numbers: a decimal number of up to 15 digits that rounds to a frequency is the one
that Python writes, for no two of them round to the same (IEEE 754 keeps 15 digits), and Python
writes the shortest. So whole numbers m and 10^k with m / 10^k = f are enough, as arrays; what has
more digits, or does not fit 63 bits on the way, takes the slow way.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np

from hgedsp.checks import FloatArray, IntArray

# Numerator and denominator of a tone must leave room for one addition in 63 bits.
LARGEST_DENOMINATOR = 2**61

_DIGITS = 1e15  # below it, decimal numbers keep apart
_PLACES = 18  # behind the point, at most
_ROOM = 2**62
_EXACT_FLOAT = 2**53


@lru_cache(maxsize=1 << 16)  # thousands of tones are asked for their fractions several times
def exact_ratio(frequency: float, rate: float) -> Fraction:
    """Return frequency over rate as the fraction meant by the decimal numbers as written."""
    ratio = Fraction(repr(float(frequency))) / Fraction(repr(float(rate)))
    return ratio.limit_denominator(LARGEST_DENOMINATOR)


def exact_ratios(frequency: FloatArray, rate: float) -> tuple[IntArray, IntArray]:
    """Return numerators and denominators of `exact_ratio`, of frequencies above 0."""
    numerator, denominator = np.ones((2, frequency.size), dtype=np.int64)
    left = np.arange(frequency.size)
    per_rate = Fraction(repr(float(rate)))
    above, below = per_rate.denominator, per_rate.numerator
    for places in range(_PLACES + 1):
        power = 10**places
        if not left.size or power * below > _ROOM:
            break
        number = np.rint(frequency[left] * power)
        found = (number / power == frequency[left]) & (number < min(_DIGITS, _ROOM // above))
        top, bottom = number[found].astype(np.int64) * above, power * below
        divisor = np.gcd(top, bottom)
        numerator[left[found]], denominator[left[found]] = top // divisor, bottom // divisor
        left = left[~found]
    for k in (*left, *np.flatnonzero(denominator > LARGEST_DENOMINATOR)):
        ratio = exact_ratio(frequency[k], rate)
        numerator[k], denominator[k] = ratio.numerator, ratio.denominator
    return numerator, denominator


def remainders(factor: int, numerator: IntArray, denominator: IntArray) -> IntArray:
    """Return ``factor * numerator % denominator`` of arrays that are not empty."""
    factor = int(factor)  # one of NumPy would wrap around
    if abs(factor) * int(numerator.max()) < _ROOM:
        made: IntArray = factor * numerator % denominator
        return made
    pairs = zip(numerator.tolist(), denominator.tolist(), strict=True)
    return np.array([factor * p % q for p, q in pairs], dtype=np.int64)


def divided(numerator: IntArray, denominator: IntArray) -> FloatArray:
    """Return quotients, rounded once."""
    if max(numerator.max(), denominator.max()) <= _EXACT_FLOAT:
        made: FloatArray = numerator / denominator
        return made
    pairs = zip(numerator.tolist(), denominator.tolist(), strict=True)
    return np.array([p / q for p, q in pairs])
