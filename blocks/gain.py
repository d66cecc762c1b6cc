"""A factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import ComplexArray, FloatArray, VectorLike, as_vector, per_lane
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Gain(Block):
    """Scale a wire: y = factor x.

    The operator ``*`` between a number and a wire makes this block.

    Parameters
    ----------
    factor : float or array of shape (K,)
        One factor for all lanes, or one per lane.

    Raises
    ------
    ParameterError
        If a factor is not finite.
    """

    factor: VectorLike

    is_linear: ClassVar[bool] = True
    operator: ClassVar[str] = "gain"
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", coefficients="factor[K]")

    def __post_init__(self) -> None:
        object.__setattr__(self, "factor", as_vector("Gain", "factor", self.factor))

    def lanes(self) -> dict[str, int]:
        return per_lane("Gain", factor=self.factor)

    def coefficients(self, rate: float) -> Coefficients:
        return (as_vector("Gain", "factor", self.factor),)

    @staticmethod
    def step(x: float, factor: float) -> float:
        return factor * x

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the factor of a single lane at each frequency (Hz)."""
        (factor,) = as_vector("Gain", "factor", self.factor)
        return np.full(np.shape(frequency), factor, dtype=np.complex128)
