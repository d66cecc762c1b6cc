"""Limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numba.extending import register_jitable

from hgedsp.block import Block, Coefficients
from hgedsp.checks import VectorLike, per_lane, require_bounds
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Clip(Block):
    """Keep a wire within limits: y = min(max(x, lower), upper).

    Parameters
    ----------
    lower, upper : float or array of shape (K,)
        Limits, for all lanes or one per lane; infinite for none.

    Raises
    ------
    ParameterError
        If a lower limit is not below the upper one.

    Notes
    -----
    NaN stays NaN.
    """

    lower: VectorLike
    upper: VectorLike

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", coefficients="lower[K], upper[K]")

    def __post_init__(self) -> None:
        require_bounds("Clip", self.lower, self.upper)

    def lanes(self) -> dict[str, int]:
        return per_lane("Clip", lower=self.lower, upper=self.upper)

    def coefficients(self, rate: float) -> Coefficients:
        return np.asarray(self.lower, dtype=np.float64), np.asarray(self.upper, dtype=np.float64)

    @staticmethod
    def step(x: float, lower: float, upper: float) -> float:
        return clipped(x, lower, upper)


@register_jitable
def clipped(x: float, lower: float, upper: float) -> float:
    """Return `x` within limits, or NaN, which passes both comparisons."""
    return lower if x < lower else (upper if x > upper else x)
