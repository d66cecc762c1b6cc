"""Sums against tones anywhere, as products with matrices."""

from __future__ import annotations

import math
from typing import final

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.run.window_loops import compiled, put_together, weigh
from hgedsp.run.window_parts import Cut, Room, Sums, on_cache_line
from hgedsp.run.window_tones import Fractions, circle

# Samples per block: a longer table of sines would leave the caches, more blocks cost rotations.
_SHORTEST_BLOCK, _LONGEST_BLOCK = 64, 512
# Rows of a product at a time. BLAS multiplies small matrices without packing them first, which is
# nearly twice as fast. With many tones no product is small; then all rows are taken at once, and
# there should be many of them.
_ROWS, _MANY_TONES, _BLOCK_OF_MANY = 8, 256, 256


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
