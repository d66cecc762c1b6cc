"""A delay of whole samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, unit_delay
from hgedsp.checks import ComplexArray, FloatArray, IntArray, require_integer
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Delay(Block):
    """Give each sample n ticks later: y[t] = x[t - n], zero before that.

    The output is registered: it may be read before the delay is wired, and closes loops.

    Parameters
    ----------
    samples : int, optional
        Delay n in ticks of the input, from 1.

    Raises
    ------
    ParameterError
        If `samples` is not a whole number from 1.
    """

    samples: int = 1

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K]", outputs="y[K]", state="y[K], ring[samples*K], position: int64"
    )

    def __post_init__(self) -> None:
        require_integer("Delay", 1, samples=self.samples)

    @staticmethod
    def step(x: FloatArray, y: FloatArray, ring: FloatArray, position: IntArray) -> None:
        width = x.size
        place = position[0]
        for k in range(width):
            ring[place + k] = x[k]
        place += width
        if place == ring.size:
            place = 0
        for k in range(width):
            y[k] = ring[place + k]
        position[0] = place

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return z^-n at each frequency (Hz)."""
        return np.power(unit_delay(frequency, rate), self.samples)
