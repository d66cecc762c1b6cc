"""Tones at any sample of a run, exact but for one rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hgedsp.checks import FloatArray, IntArray

# Windows for which sines are worked out once; in between, they are turned.
_GROUP = 16
# Turns in a window by which a tone may miss its bin: its phase is then off by 9e-13 at both ends
# of the window, in between by less, and in sum by next to nothing.
_BESIDE_BIN = 3e-13
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

    def period(self, limit: int) -> int:
        """Return after how many samples all tones begin again, or 0 if that is beyond the limit."""
        period = 1
        for p, q in self:
            period = math.lcm(period, q // math.gcd(p, q))
            if period > limit:
                return 0
        return period

    def on_bins(self, length: int) -> Fractions | None:
        """Return the tones of whole periods in so many samples that these are but for rounding.

        1e6 / 300 Hz at 1 MHz is no third of a percent, as written with 17 digits. None where a tone
        is more than that beside its bin.
        """
        nearest, limit = [], Fraction(_BESIDE_BIN)
        for p, q in self:
            periods = Fraction(p * length, q)
            nearest.append(round(periods))
            if abs(periods - nearest[-1]) > limit:
                return None
        return Fractions(np.array(nearest), np.full(len(nearest), length))


class WindowPhases:
    """The phases of tones at the starts of windows of D samples."""

    def __init__(self, tones: Fractions, window: int) -> None:
        self._tones, self._window = tones, window
        within = tones.turns(window * np.arange(_GROUP))
        self._inner = circle(within)
        # Tones that make whole turns in a window are back where they were at sample 0.
        self._steady = None if within.any() else circle(within[:1])
        step = _GROUP * window
        self._step = np.array([step * p % q for p, q in tones], dtype=np.int64)
        # The last group that was asked for, and where tones are at its start, in parts of a turn.
        self._known: tuple[int, IntArray] | None = None

    def __call__(self, first: int, count: int) -> FloatArray:
        """Return cosine and sine in windows from number `first` on, (2, count, K).

        Where they are the same in all windows, they are given once, as (2, 1, K).

        They do not depend, bit for bit, on which windows are asked for together.
        """
        if self._steady is not None:
            return self._steady
        groups = range(first // _GROUP, (first + count - 1) // _GROUP + 1)
        starts = self._starts(groups)
        (cosine, sine), (by_cosine, by_sine) = circle(starts)[:, :, np.newaxis], self._inner
        # Not as complex numbers: NumPy may round their products in different ways.
        turned = [cosine * by_cosine - sine * by_sine, sine * by_cosine + cosine * by_sine]
        phases: FloatArray = np.stack(turned).reshape(2, -1, len(self._tones))
        return phases[:, first % _GROUP :][:, :count]

    def _starts(self, groups: range) -> FloatArray:
        """Return the turns at the starts of groups of windows, (groups, K)."""
        denominator, known = self._tones.denominator, self._known
        if known is None or groups[0] not in (known[0], known[0] + 1):
            samples = groups[0] * _GROUP * self._window
            here = np.array([samples * p % q for p, q in self._tones], dtype=np.int64)
            known = groups[0], here
        turns = []
        for group in range(known[0], groups[-1] + 1):
            if group > known[0]:
                # Exact, for denominators are below 2^62.
                here = known[1] + self._step
                known = group, here - denominator * (here >= denominator)
            turns.append(known[1] / denominator)
        self._known = known
        return np.array(turns[-len(groups) :])
