"""Room for outputs, used again once nobody holds them any longer.

Memory that is fresh from the system costs as much as what a fast kernel does in it: the system
clears every page when it is first written to, and takes its time to take it back.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_CACHE_LINE = 64  # bytes
# Below, memory comes back from the heap as it is; above, what is kept would be too much.
_LEAST, _MOST = 1 << 16, 1 << 26  # bytes


def _references(pieces: list[Array], number: int) -> int:
    return sys.getrefcount(pieces[number])


# How many references there are to a piece of memory that only a list holds.
_UNUSED = _references([np.empty(1)], 0)


class OutputRoom:
    """Makes arrays; their memory is kept, and given out again when no view of it is left."""

    def __init__(self) -> None:
        self._kept: list[Array] = []

    def __call__(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """Return an array that begins on a cache line and holds whatever was there before."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        memory = self._unused(size)
        if memory is None:
            memory = np.empty(size + _CACHE_LINE, np.uint8)
            if _LEAST <= size <= _MOST:
                self._keep(memory)
        first = -memory.ctypes.data % _CACHE_LINE
        return memory[first : first + size].view(dtype).reshape(shape)

    def _unused(self, size: int) -> Array | None:
        # By number: a name for a piece would be one more reference to it.
        for number in range(len(self._kept)):
            fits = size <= self._kept[number].size - _CACHE_LINE <= 2 * size
            if fits and _references(self._kept, number) <= _UNUSED:
                return self._kept[number]
        return None

    def _keep(self, memory: Array) -> None:
        self._kept.append(memory)
        while sum(piece.size for piece in self._kept) > _MOST + _CACHE_LINE:
            del self._kept[0]
