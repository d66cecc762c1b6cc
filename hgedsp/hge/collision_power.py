"""How much power all products together put on tones, without a list of them."""

from __future__ import annotations

import numpy as np
from scipy import fft

from hgedsp.checks import FloatArray, IntArray

# Of the largest sum: what transforms leave where nothing is.
_ROUNDING = 1e-12


def power_on_tones(bins: IntArray, modulus: int, amplitude: FloatArray, order: int) -> FloatArray:
    """Return the sum of (m a_i a_j (a_k))^2 over all products of one order on each tone.

    m is the multiplicity of `hgedsp.hge.collisions`; what every plan has, k + j - j, is left out.

    Parameters
    ----------
    bins : array of shape (K,)
        Of the tones.
    modulus : int
        Period of folding.
    amplitude : array of shape (K,)
        V.
    order : int
        2 or 3.

    Returns
    -------
    array of shape (K,)
        V^4 in second order, V^6 in third.

    Notes
    -----
    With w = a^2 on the tones and their negatives, T = w * w (* w) at a tone counts each product as
    often as its tones can be ordered: 2 for i + j and 1 for 2 i (m = 1/2); 6 for i + j + k, 3 for
    2 i + j (m = 1/2) and 1 for 3 i (m = 1/6). The latter are convolutions with w^2 at twice, and
    w^3 at three times the tones; so the rest, with m = 1, is T less them, over 2 or 6.
    """
    w = amplitude**2 / np.mean(amplitude**2)
    line = _transform(bins, w, modulus)
    if order == 2:
        both = _at(line * line, modulus, bins)
        twice = _of_multiples(bins, w**2, 2, modulus)
        total = (both - twice) / 2 + twice / 4
    else:
        three = _at(line**3, modulus, bins)
        three -= w * (6 * np.sum(w**2) - 3 * w**2)  # k + j - j in all its orders
        thrice = _of_multiples(bins, w**3, 3, modulus)
        two = _at(_transform(2 * bins % modulus, w**2, modulus) * line, modulus, bins)
        two -= w**3 + thrice  # 2 k - k, and 2 k + k
        total = (three - 3 * two - thrice) / 6 + two / 4 + thrice / 36
    total[total < _ROUNDING * np.sum(w) ** order] = 0.0
    result: FloatArray = total * np.mean(amplitude**2) ** order
    return result


def _transform(places: IntArray, value: FloatArray, modulus: int) -> FloatArray:
    """Return the transform of values at these places and at their negatives; it is real."""
    both = np.bincount(places, value, modulus)
    both += np.bincount(-places % modulus, value, modulus)
    result: FloatArray = fft.rfft(both, overwrite_x=True).real
    return result


def _at(spectrum: FloatArray, modulus: int, bins: IntArray) -> FloatArray:
    result: FloatArray = fft.irfft(spectrum, modulus)[bins]
    return result


def _of_multiples(bins: IntArray, value: FloatArray, factor: int, modulus: int) -> FloatArray:
    """Return the values of those tones of which a multiple, folded, falls on each tone."""
    multiple = factor * bins % modulus
    found: FloatArray = np.bincount(multiple, value, modulus).astype(np.float64)
    found += np.bincount(-multiple % modulus, value, modulus)
    return found[bins]
