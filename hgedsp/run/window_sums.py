"""Weighted sums of a signal against many tones, window by window.

    real[w, r, k]      = sum over n of weights[r, n] x[w, n] cos(2 pi f_k n)
    imaginary[w, r, k] = sum over n of weights[r, n] x[w, n] sin(2 pi f_k n),   f_k in turns/sample

A window is always worked out by the same operations on arrays of the same shape, whatever comes
before and after it, so that a result does not depend on how a trace is cut, to the bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray
from hgedsp.compile.layout import aligned
from hgedsp.run.window_loops import compiled, pick, put_together, weigh
from hgedsp.run.window_tones import Fractions, circle

# Samples per block: a longer table of sines would leave the caches, more blocks cost rotations.
_SHORTEST_BLOCK, _LONGEST_BLOCK = 64, 512
# Rows of a product at a time. BLAS multiplies small matrices without packing them first, which is
# nearly twice as fast. With many tones no product is small; then all rows are taken at once, and
# there should be many of them.
_ROWS, _MANY_TONES, _BLOCK_OF_MANY = 8, 256, 256
# An FFT costs as much as a matrix product with so many tones; twice that once it leaves the caches.
_TONES_PER_FFT, _LONG_FFT = 96, 1 << 15

Sums = tuple[FloatArray, FloatArray]


class WindowSums(Protocol):
    """Turn windows x of shape (W, D) into real and imaginary sums of shape (W, R, K).

    The memory of the sums is used again by the next call.
    """

    def __call__(self, x: FloatArray) -> Sums: ...


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
        return FourierSums(weights, tones, cut, length)
    return MatrixSums(weights, tones, cut)


@dataclass(frozen=True)
class Cut:
    """What of a window counts: from `first` on, so many periods of `folded` samples each."""

    first: int
    periods: int
    folded: int

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the samples of windows (..., D) as (..., periods, folded)."""
        return x[..., self.first :].reshape(*x.shape[:-1], self.periods, self.folded)


class Room:
    """Memory that is used again: to get it anew would cost more than what is done in it."""

    def __init__(self, dtype: type[np.generic] = np.float64) -> None:
        self._memory: npt.NDArray[Any] = np.empty(0, dtype=dtype)

    def __call__(self, *shape: int) -> npt.NDArray[Any]:
        size = math.prod(shape)
        if size > self._memory.size:
            self._memory = aligned(np.empty(size, dtype=self._memory.dtype))
        return self._memory[:size].reshape(shape)


@final
class PlainSums:
    """Sums without tones."""

    def __init__(self, weights: FloatArray) -> None:
        self._weights = np.ascontiguousarray(weights.T)

    def __call__(self, x: FloatArray) -> Sums:
        sums = np.matmul(x[:, np.newaxis], self._weights).reshape(len(x), -1, 1)
        return sums, np.zeros_like(sums)


