"""Tones at any sample of a run, exact but for one rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgedsp.checks import FloatArray, IntArray

# Windows for which sines are worked out once; in between, they are turned.
_GROUP = 16
# Below this a product of two whole numbers has room in 63 bits.
_ROOM_FOR_PRODUCTS = 1 << 31


def circle(turn: FloatArray) -> FloatArray:
    """Return cosine and sine of angles in turns, shape (2, ...)."""
    angle = 2 * np.pi * (turn - np.rint(turn))
    return np.stack([np.cos(angle), np.sin(angle)])


@dataclass(frozen=True, eq=False)
class Fractions:
    """Tones of numerator / denominator turns per sample, arrays of shape (K,)."""

    numerator: IntArray
    denominator: IntArray

    def __len__(self) -> int:
        return len(self.numerator)

    def __iter__(self) -> zip[tuple[int, int]]:
        return zip(self.numerator.tolist(), self.denominator.tolist(), strict=True)

    def halved(self) -> Fractions:
        """Return the tones of half the frequency."""
        return Fractions(self.numerator, 2 * self.denominator)

    def turns(self, sample: IntArray) -> FloatArray:
        """Return the turns at samples (N,), less whole ones, shape (N, K)."""
        within = np.remainder(sample[:, np.newaxis], self.denominator)
        if int(self.denominator.max()) < _ROOM_FOR_PRODUCTS:
            exact = np.remainder(within * self.numerator, self.denominator)
        else:
            whole, numerator = within.astype(object), self.numerator.astype(object)
            exact = np.asarray(whole * numerator % self.denominator.astype(object), dtype=np.int64)
        turn: FloatArray = exact / self.denominator
        return turn

    def even_turns(self, start: int, step: int, count: int) -> FloatArray:
        """Return the turns at `count` samples from `start` on, `step` apart, shape (count, K)."""
        here = np.array([[start * p % q for p, q in self]], dtype=np.int64)
        while len(here) < count:
            # All that is known, once more as many samples later: exact, for q < 2^62.
            later = here + np.array([len(here) * step * p % q for p, q in self], dtype=np.int64)
            later -= self.denominator * (later >= self.denominator)
            here = np.concatenate([here, later])
        turn: FloatArray = here[:count] / self.denominator
        return turn

    def period(self, limit: int) -> int:
        """Return after how many samples all tones begin again, or 0 if that is beyond the limit."""
        period = 1
        for p, q in self:
            period = math.lcm(period, q // math.gcd(p, q))
            if period > limit:
                return 0
        return period


class WindowPhases:
    """The phases of tones at the starts of windows of D samples."""

    def __init__(self, tones: Fractions, window: int) -> None:
        self._tones, self._window = tones, window
        within = tones.turns(window * np.arange(_GROUP))
        self._inner = circle(within)
        # Tones that make whole turns in a window are back where they were at sample 0.
        self._steady = None if within.any() else circle(within[:1])

    def __call__(self, first: int, count: int) -> FloatArray:
        """Return cosine and sine in windows from number `first` on, (2, count, K).

        Where they are the same in all windows, they are given once, as (2, 1, K).

        They do not depend, bit for bit, on which windows are asked for together.
        """
        if self._steady is not None:
            return self._steady
        groups = range(first // _GROUP, (first + count - 1) // _GROUP + 1)
        step = _GROUP * self._window
        starts = self._tones.even_turns(groups[0] * step, step, len(groups))
        (cosine, sine), (by_cosine, by_sine) = circle(starts)[:, :, np.newaxis], self._inner
        # Not as complex numbers: NumPy may round their products in different ways.
        turned = [cosine * by_cosine - sine * by_sine, sine * by_cosine + cosine * by_sine]
        phases: FloatArray = np.stack(turned).reshape(2, -1, len(self._tones))
        return phases[:, first % _GROUP :][:, :count]
