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

# Cycles of a product with a matrix: per sample, per sample and row of weights, and per tone as
# well; of a transform in two stages, beside its stages: per sample that has to be weighed; of a
# transform by NumPy, where there is no better one: per sample, and per tone.
_MATRIX, _MATRIX_ROW, _MATRIX_TONE = 2.2, 1.1, 0.17
_WEIGHED, _LIBRARY, _LIBRARY_TONE = 0.8, 80.0, 10.0


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
    rows, samples, stages = len(weights), cut.periods * cut.folded, stages_of(length, len(tones))
    weighed = samples if rows > 1 or samples != length else 0
    costs = {
        MatrixSums: samples * (_MATRIX + rows * _MATRIX_ROW)
        + rows * cut.folded * len(tones) * _MATRIX_TONE,
        FourierSums: rows * (weighed * _WEIGHED + stages.cost(len(tones))),
        LibrarySums: rows * (length * _LIBRARY + len(tones) * _LIBRARY_TONE),
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
