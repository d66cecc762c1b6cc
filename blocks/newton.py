"""A damped Newton step for every parameter by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.damping import damped_start, settle_damped
from hgedsp.blocks.updater import LIMITS, bounded, limits, updater_lanes
from hgedsp.checks import FloatArray, VectorLike
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Newton(Block):
    """Move each parameter downhill by its gradient over its own curvature, damped.

    h <- memory h + (1 - memory) curvature,   h' = h / (1 - memory^t) at the t-th tick
    s  = learning_rate gradient / max(abs(h'), damping)
    p <- clip(p - clip(s, -longest, longest), lower, upper)   where not frozen

    The curvature counts by its size: where it is negative, a step goes downhill, too, and not to
    the maximum [1]_. What couples parameters is left out; see `FullNewton`.

    Parameters
    ----------
    learning_rate : float or array of shape (K,)
        Share of a full Newton step, 1 for all of it.
    initial_value : float or array of shape (K,)
        Parameters at the start.
    damping : float
        Curvature below which a parameter is moved as by gradient descent; above the standard error
        of the curvature. In units of the loss per square of the parameter.
    longest : float or array of shape (K,), optional
        Longest step per tick, in the unit of the parameter; infinite for any.
    memory : float, optional
        Share of the average curvature that is kept from tick to tick, from 0 to below 1. Second
        derivatives are measured with more noise than first ones, and change slowly.
    lower, upper : float or array of shape (K,), optional
        Bounds of each parameter; infinite for none.
    frozen : sequence of bool of shape (K,), optional
        Parameters that stay as they are.

    Raises
    ------
    ParameterError
        If a value is not finite, `damping` is not positive, `memory` is not in [0, 1), or a lower
        bound is not below its upper one.

    References
    ----------
    .. [1] Dauphin et al., NeurIPS 2014, arXiv:1406.2572 (absolute values of the curvature).
    """

    learning_rate: VectorLike
    initial_value: VectorLike
    damping: float
    longest: VectorLike = math.inf
    memory: float = 0.0
    lower: VectorLike = -math.inf
    upper: VectorLike = math.inf
    frozen: VectorLike = 0.0

    ports: ClassVar[Ports] = Ports(
        inputs="gradient[K], curvature[K]",
        outputs="parameters[K]",
        state="parameters[K], mean[K], power[K]",
        coefficients=f"learning_rate[K], damping, longest[K], memory, {LIMITS}",
    )

    def __post_init__(self) -> None:
        settle_damped(self)

    def lanes(self) -> dict[str, int]:
        return updater_lanes(self)

    def coefficients(self, rate: float) -> Coefficients:
        longest = np.asarray(self.longest, dtype=np.float64)
        return np.asarray(self.learning_rate), self.damping, longest, self.memory, *limits(self)

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return damped_start(self)

    @staticmethod
    def step(
        gradient: float,
        curvature: float,
        parameters: float,
        mean: float,
        power: float,
        learning_rate: float,
        damping: float,
        longest: float,
        memory: float,
        lower: float,
        upper: float,
        moving: float,
    ) -> tuple[float, float, float]:
        if moving == 0.0:
            return parameters, mean, power
        mean = memory * mean + (1.0 - memory) * curvature
        power = memory * power if power > 1e-20 else 0.0
        size = max(abs(mean) / (1.0 - power), damping)
        change = bounded(learning_rate * gradient / size, -longest, longest)
        return bounded(parameters - change, lower, upper), mean, power