@final
class FourierSums:
    """Tones on bins of a discrete Fourier transform of `length` samples."""

    def __init__(self, weights: FloatArray, tones: Fractions, cut: Cut, length: int) -> None:
        self._weights, self._cut, self._length = cut(weights), cut, length
        # One weight for all samples can be left until the end.
        flat = len(weights) == 1 and np.ptp(self._weights) == 0
        self._flat = float(self._weights.flat[0]) if flat else 0.0
        bins = [p * (length // q) % length for p, q in tones]
        self._bins = np.array(bins, dtype=np.int64)
        self._turn = circle(tones.turns(np.array([cut.first])))[:, 0] * (self._flat or 1.0)
        self._weighed, self._spectrum = Room(), Room(np.complex128)
        self._sums = Room()

    def __call__(self, x: FloatArray) -> Sums:
        pieces = self._cut(x)
        room = self._weighed(*pieces.shape)
        spectrum = self._spectrum(len(x), self._length // 2 + 1)
        real, imaginary = self._sums(2, len(x), len(self._weights), len(self._bins))
        for row, weights in enumerate(self._weights):
            weighed = pieces if self._flat else np.multiply(pieces, weights, out=room)
            folded = weighed.sum(axis=1) if self._cut.periods > 1 else weighed[:, 0]
            # Not the transform of SciPy, which takes rows in pairs where there are several.
            np.fft.rfft(folded, n=self._length, out=spectrum)
            compiled(pick, "f2 i1 f2 i1 f3 f3")(
                spectrum.view(np.float64), self._bins, self._turn, np.array([row]), real, imaginary
            )
        return real, imaginary


@final
class MatrixSums:
    """Tones anywhere, as products with a matrix of cosines and one of sines.

    A window is cut into blocks. About the middle of a block cosines are even and sines are odd, so
    that half of each is enough for sums and differences of samples as far from the middle.
    Rotations put the blocks together.
    """

    def __init__(self, weights: FloatArray, tones: Fractions, cut: Cut) -> None:
        many = len(tones) >= _MANY_TONES
        self._cut, self._blocks = cut, count_blocks(cut.folded, len(weights), many)
        self._half = half = -(-cut.folded // (2 * self._blocks))
        rows = len(weights) * self._blocks
        self._rows = rows if many else math.gcd(_ROWS, rows)
        blocked = np.moveaxis(self._blocked(cut(weights)), 0, 2)
        halves = [blocked[..., half - 1 :: -1], blocked[..., half:]]
        self._weights = np.ascontiguousarray(np.stack(halves))
        self._left = np.empty(half)
        # Twice the distance from the middle of a block is a whole number.
        away = circle(tones.halved().turns(2 * np.arange(half) + 1))
        self._cosine, self._sine = on_cache_line(away[0]), on_cache_line(away[1])
        middles = cut.first + half * (2 * np.arange(self._blocks) + 1)
        self._turn = circle(tones.halved().turns(2 * middles - 1))
        self._halves, self._products, self._sums = Room(), Room(), Room()

    def __call__(self, x: FloatArray) -> Sums:
        shape = len(x), self._weights.shape[3], self._blocks
        even, odd = self._halves(2, *shape, self._half)
        blocks = np.ascontiguousarray(self._blocked(self._cut(x)))
        compiled(weigh, "f4 f5 f1 f4 f4")(blocks, self._weights, self._left, even, odd)
        cosines, sines = self._products(2, *shape, self._cosine.shape[1])
        stacked = math.prod(shape) // self._rows, self._rows, -1
        np.matmul(even.reshape(stacked), self._cosine, out=cosines.reshape(stacked))
        np.matmul(odd.reshape(stacked), self._sine, out=sines.reshape(stacked))
        real, imaginary = self._sums(2, *shape[:2], self._cosine.shape[1])
        compiled(put_together, "f4 f4 f3 f3 f3")(cosines, sines, self._turn, real, imaginary)
        return real, imaginary

    def _blocked(self, pieces: FloatArray) -> FloatArray:
        """Cut the last axis into blocks, with zeros at the end where it does not fit."""
        room = 2 * self._half * self._blocks
        if room > pieces.shape[-1]:
            filled = np.zeros((*pieces.shape[:-1], room))
            filled[..., : pieces.shape[-1]] = pieces
            pieces = filled
        return pieces.reshape(*pieces.shape[:-1], self._blocks, 2 * self._half)


def count_blocks(size: int, rows: int, many_tones: bool) -> int:
    """Return into how many blocks to cut so many samples, with so many rows of weights."""
    unit = _ROWS // math.gcd(_ROWS, rows)
    if size < unit * _SHORTEST_BLOCK:
        return 1
    least = -(-size // (unit * (_BLOCK_OF_MANY if many_tones else _LONGEST_BLOCK)))
    # The number that leaves least to be filled up with zeros.
    choice = range(unit * least, 2 * unit * least + 1, unit)
    return min(choice, key=lambda blocks: (-size % (2 * blocks), blocks))


def on_cache_line(values: FloatArray) -> FloatArray:
    """Return a copy that begins on a cache line; off it, a product takes half as long again."""
    flat: npt.NDArray[Any] = aligned(values.ravel())
    return flat.reshape(values.shape)
