"""How far apart the two classes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import FloatArray, VectorLike, as_vector, require
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Margin(Block):
    """Collect one output per case, and once per epoch give the gap between the classes.

    margin = min(outputs of the high cases) - max(outputs of the low cases)

    A single threshold separates the classes exactly where the margin is positive.

    Parameters
    ----------
    high : sequence of bool of shape (C,)
        Whether each case, in the order in which they come, should be high.

    Raises
    ------
    ParameterError
        If all cases are high, or none is.
    """

    high: VectorLike

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="output",
        outputs="margin, outputs[cases]",
        state="seen[cases]",
        coefficients="high[cases]",
    )

    def __post_init__(self) -> None:
        high = as_vector("Margin", "high", self.high)
        require(
            bool(np.any(high > 0) and np.any(high <= 0)),
            "Margin needs high and low cases, got only one kind",
            "give 1 for each high case and 0 for each low one",
        )
        object.__setattr__(self, "high", high)

    @property
    def cases(self) -> int:
        """Number of cases C of an epoch."""
        return as_vector("Margin", "high", self.high).size

    @property
    def decimation(self) -> int:
        return self.cases

    def coefficients(self, rate: float) -> Coefficients:
        return (as_vector("Margin", "high", self.high),)

    @staticmethod
    def step(
        output: float, position: int, outputs: FloatArray, seen: FloatArray, high: FloatArray
    ) -> float:
        seen[position] = output
        lowest_high = np.inf
        highest_low = -np.inf
        for c in range(seen.size):
            outputs[c] = seen[c]
            if high[c] > 0.0:
                lowest_high = min(lowest_high, seen[c])
            else:
                highest_low = max(highest_low, seen[c])
        return lowest_high - highest_low
