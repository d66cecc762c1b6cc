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
from hgedsp.run.window_fourier import FourierSums, stages_of
from hgedsp.run.window_library import LibrarySums
from hgedsp.run.window_matrix import MatrixSums
from hgedsp.run.window_parts import Cut, Sums, WindowSums
from hgedsp.run.window_tones import Fractions

# Cycles: per tone and sample of a product with a matrix, and per sample around it; per sample of
# a transform by NumPy where there is no other, and per tone of it.
_MATRIX, _AROUND_MATRIX, _LIBRARY, _LIBRARY_TONE = 0.18, 1.0, 80.0, 10.0


def window_sums(weights: FloatArray, tones: Fractions | None) -> WindowSums:
    """Choose how to work out sums with weights (R, D), without tones of shape (W, R, 1)."""
    if tones is None:
        return PlainSums(weights)
    first = int(np.argmax(weights.any(axis=0)))
    used = weights.shape[1] - first
    period = tones.period(2 * used)
    folded = period if period and used % period == 0 else used
    cut = Cut(first, used // folded, folded)
    if period:
        # Zeros at the end where tones begin again only later.
        return _cheapest(weights, tones, tones, cut, -(-folded // period) * period)
    for length in (used, weights.shape[1]):
        bins = tones.on_bins(length)
        if bins is not None:
            return _cheapest(weights, tones, bins, cut, length)
    return MatrixSums(weights, tones, cut)


def _cheapest(
    weights: FloatArray, tones: Fractions, bins: Fractions, cut: Cut, length: int
) -> WindowSums:
    """Return what takes least time; with tones on bins, there is more than a product."""
    stages = stages_of(length, len(tones))
    costs = {
        MatrixSums: cut.folded * (_MATRIX * len(tones) + _AROUND_MATRIX),
        FourierSums: stages.cost(len(tones)),
        LibrarySums: length * _LIBRARY + len(tones) * _LIBRARY_TONE,
    }
    best = min(costs, key=lambda kind: costs[kind])
    if best is MatrixSums:
        return MatrixSums(weights, tones, cut)
    # Where a bin is beside its tone, it should have its phase in the middle.
    middle = np.array([cut.first + (weights.shape[1] - cut.first) // 2])
    ahead = (tones.turns(middle) - bins.turns(middle))[0]
    if best is FourierSums:
        return FourierSums(weights, bins, cut, length, stages, ahead)
    return LibrarySums(weights, bins, cut, length, ahead)


@final
class PlainSums:
    """Sums without tones."""

    def __init__(self, weights: FloatArray) -> None:
        self._weights = np.ascontiguousarray(weights.T)

    def __call__(self, x: FloatArray) -> Sums:
        sums = np.matmul(x[:, np.newaxis], self._weights).reshape(len(x), -1, 1)
        return sums, np.zeros_like(sums)
