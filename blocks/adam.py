"""Adam."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numba.extending import register_jitable

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.updater import LIMITS, bounded, limits, settle, updater_lanes
from hgedsp.checks import FloatArray, VectorLike, require, require_not_negative, require_positive
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Adam(Block):
    """Move parameters downhill with steps scaled by the size of past gradients: Adam [1]_.

    m <- beta1 m + (1 - beta1) gradient
    v <- beta2 v + (1 - beta2) gradient^2
    p <- clip(p - learning_rate m' / (sqrt(v') + epsilon), lower, upper)   where not frozen
    with m' = m / (1 - beta1^t), v' = v / (1 - beta2^t) at the t-th tick, t = 1, 2, ...

    Parameters
    ----------
    learning_rate : float or array of shape (K,)
        Largest step per tick, about; in the unit of the parameter.
    initial_value : float or array of shape (K,)
        Parameters at the start, where m = v = 0.
    beta1, beta2 : float, optional
        Decay per tick of the two averages, from 0 to below 1. They average over about
        1 / (1 - beta) ticks: choose them for the rate of the gradient.
    epsilon : float, optional
        Size of a gradient that counts as nothing, in its unit. Currents make small gradients, so
        it is smaller here than the 1e-8 of the paper.
    lower, upper : float or array of shape (K,), optional
        Bounds of each parameter; infinite for none.
    frozen : sequence of bool of shape (K,), optional
        Parameters that stay as they are, with their averages.

    Raises
    ------
    ParameterError
        If a value is not finite, a beta is not in [0, 1), `epsilon` is not positive, or a lower
        bound is not below its upper one.

    References
    ----------
    .. [1] D. P. Kingma & J. Ba, ICLR 2015, arXiv:1412.6980, algorithm 1.
    """

    learning_rate: VectorLike
    initial_value: VectorLike
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-12
    lower: VectorLike = -math.inf
    upper: VectorLike = math.inf
    frozen: VectorLike = 0.0

    ports: ClassVar[Ports] = Ports(
        inputs="gradient[K]",
        outputs="parameters[K]",
        state="parameters[K], mean[K], square[K], power1[K], power2[K]",
        coefficients=f"learning_rate[K], beta1, beta2, epsilon, {LIMITS}",
    )

    def __post_init__(self) -> None:
        settle(self)
        require_not_negative("Adam", "", beta1=self.beta1, beta2=self.beta2)
        for name, beta in (("beta1", self.beta1), ("beta2", self.beta2)):
            require(
                beta < 1.0,
                f"Adam needs {name} below 1, got {beta!r}",
                "take beta1 = 0.9 and beta2 = 0.999; at 1 an average would never move",
            )
        require_positive("Adam", "", epsilon=self.epsilon)

    def lanes(self) -> dict[str, int]:
        return updater_lanes(self)

    def coefficients(self, rate: float) -> Coefficients:
        learning_rate = np.asarray(self.learning_rate)
        return learning_rate, self.beta1, self.beta2, self.epsilon, *limits(self)

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"parameters": np.asarray(self.initial_value), "power1": 1.0, "power2": 1.0}

    @staticmethod
    def step(
        gradient: float,
        parameters: float,
        mean: float,
        square: float,
        power1: float,
        power2: float,
        learning_rate: float,
        beta1: float,
        beta2: float,
        epsilon: float,
        lower: float,
        upper: float,
        moving: float,
    ) -> tuple[float, float, float, float, float]:
        if moving == 0.0:
            return parameters, mean, square, power1, power2
        mean = beta1 * mean + (1.0 - beta1) * gradient
        square = beta2 * square + (1.0 - beta2) * (gradient * gradient)
        power1 = _faded(beta1 * power1)
        power2 = _faded(beta2 * power2)
        # Without a power left the correction is a division by 1: not worth its time.
        unbiased = square if power2 == 0.0 else square / (1.0 - power2)
        size = (1.0 - power1) * (math.sqrt(unbiased) + epsilon)
        change = learning_rate * mean / size
        return bounded(parameters - change, lower, upper), mean, square, power1, power2


@register_jitable
def _faded(power: float) -> float:
    """Return 0 for what does not show beside 1: it would end as a subnormal number, and slow."""
    return power if power > 1e-20 else 0.0
