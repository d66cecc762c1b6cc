"""Weighted sums of a signal against many tones, window by window.

    real[w, r, k]      = sum over n of weights[r, n] x[w, n] cos(2 pi f_k n)
    imaginary[w, r, k] = sum over n of weights[r, n] x[w, n] sin(2 pi f_k n),   f_k in turns/sample

A window is always worked out by the same operations on arrays of the same shape, whatever comes
before and after it, so that a result does not depend on how a trace is cut, to the bit.
"""

from __future__ import annotations

from typing import final

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.run.window_library import LibrarySums
from hgedsp.run.window_matrix import MatrixSums
from hgedsp.run.window_parts import Cut, Sums, WindowSums
from hgedsp.run.window_tones import Fractions

# An FFT costs as much as a matrix product with so many tones; twice that once it leaves the caches.
_TONES_PER_FFT, _LONG_FFT = 96, 1 << 15


def window_sums(weights: FloatArray, tones: Fractions | None) -> WindowSums:
    """Choose how to work out sums with weights (R, D), without tones of shape (W, R, 1)."""
    if tones is None:
        return PlainSums(weights)
    first = int(np.argmax(weights.any(axis=0)))
    used = weights.shape[1] - first
    period = tones.period(2 * used)
    folded = period if period and used % period == 0 else used
    cut = Cut(first, used // folded, folded)
    length = -(-folded // period) * period if period else 0
    worth = _TONES_PER_FFT * length * (1 + (length > _LONG_FFT))
    if period and len(tones) * folded > worth:
        return LibrarySums(weights, tones, cut, length)
    return MatrixSums(weights, tones, cut)


@final
class PlainSums:
    """Sums without tones."""

    def __init__(self, weights: FloatArray) -> None:
        self._weights = np.ascontiguousarray(weights.T)

    def __call__(self, x: FloatArray) -> Sums:
        sums = np.matmul(x[:, np.newaxis], self._weights).reshape(len(x), -1, 1)
        return sums, np.zeros_like(sums)
