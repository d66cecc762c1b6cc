"""Plain gradient descent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import FloatArray, VectorLike, as_vector, per_lane, require_bounds
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class GradientDescent(Block):
    """Move parameters downhill at every tick of the gradient.

    p <- clip(p - learning_rate gradient, lower, upper)   where not frozen

    The output is registered: the parameters of this tick do not depend on its gradient. Wired to
    a gradient on a slower clock, it updates once per tick of that clock.

    Parameters
    ----------
    learning_rate : float or array of shape (K,)
        Step per tick and unit of gradient. For a rate per second, divide it by the sample rate.
    initial_value : float or array of shape (K,)
        Parameters at the start.
    lower, upper : float or array of shape (K,), optional
        Bounds of each parameter; infinite for none.
    frozen : sequence of bool of shape (K,), optional
        Parameters that stay as they are.

    Raises
    ------
    ParameterError
        If a value is not finite, or a lower bound is not below its upper one.
    """

    learning_rate: VectorLike
    initial_value: VectorLike
    lower: VectorLike = -math.inf
    upper: VectorLike = math.inf
    frozen: VectorLike = 0.0

    ports: ClassVar[Ports] = Ports(
        inputs="gradient[K]",
        outputs="parameters[K]",
        state="parameters[K]",
        coefficients="learning_rate[K], lower[K], upper[K], moving[K]",
    )

    def __post_init__(self) -> None:
        for name in ("learning_rate", "initial_value", "frozen"):
            object.__setattr__(self, name, as_vector("GradientDescent", name, getattr(self, name)))
        require_bounds("GradientDescent", self.lower, self.upper)

    def lanes(self) -> dict[str, int]:
        return per_lane(
            "GradientDescent",
            learning_rate=self.learning_rate,
            frozen=self.frozen,
            initial_value=self.initial_value,
            lower=self.lower,
            upper=self.upper,
        )

    def coefficients(self, rate: float) -> Coefficients:
        return (
            as_vector("GradientDescent", "learning_rate", self.learning_rate),
            np.asarray(self.lower, dtype=np.float64),
            np.asarray(self.upper, dtype=np.float64),
            1.0 - as_vector("GradientDescent", "frozen", self.frozen),
        )

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"parameters": as_vector("GradientDescent", "initial_value", self.initial_value)}

    @staticmethod
    def step(
        gradient: float,
        parameters: float,
        learning_rate: float,
        lower: float,
        upper: float,
        moving: float,
    ) -> float:
        if moving == 0.0:
            return parameters
        return min(max(parameters - learning_rate * gradient, lower), upper)
