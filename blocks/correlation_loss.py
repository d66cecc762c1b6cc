"""Loss of a classifier over an epoch, and its gradient by the chain rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import FloatArray, VectorLike, as_vector, require
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class CorrelationLoss(Block):
    """Collect one output and its derivatives per case, and give loss and gradient once per epoch.

    loss       = 1 - corr(y, target) over the cases of an epoch
    gradient_k = sum_c (d loss / d y_c) (d y_c / d v_k)
    d loss / d y_c = -((t_c - mean t) / std t - corr (y_c - mean y) / std y) / (C std y)

    with C the number of cases and std over all C. It knows no scale and no offset of the output:
    which current means "high" is found by the device, not set by hand.

    Parameters
    ----------
    target : array of shape (C,)
        Wanted output of each case, in the order in which they come; any two levels will do.

    Raises
    ------
    ParameterError
        If there are fewer than two cases, or all targets are equal.

    Notes
    -----
    Pearson's correlation is the loss family of the group that trained these devices (SkyNEt and
    brains-py, `cor` and `corrsig`). Where all outputs are equal the loss is 1 and the gradient 0.
    """

    target: VectorLike

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="output, derivative[K]",
        outputs="loss, gradient[K]",
        state="outputs[cases], derivatives[cases*K]",
        coefficients="target[cases]",
    )

    def __post_init__(self) -> None:
        target = as_vector("CorrelationLoss", "target", self.target)
        require(
            target.size > 1 and float(np.ptp(target)) > 0,
            "CorrelationLoss needs targets of at least two levels, "
            f"got {np.array2string(target, separator=', ')}",
            "give one target per case, high and low",
        )
        object.__setattr__(self, "target", target)

    @property
    def cases(self) -> int:
        """Number of cases C of an epoch."""
        return as_vector("CorrelationLoss", "target", self.target).size

    @property
    def decimation(self) -> int:
        return self.cases

    def coefficients(self, rate: float) -> Coefficients:
        # Standardised once here, so that the step need not.
        target = as_vector("CorrelationLoss", "target", self.target)
        return ((target - target.mean()) / target.std(),)

    @staticmethod
    def step(
        output: float,
        derivative: FloatArray,
        position: int,
        gradient: FloatArray,
        outputs: FloatArray,
        derivatives: FloatArray,
        target: FloatArray,
    ) -> float:
        cases, width = target.size, derivative.size
        outputs[position] = output
        for k in range(width):
            derivatives[position * width + k] = derivative[k]
        if position < cases - 1:
            return 0.0
        mean = 0.0
        for c in range(cases):
            mean += outputs[c] / cases
        variance = 0.0
        covariance = 0.0
        for c in range(cases):
            deviation = outputs[c] - mean
            variance += deviation * deviation / cases
            covariance += deviation * target[c] / cases
        for k in range(width):
            gradient[k] = 0.0
        if variance == 0.0:
            return 1.0
        spread = math.sqrt(variance)
        correlation = covariance / spread
        for c in range(cases):
            slope = -(target[c] - correlation * (outputs[c] - mean) / spread) / (cases * spread)
            for k in range(width):
                gradient[k] += slope * derivatives[c * width + k]
        return 1.0 - correlation
