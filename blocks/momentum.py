"""Gradient descent with momentum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.updater import LIMITS, bounded, limits, settle, updater_lanes
from hgedsp.checks import FloatArray, VectorLike, require, require_not_negative
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Momentum(Block):
    """Move parameters downhill with momentum, the heavy ball of Polyak [1]_.

    v <- momentum v + gradient
    p <- clip(p - learning_rate v, lower, upper)   where not frozen

    A steady gradient moves a parameter by learning_rate / (1 - momentum) gradient per tick. At a
    bound the velocity v goes on as if there were none; it stays below gradient / (1 - momentum).

    Parameters
    ----------
    learning_rate : float or array of shape (K,)
        Step per tick and unit of velocity.
    initial_value : float or array of shape (K,)
        Parameters at the start, where v = 0.
    momentum : float, optional
        Share of the velocity that is kept from tick to tick, from 0 to below 1.
    lower, upper : float or array of shape (K,), optional
        Bounds of each parameter; infinite for none.
    frozen : sequence of bool of shape (K,), optional
        Parameters that stay as they are, with their velocity.

    Raises
    ------
    ParameterError
        If a value is not finite, `momentum` is not in [0, 1), or a lower bound is not below its
        upper one.

    References
    ----------
    .. [1] B. T. Polyak, USSR Comput. Math. Math. Phys. 4 (5), 1 (1964), eq. 9.
    """

    learning_rate: VectorLike
    initial_value: VectorLike
    momentum: float = 0.9
    lower: VectorLike = -math.inf
    upper: VectorLike = math.inf
    frozen: VectorLike = 0.0

    ports: ClassVar[Ports] = Ports(
        inputs="gradient[K]",
        outputs="parameters[K]",
        state="parameters[K], velocity[K]",
        coefficients=f"learning_rate[K], momentum, {LIMITS}",
    )

    def __post_init__(self) -> None:
        settle(self)
        require_not_negative("Momentum", "", momentum=self.momentum)
        require(
            self.momentum < 1.0,
            f"Momentum needs momentum below 1, got {self.momentum!r}",
            "take 0.9, or 0.99 for a noisy gradient; at 1 the velocity would never fade",
        )

    def lanes(self) -> dict[str, int]:
        return updater_lanes(self)

    def coefficients(self, rate: float) -> Coefficients:
        return np.asarray(self.learning_rate), self.momentum, *limits(self)

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"parameters": np.asarray(self.initial_value)}

    @staticmethod
    def step(
        gradient: float,
        parameters: float,
        velocity: float,
        learning_rate: float,
        momentum: float,
        lower: float,
        upper: float,
        moving: float,
    ) -> tuple[float, float]:
        if moving == 0.0:
            return parameters, velocity
        velocity = momentum * velocity + gradient
        return bounded(parameters - learning_rate * velocity, lower, upper), velocity
