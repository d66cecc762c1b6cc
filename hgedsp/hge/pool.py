"""Bins of a window that tones may stand on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hgedsp.checks import BoolArray, FloatArray, IntArray

# Frequencies times window are whole numbers up to rounding.
_ROUNDING = 1e-9

Avoided = float | tuple[float, float]


@dataclass(frozen=True, eq=False)
class Pool:
    """Equally spaced bins, some of which are allowed.

    Attributes
    ----------
    first, step : int
        Bins are first, first + step, ...
    allowed : array of bool, shape (L,)
        Which of them may carry a tone.
    """

    first: int
    step: int
    allowed: BoolArray

    def __len__(self) -> int:
        return len(self.allowed)

    @property
    def bins(self) -> IntArray:
        """All bins, allowed or not."""
        return self.first + self.step * np.arange(len(self), dtype=np.int64)

    @property
    def room(self) -> int:
        """Number of bins that are allowed."""
        return int(self.allowed.sum())

    def odd(self) -> Pool:
        """Return the odd bins only."""
        skip = 1 - self.first % 2
        return Pool(self.first + skip, 2, self.allowed[skip::2])

    def top(self, ratio: float) -> Pool:
        """Return the bins above the highest over `ratio`."""
        highest = self.first + self.step * (len(self) - 1)
        lowest = math.floor(highest / ratio) + 1
        skip = max(0, -((self.first - lowest) // self.step))
        return Pool(self.first + skip * self.step, self.step, self.allowed[skip:])


def bins_of_band(
    band: tuple[float, float],
    window: float,
    avoid: Sequence[Avoided] = (),
    width: float | None = None,
) -> Pool:
    """Return all bins in a band, and which of them are clear of what is to be avoided.

    Parameters
    ----------
    band : pair of float
        Lowest and highest frequency, Hz.
    window : float
        s; bin k is k periods per window.
    avoid : sequence of float or pair of float, optional
        Frequencies, Hz, with all their harmonics; pairs are bands.
    width : float, optional
        Bins nearer than this to a harmonic are not allowed, Hz; by default one bin, 1 / window.

    Returns
    -------
    Pool
    """
    low = max(1, math.ceil(band[0] * window * (1 - _ROUNDING)))
    high = math.floor(band[1] * window * (1 + _ROUNDING))
    frequency = np.arange(low, max(low, high + 1)) / window
    near = 1 / window if width is None else width
    return Pool(low, 1, ~is_avoided(frequency, avoid, near))


def is_avoided(frequency: FloatArray, avoid: Sequence[Avoided], width: float) -> BoolArray:
    """Tell which frequencies are nearer than `width` to a harmonic, or within a band."""
    found = np.zeros(frequency.shape, dtype=bool)
    for entry in avoid:
        if isinstance(entry, tuple):
            low, high = entry
            found |= (frequency >= low * (1 - _ROUNDING)) & (frequency <= high * (1 + _ROUNDING))
        else:
            harmonic = np.maximum(1, np.rint(frequency / entry))
            found |= np.abs(frequency - harmonic * entry) < width * (1 - _ROUNDING)
    return found
