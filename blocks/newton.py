"""A damped Newton step for every parameter by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.updater import LIMITS, bounded, limits, settle, updater_lanes
from hgedsp.checks import (
    FloatArray,
    VectorLike,
    require,
    require_not_negative,
    require_positive,
)
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
        settle(self)
        check_newton(self)

    def lanes(self) -> dict[str, int]:
        return updater_lanes(self)

    def coefficients(self, rate: float) -> Coefficients:
        longest = np.asarray(self.longest, dtype=np.float64)
        return np.asarray(self.learning_rate), self.damping, longest, self.memory, *limits(self)

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"parameters": np.asarray(self.initial_value), "power": 1.0}

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


def check_newton(updater: Newton | object) -> None:
    """Refuse a damping, memory or longest step that a Newton updater cannot work with."""
    owner = type(updater).__name__
    damping, memory = getattr(updater, "damping", 0.0), getattr(updater, "memory", 0.0)
    require_positive(owner, "", damping=damping)
    require_not_negative(owner, "", memory=memory)
    require(
        memory < 1.0,
        f"{owner} needs memory below 1, got {memory!r}",
        "take 0 for no memory, or 0.8 for about five ticks; at 1 nothing new would be learnt",
    )
    longest = np.asarray(getattr(updater, "longest", math.inf), dtype=np.float64)
    require(
        bool(np.all(longest > 0)),
        f"{owner} needs longest above 0, got {longest.min():g}",
        "give the longest step a positive number, or leave it out",
    )
