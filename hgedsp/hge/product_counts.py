"""How many products of tones land on each bin: counted at once, by convolution.

A nonlinear device makes products of order m of the tones at k_1 +- k_2 +- ... +- k_m. With B the
tones and their negatives, the number of ways to land on bin d is (B * B * ... * B)(d), a cyclic
convolution: its period is the number of samples per window, which folds products back as sampling
does, or is so long that nothing is folded.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np
from scipy import fft

from hgedsp.checks import BoolArray, FloatArray, IntArray

_LONG = 1 << 20  # bins
_EVERY = 61
_NEAR = 0.1  # an error four times as large would still be rounded away


def modulus_without_folding(highest: int, order: int) -> int:
    """Return an even period in which products of up to `order` do not meet tones by folding."""
    return 2 * int(fft.next_fast_len(((order + 1) * highest) // 2 + 1, real=True))


def spectrum_of(
    bins: IntArray, modulus: int, kind: type[np.floating[Any]] = np.float64
) -> FloatArray:
    """Return the Fourier transform of the tones and their negatives; it is real."""
    ones = np.zeros(modulus, dtype=kind)
    ones[bins] = 1.0
    ones[modulus - bins] += 1.0
    result: FloatArray = fft.rfft(ones, overwrite_x=True).real
    return result


def ways(bins: IntArray, order: int, modulus: int, at: IntArray) -> FloatArray:
    """Return in how many ways `order` signed tones, one after the other, add up to bins `at`."""
    return _counts(bins, modulus, lambda lines: _power(lines, order), at)


def _power(lines: FloatArray, order: int) -> FloatArray:
    result = lines.copy()
    for _ in range(order - 1):
        result *= lines  # ** would take a logarithm of each
    return result


def collide(bins: IntArray, modulus: int) -> bool:
    """Tell whether any product of second or third order lands on a tone, trivial ones left out."""
    both = _counts(bins, modulus, lambda lines: lines * lines * (1 + lines), bins)
    return bool(np.any(both != trivial_ways(3, len(bins))))


def _counts(
    bins: IntArray, modulus: int, combine: Callable[[FloatArray], FloatArray], at: IntArray
) -> FloatArray:
    """Return whole numbers at some bins: those that `combine` makes the transform of.

    Long transforms are made with numbers of 32 bits, in a third of the time. Their rounding errors
    are alike everywhere, so a sample tells whether all are near to whole numbers; if they are not,
    which takes a thousand ways per bin, the work is done again with 64 bits.
    """
    if modulus > _LONG:
        counts = fft.irfft(combine(spectrum_of(bins, modulus, np.float32)), modulus)
        sample = counts[::_EVERY]
        if float(np.abs(sample - np.rint(sample)).max()) < _NEAR:
            return np.asarray(np.rint(counts[at]), dtype=np.float64)
    counts = fft.irfft(combine(spectrum_of(bins, modulus)), modulus)
    return np.asarray(np.rint(counts[at]), dtype=np.float64)


def trivial_ways(order: int, tones: int) -> int:
    """Return in how many ways a tone is reached by itself and pairs that cancel.

    They exist for every choice of tones (a + b - b); the ways of a walk on a grid of `tones`
    dimensions from 0 to a neighbour: order! [t^order] I_0(2 t)^(tones - 1) I_1(2 t).
    """
    if order % 2 == 0:
        return 0
    half = order // 2
    zero = [1 / factorial(i) ** 2 for i in range(half + 1)]
    series = [1 / (factorial(i) * factorial(i + 1)) for i in range(half + 1)]
    power = np.zeros(half + 1)
    power[0] = 1.0
    exponent = tones - 1
    while exponent:  # by squares, cut off behind t^order
        if exponent & 1:
            power = np.convolve(power, zero)[: half + 1]
        zero = list(np.convolve(zero, zero)[: half + 1])
        exponent >>= 1
    return round(factorial(order) * float(np.convolve(power, series)[half]))


def hits(bins: IntArray, order: int, modulus: int) -> FloatArray:
    """Return in how many ways products of `order` land on each tone, trivial ones left out.

    Ways count orderings: one product a + b - c of three tones counts 6, 2 a - b counts 3.
    """
    result: FloatArray = ways(bins, order, modulus, bins) - trivial_ways(order, len(bins))
    return result


def reached(bins: IntArray, order: int, modulus: int) -> BoolArray:
    """Tell for each bin whether any `order` signed tones add up to it.

    Of any order: whether there is a way is kept from step to step, and not how many, which would
    grow beyond what numbers of 53 bits can tell from 0.
    """
    lines = spectrum_of(bins, modulus)
    found: BoolArray = fft.irfft(lines, modulus) > 0.5
    for _ in range(order - 1):
        found = fft.irfft(fft.rfft(found.astype(np.float64)) * lines, modulus) > 0.5
    return found
