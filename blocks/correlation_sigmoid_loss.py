"""Loss of a classifier that asks for a gap between the classes as well as for correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.cases import (
    case_ports,
    chain,
    collect,
    correlate,
    standardised,
    two_classes,
)
from hgedsp.checks import FloatArray, VectorLike, require_positive
from hgedsp.ports import Ports

# exp(-u) goes on as a straight line from here: squares of gradients stay finite.
_STEEPEST = 50.0


@final
@dataclass(frozen=True, eq=False)
class CorrelationSigmoidLoss(Block):
    """Collect one output and its derivatives per case, and give loss and gradient once per epoch.

    loss  = (shift - corr(y, high)) / sigmoid((delta - center) / scale)
    delta = min(y of the high cases) - max(y of the low cases)
    gradient_k = sum_c (d loss / d y_c) (d y_c / d v_k)

    with the slope of delta on the two cases that make it: +1 on the lowest high one, -1 on the
    highest low one.

    Parameters
    ----------
    high : sequence of bool of shape (C,)
        Whether each case, in the order in which they come, should be high.
    center, scale : float, optional
        Wanted gap, and how sharply it is asked for, in the unit of the output. The defaults are
        for outputs in nA.
    shift : float, optional
        Above 1, so that the gap counts however good the correlation is.

    Raises
    ------
    ParameterError
        If all cases are high, or none is, `scale` or `shift` is not positive, or a value is not
        finite.

    Notes
    -----
    `corrsig` of brains-py, and `cor_sigmoid` of SkyNEt, whose center of 5 nA and scale of 3 nA are
    the defaults here. Only the formula is theirs: the gradient there is that of another function.
    Where delta lies more than 50 `scale` below `center`, 1 / sigmoid goes on as a straight line.
    """

    high: VectorLike
    center: float = 5.0
    scale: float = 3.0
    shift: float = 1.1

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = case_ports("target[cases], center, scale, shift")

    def __post_init__(self) -> None:
        require_positive("CorrelationSigmoidLoss", "", scale=self.scale, shift=self.shift)
        high = two_classes("CorrelationSigmoidLoss", self.high)
        object.__setattr__(self, "high", high)

    @property
    def cases(self) -> int:
        """Number of cases C of an epoch."""
        return np.size(self.high)

    @property
    def decimation(self) -> int:
        return self.cases

    def coefficients(self, rate: float) -> Coefficients:
        return standardised(self.high), self.center, self.scale, self.shift

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
        center: float,
        scale: float,
        shift: float,
    ) -> float:
        if not collect(output, derivative, position, outputs, derivatives):
            return 0.0
        correlation = correlate(outputs, target, slopes)
        # The standardised target is above 0 for high cases, and only for them.
        lowest, highest = -1, -1
        for c in range(target.size):
            if target[c] > 0.0:
                if lowest < 0 or outputs[c] < outputs[lowest]:
                    lowest = c
            elif highest < 0 or outputs[c] > outputs[highest]:
                highest = c
        lacking = (center - (outputs[lowest] - outputs[highest])) / scale
        excess = math.exp(min(lacking, _STEEPEST))  # 1 / sigmoid is 1 + excess
        steepness = excess
        if lacking > _STEEPEST:
            excess *= 1.0 + lacking - _STEEPEST
        rest = shift - correlation
        for c in range(target.size):
            slopes[c] *= -(1.0 + excess)
        slopes[lowest] -= rest * steepness / scale
        slopes[highest] += rest * steepness / scale
        chain(slopes, derivatives, gradient)
        return rest * (1.0 + excess)
