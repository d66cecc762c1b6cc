"""A delay of whole samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from hgedsp.block import Block, unit_delay
from hgedsp.checks import ComplexArray, FloatArray, IntArray, require_integer
from hgedsp.ports import Ports

_ONE_SAMPLE = Ports(inputs="x[K]", outputs="y[K]", state="y[K]")


def _one_sample(x: float, y: float) -> float:
    """Keep this sample for the next tick."""
    return x


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

    is_linear: ClassVar[bool] = True
    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K]", outputs="y[K]", state="y[K], ring[samples*K], position: int64"
    )

    def __post_init__(self) -> None:
        require_integer("Delay", 1, samples=self.samples)
        if self.samples == 1:
            # One sample is the state itself. It needs no memory to walk through, and so it can
            # share the loop of its neighbours: what most feedback is delayed by costs nothing.
            object.__setattr__(self, "vector", False)
            object.__setattr__(self, "ports", _ONE_SAMPLE)

    @property
    def step_function(self) -> Callable[..., Any]:
        return Delay.step if self.samples > 1 else _one_sample

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
