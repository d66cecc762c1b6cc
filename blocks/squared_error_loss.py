"""Mean squared error over the cases of an epoch, as the loss of a classifier or a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.cases import case_ports, chain, collect
from hgedsp.checks import FloatArray, VectorLike, as_vector, require
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class SquaredErrorLoss(Block):
    """Collect one output and its derivatives per case, and give loss and gradient once per epoch.

    loss       = sum_c (y_c - target_c)^2 / C
    gradient_k = sum_c 2 (y_c - target_c) / C (d y_c / d v_k)

    Unlike the other losses over cases it asks for these very outputs, offset and scale included.

    Parameters
    ----------
    target : array of shape (C,)
        Wanted output of each case, in the order in which they come, in the unit of the output.

    Raises
    ------
    ParameterError
        If there are fewer than two cases, or a target is not finite.
    """

    target: VectorLike

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = case_ports("target[cases]")

    def __post_init__(self) -> None:
        target = as_vector("SquaredErrorLoss", "target", self.target)
        require(
            target.size > 1,
            "SquaredErrorLoss needs at least two cases, got 1",
            "give one target per case; for a single one take SquaredError",
        )
        object.__setattr__(self, "target", target)

    @property
    def cases(self) -> int:
        """Number of cases C of an epoch."""
        return np.size(self.target)

    @property
    def decimation(self) -> int:
        return self.cases

    def coefficients(self, rate: float) -> Coefficients:
        return (np.asarray(self.target, dtype=np.float64),)

    @staticmethod
    def step(
        output: float,
        derivative: FloatArray,
        position: int,
        gradient: FloatArray,
        outputs: FloatArray,
        slopes: FloatArray,
        derivatives: FloatArray,
        target: FloatArray,
    ) -> float:
        if not collect(output, derivative, position, outputs, derivatives):
            return 0.0
        cases = target.size
        loss = 0.0
        for c in range(cases):
            error = outputs[c] - target[c]
            slopes[c] = 2.0 * error / cases
            loss += error * error / cases
        chain(slopes, derivatives, gradient)
        return loss
