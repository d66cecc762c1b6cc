"""Sums against tones on bins, by a Fourier transform in two stages.

A window of N = M L samples is a table of M rows and L columns. What a tone of p turns per window
has in a column is there at p modulo M in the Fourier transform of the column: M log M operations
for all tones together, on registers of columns, and without a shuffle. Left are L numbers per
tone, each times the phase the tone has where the column begins; only for tones that are wanted.

Two columns a and b go through one complex transform z of a + i b. With the phases s and t of a
tone where they begin, as complex numbers, its sum over both is

    s conj(A[p]) + t conj(B[p]) = conj(z[p]) (s + i t) / 2 + z[-p] (s - i t) / 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray, IntArray
from hgedsp.run.window_fourier_loops import (
    add_columns,
    add_tile,
    fourier_sums,
    pass_of_any,
    pass_of_five,
    pass_of_four,
    pass_of_three,
    put_pair,
    transform,
    weigh_samples,
)
from hgedsp.run.window_loops import compiled
from hgedsp.run.window_parts import Cut, Room, Sums, on_cache_line, one_weight
from hgedsp.run.window_tones import Fractions, circle

_PASSES = (put_pair, pass_of_three, pass_of_four, pass_of_five, pass_of_any)
_PARTS = (weigh_samples, *_PASSES, transform, add_tile, add_columns)
_KINDS = "f1 f1 i1 i2 f1 i2 f1 f1 f1 f1"
# Two columns in each lane of a register.
_TILE = 16
_RADICES = (4, 2, 3, 5, 7, 11, 13)
# Radices that have a pass of their own.
_OWN = (3, 4, 5)
# Cycles: of a pass per complex register, or that times the radix; of a tone in a tile, and more
# for each tile and each tone.
_PASS_OF_OWN, _PASS_OF_ANY, _TONE_IN_TILE, _TILE_ALONE, _TONE = 11.0, 6.0, 16.0, 80.0, 4.0


@dataclass(frozen=True)
class Stages:
    """How to transform so many samples: columns, and by which radices the rows of each."""

    columns: int
    radices: tuple[int, ...]

    @cached_property
    def rows(self) -> int:
        """Samples in a column."""
        return int(np.prod(self.radices, dtype=np.int64))

    @cached_property
    def tiles(self) -> int:
        """Registers of pairs of columns in a row."""
        return -(-self.columns // _TILE)

    @cached_property
    def reach(self) -> int:
        """Samples that are read, with those beside the last columns, which do not count."""
        return self.columns * self.rows - -(-self.columns // 2) + self.tiles * _TILE // 2

    def cost(self, tones: int) -> float:
        """Return about how many cycles a window takes."""
        passes = sum(_PASS_OF_OWN if r in _OWN else _PASS_OF_ANY * r for r in self.radices)
        per_tile = self.rows * passes + tones * _TONE_IN_TILE + _TILE_ALONE
        return self.tiles * per_tile + tones * _TONE


def stages_of(length: int, tones: int) -> Stages:
    """Return the cheapest way to transform so many samples."""
    divisors = [d for d in range(1, int(length**0.5) + 1) if length % d == 0]
    columns = {*divisors, *(length // d for d in divisors)}
    ways = (Stages(n, radices) for n in columns if (radices := _factors(length // n)) is not None)
    return min(ways, key=lambda way: (way.cost(tones), way.columns))


def _factors(rows: int) -> tuple[int, ...] | None:
    """Take a number apart; None where a factor is too large."""
    found = []
    for radix in _RADICES:
        while rows % radix == 0:
            found.append(radix)
            rows //= radix
    return tuple(found) if rows == 1 else None


@final
class FourierSums:
    """Tones on bins of a discrete Fourier transform of `length` samples, some turns ahead."""

    def __init__(
        self,
        weights: FloatArray,
        tones: Fractions,
        cut: Cut,
        length: int,
        stages: Stages,
        ahead: FloatArray | float = 0.0,
    ) -> None:
        self._shape = len(weights), len(tones)
        columns, tiles = stages.columns, stages.tiles
        used = cut(weights)
        weight = one_weight(used)
        flat, scale = weight is not None, 1.0 if weight is None else weight
        as_they_are = flat and cut.periods == 1 and length == cut.folded
        self._weights = np.ones(used.size) if flat else used.ravel()
        size, reach = _TILE * stages.rows, stages.reach
        counts = len(weights), weights.shape[1], cut.first, cut.folded, cut.periods, columns
        self._sizes = np.array([*counts, tiles, size, reach if as_they_are else 0])
        self._passes, self._roots = _passes(stages.radices)
        bins = np.array([p * (length // q) % length for p, q in tones], dtype=np.int64)
        places = _TILE * np.stack([bins % stages.rows, -bins % stages.rows])
        order = np.argsort(places.min(axis=0), kind="stable")
        self._rows = np.ascontiguousarray(np.stack([*places, np.arange(len(bins))], axis=1)[order])
        cosine, sine = circle(tones.turns(cut.first + np.arange(columns)) + ahead)
        starts = (cosine + 1j * sine).T
        self._table = on_cache_line(_table(scale * starts, tiles)[order]).ravel()
        self._room = on_cache_line(np.zeros((tiles + 1) * size + reach))
        self._sums = Room()

    def __call__(self, x: FloatArray) -> Sums:
        real, imaginary = self._sums(2, len(x), *self._shape)
        compiled(fourier_sums, _KINDS, _PARTS)(
            x.reshape(-1),
            self._weights,
            self._sizes,
            self._passes,
            self._roots,
            self._rows,
            self._table,
            self._room,
            real.reshape(-1),
            imaginary.reshape(-1),
        )
        return real, imaginary


def _passes(radices: tuple[int, ...]) -> tuple[IntArray, FloatArray]:
    """Return radices, where the roots of unity of each begin, and all roots."""
    turns: list[float] = []
    passes, done = [], 1
    for radix in radices:
        passes.append((radix, 2 * len(turns)))
        # A pass of its own knows what is a multiple of a turn by its radix.
        rows = done if radix in _OWN else radix * done
        done *= radix
        turns += [-(row * q % done) / done for row in range(rows) for q in range(1, radix)]
    roots = np.ascontiguousarray(circle(np.array(turns)).T).ravel()
    return np.array(passes, dtype=np.int64).reshape(-1, 2), roots


def _table(phases: npt.NDArray[Any], tiles: int) -> FloatArray:
    """Return factors of z[p] and z[-p], real and imaginary, for each tile, (K, tiles, 4, 8)."""
    tones, columns = phases.shape
    # Of an odd number, the one in the middle is in both halves: it is taken from the first.
    half, middle = -(-columns // 2), columns // 2
    one, other = np.zeros((2, tones, tiles * _TILE // 2), dtype=np.complex128)
    one[:, :half], other[:, half - middle : half] = phases[:, :half], phases[:, half:]
    sums, differences = (one + 1j * other) / 2, (one - 1j * other) / 2
    parts = np.stack([sums.real, sums.imag, differences.real, differences.imag], axis=1)
    return np.moveaxis(parts.reshape(tones, 4, tiles, _TILE // 2), 1, 2)
