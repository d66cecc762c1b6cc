"""Loss of a classifier over an epoch, and its gradient by the chain rule."""

from __future__ import annotations

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
    two_levels,
)
from hgedsp.checks import FloatArray, VectorLike
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
    ports: ClassVar[Ports] = case_ports("target[cases]")

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", two_levels("CorrelationLoss", self.target))

    @property
    def cases(self) -> int:
        """Number of cases C of an epoch."""
        return np.size(self.target)

    @property
    def decimation(self) -> int:
        return self.cases

    def coefficients(self, rate: float) -> Coefficients:
        return (standardised(self.target),)

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
        correlation = correlate(outputs, target, slopes)
        for c in range(target.size):
            slopes[c] = -slopes[c]
        chain(slopes, derivatives, gradient)
        return 1.0 - correlation
