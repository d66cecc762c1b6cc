"""Mean over the last samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, unit_delay
from hgedsp.checks import ComplexArray, FloatArray, IntArray, require_integer
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class MovingAverage(Block):
    """Average the last n samples at every tick: y[t] = (x[t] + ... + x[t - n + 1]) / n.

    Samples before the first count as zero. Tones with whole numbers of periods in n samples are
    taken out exactly.

    Parameters
    ----------
    samples : int
        Number of samples n, from 1.

    Raises
    ------
    ParameterError
        If `samples` is not a whole number from 1.

    Notes
    -----
    A running sum that adds the new sample and subtracts the old one drifts. Here nothing is ever
    subtracted: time is cut into blocks of n, and a window is the end of one block and the start
    of the next [1]_. The sum over the start grows by one sample per tick; the sums over all ends
    of a block are made when it is full. The error is that of adding n numbers, at most n eps of
    their largest, after any number of samples. The cost per sample is constant, on average.

    References
    ----------
    .. [1] M. van Herk, Pattern Recognit. Lett. 13, 517 (1992), for maxima.
    """

    samples: int

    is_linear: ClassVar[bool] = True
    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K]",
        outputs="y[K]",
        state="ring[samples*K], start[K], position: int64",
    )

    def __post_init__(self) -> None:
        require_integer("MovingAverage", 1, samples=self.samples)

    @staticmethod
    def step(
        x: FloatArray, y: FloatArray, ring: FloatArray, start: FloatArray, position: IntArray
    ) -> None:
        width = x.size
        samples = ring.size // width
        place = position[0]
        after = place + width
        full = after == ring.size
        for k in range(width):
            start[k] += x[k]
            # Behind this place the ring holds the sums over the ends of the block before.
            end = 0.0 if full else ring[after + k]
            y[k] = (end + start[k]) / samples
            ring[place + k] = x[k]
        position[0] = 0 if full else after
        if full:
            for i in range(ring.size - width - 1, -1, -1):
                ring[i] += ring[i + width]
            for k in range(width):
                start[k] = 0.0

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain at each frequency (Hz)."""
        # sin(n w/2) / (n sin(w/2)) is a ratio of two periodic sincs, so 0 Hz needs no case.
        turns = np.asarray(frequency, dtype=np.float64) / rate
        size = np.sinc(self.samples * turns) / np.sinc(turns)
        half = unit_delay(frequency, rate) ** ((self.samples - 1) / 2)
        gain: ComplexArray = size * half
        return gain
