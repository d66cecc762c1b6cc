"""A converter of finite resolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.clip import clipped
from hgedsp.checks import (
    FloatArray,
    VectorLike,
    as_vector,
    per_lane,
    require_bounds,
    require_integer,
)
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Quantiser(Block):
    """Round to the codes of a digital-to-analog or analog-to-digital converter.

    y = lower + s floor((clip(x) - lower) / s + 1/2),   s = (upper - lower) / (2^bits - 1)

    Parameters
    ----------
    bits : int
        Resolution, 1 to 32: 2^bits codes, the first at `lower`, the last at `upper`.
    lower, upper : float or array of shape (K,)
        Range, V; values outside it clip to its ends.

    Raises
    ------
    ParameterError
        If `bits` is not 1 to 32, a limit is not finite, or `lower` is not below `upper`.

    Notes
    -----
    Inside the range the error is at most s/2; of a signal much larger than s it looks like noise
    of variance s^2/12. A range symmetric about zero has no code at zero. NaN stays NaN.
    """

    bits: int
    lower: VectorLike
    upper: VectorLike

    ports: ClassVar[Ports] = Ports(
        inputs="x[K]", outputs="y[K]", coefficients="lower[K], upper[K], size[K], per_size[K]"
    )

    def __post_init__(self) -> None:
        require_integer("Quantiser", 1, 32, bits=self.bits)
        for name in ("lower", "upper"):
            object.__setattr__(self, name, as_vector("Quantiser", name, getattr(self, name), "V"))
        require_bounds("Quantiser", self.lower, self.upper)

    @property
    def step_size(self) -> FloatArray:
        """Distance s between codes of each lane, V."""
        size: FloatArray = np.subtract(self.upper, self.lower) / (2**self.bits - 1)
        return size

    def lanes(self) -> dict[str, int]:
        return per_lane("Quantiser", lower=self.lower, upper=self.upper)

    def coefficients(self, rate: float) -> Coefficients:
        lower, upper = np.asarray(self.lower), np.asarray(self.upper)
        return lower, upper, self.step_size, 1.0 / self.step_size

    @staticmethod
    def step(x: float, lower: float, upper: float, size: float, per_size: float) -> float:
        above = clipped(x, lower, upper) - lower
        return lower + size * float(np.floor(above * per_size + 0.5))
