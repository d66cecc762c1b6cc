"""Sums against tones on bins, by the Fourier transform of NumPy."""

from __future__ import annotations

from typing import final

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.run.window_loops import compiled, pick
from hgedsp.run.window_parts import Cut, Room, Sums, one_weight
from hgedsp.run.window_tones import Fractions, circle


@final
class LibrarySums:
    """Tones on bins of a discrete Fourier transform of `length` samples, some turns ahead."""

    def __init__(
        self,
        weights: FloatArray,
        tones: Fractions,
        cut: Cut,
        length: int,
        ahead: FloatArray | float = 0.0,
    ) -> None:
        self._weights, self._cut, self._length = cut(weights), cut, length
        self._flat = one_weight(self._weights) or 0.0
        bins = [p * (length // q) % length for p, q in tones]
        self._bins = np.array(bins, dtype=np.int64)
        self._turn = circle(tones.turns(np.array([cut.first])) + ahead)[:, 0] * (self._flat or 1.0)
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
