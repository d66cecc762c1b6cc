"""What all ways to add up a window have in common: which samples count, and memory to work in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray
from hgedsp.compile.layout import aligned

Sums = tuple[FloatArray, FloatArray]


class WindowSums(Protocol):
    """Turn windows x of shape (W, D) into real and imaginary sums of shape (W, R, K).

    The memory of the sums is used again by the next call.
    """

    def __call__(self, x: FloatArray) -> Sums: ...


@dataclass(frozen=True)
class Cut:
    """What of a window counts: from `first` on, so many periods of `folded` samples each."""

    first: int
    periods: int
    folded: int

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the samples of windows (..., D) as (..., periods, folded)."""
        return x[..., self.first :].reshape(*x.shape[:-1], self.periods, self.folded)


def one_weight(weights: FloatArray) -> float | None:
    """Return the weight of all samples, which can be left until the end, or None if they differ."""
    return float(weights.flat[0]) if len(weights) == 1 and np.ptp(weights) == 0 else None


class Room:
    """Memory that is used again: to get it anew would cost more than what is done in it."""

    def __init__(self, dtype: type[np.generic] = np.float64) -> None:
        self._memory: npt.NDArray[Any] = np.empty(0, dtype=dtype)

    def __call__(self, *shape: int) -> npt.NDArray[Any]:
        size = math.prod(shape)
        if size > self._memory.size:
            self._memory = aligned(np.empty(size, dtype=self._memory.dtype))
        return self._memory[:size].reshape(shape)


def on_cache_line(values: FloatArray) -> FloatArray:
    """Return a copy that begins on a cache line; off it, a product takes half as long again."""
    flat: npt.NDArray[Any] = aligned(values.ravel())
    return flat.reshape(values.shape)
