"""Plain gradient descent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.updater import bounded, limits, settle, updater_lanes
from hgedsp.checks import FloatArray, VectorLike
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
        Parameters that stay as they are, whatever finite gradient they have.

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
        coefficients="learning_rate[K], lower[K], upper[K]",
    )

    def __post_init__(self) -> None:
        settle(self)

    def lanes(self) -> dict[str, int]:
        return updater_lanes(self)

    def coefficients(self, rate: float) -> Coefficients:
        # What is frozen takes no step and has no bounds: a branch would cost more than the rest.
        lower, upper, moving = limits(self)
        moves = np.asarray(moving) != 0.0
        return (
            np.where(moves, self.learning_rate, 0.0),
            np.where(moves, lower, -math.inf),
            np.where(moves, upper, math.inf),
        )

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"parameters": np.asarray(self.initial_value)}

    @staticmethod
    def step(
        gradient: float,
        parameters: float,
        learning_rate: float,
        lower: float,
        upper: float,
    ) -> float:
        return bounded(parameters - learning_rate * gradient, lower, upper)
