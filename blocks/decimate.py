"""From a fast clock to a slow one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block
from hgedsp.checks import require_integer
from hgedsp.ports import Ports
from hgedsp.promises import Average


@final
@dataclass(frozen=True, eq=False)
class Decimate(Block):
    """Keep the last of every n samples: y[m] = x[(m + 1) n - 1].

    What lies above half the new rate folds down; put a low-pass before it.

    Parameters
    ----------
    factor : int
        Input ticks n per output tick, from 2.

    Raises
    ------
    ParameterError
        If `factor` is not a whole number from 2.
    """

    factor: int

    is_linear: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]")

    def __post_init__(self) -> None:
        require_integer("Decimate", 2, factor=self.factor)

    @property
    def decimation(self) -> int:
        return self.factor

    def as_average(self) -> Average:
        weights = np.zeros(self.factor)
        weights[-1] = 1.0
        return Average(weights, {})

    @staticmethod
    def step(x: float, position: int) -> float:
        return x
