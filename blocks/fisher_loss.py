"""Fisher's criterion as the loss of a classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.cases import (
    case_ports,
    chain,
    collect,
    two_classes,
)
from hgedsp.checks import FloatArray, VectorLike
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class FisherLoss(Block):
    """Collect one output and its derivatives per case, and give loss and gradient once per epoch.

    loss = -(m1 - m0)^2 / (s0 + s1)
    gradient_k = sum_c (d loss / d y_c) (d y_c / d v_k)

    with the means m and the unbiased variances s of the outputs of high (1) and low (0) cases.

    Parameters
    ----------
    high : sequence of bool of shape (C,)
        Whether each case, in the order in which they come, should be high.

    Raises
    ------
    ParameterError
        If there are fewer than two high or two low cases.

    Notes
    -----
    `fisher` of brains-py; the criterion is that of R. A. Fisher, Ann. Eugenics 7 (1936) 179. It
    knows no scale, no offset and no sign of the output: which class lies higher is left open, and
    the loss has no lowest value. Where both classes have no spread at all, loss and gradient are 0.
    """

    high: VectorLike

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = case_ports("high[cases]")

    def __post_init__(self) -> None:
        object.__setattr__(self, "high", two_classes("FisherLoss", self.high, least=2))

    @property
    def cases(self) -> int:
        """Number of cases C of an epoch."""
        return np.size(self.high)

    @property
    def decimation(self) -> int:
        return self.cases

    def coefficients(self, rate: float) -> Coefficients:
        return (np.asarray(self.high, dtype=np.float64),)

    @staticmethod
    def step(
        output: float,
        derivative: FloatArray,
        position: int,
        gradient: FloatArray,
        outputs: FloatArray,
        slopes: FloatArray,
        derivatives: FloatArray,
        high: FloatArray,
    ) -> float:
        if not collect(output, derivative, position, outputs, derivatives):
            return 0.0
        cases = high.size
        highs, mean_high, mean_low = 0.0, 0.0, 0.0
        for c in range(cases):
            highs += high[c]
            mean_high += high[c] * outputs[c]
            mean_low += (1.0 - high[c]) * outputs[c]
        lows = cases - highs
        mean_high /= highs
        mean_low /= lows
        spread = 0.0
        for c in range(cases):
            # A product, for `** 2` on NumPy's scalars is the C library's pow, which may round it
            # another way.
            if high[c] > 0.0:
                deviation = outputs[c] - mean_high
                spread += deviation * deviation / (highs - 1.0)
            else:
                deviation = outputs[c] - mean_low
                spread += deviation * deviation / (lows - 1.0)
        apart = mean_high - mean_low
        ratio = apart / spread if spread > 0.0 else 0.0
        for c in range(cases):
            if high[c] > 0.0:
                deviation = (outputs[c] - mean_high) / (highs - 1.0)
                slopes[c] = -2.0 * ratio / highs + 2.0 * ratio * ratio * deviation
            else:
                deviation = (outputs[c] - mean_low) / (lows - 1.0)
                slopes[c] = 2.0 * ratio / lows + 2.0 * ratio * ratio * deviation
        chain(slopes, derivatives, gradient)
        return -apart * ratio
