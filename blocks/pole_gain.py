"""The gain that makes up for that of poles."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.pole import MOST_POLES
from hgedsp.checks import ComplexArray, FloatArray, require_integer, require_positive
from hgedsp.ports import Ports


def _one(z: float, d: float) -> float:
    return (1.0 - d) * z


def _two(z: float, d: float) -> float:
    a = 1.0 - d
    return (a * a) * z


def _three(z: float, d: float) -> float:
    a = 1.0 - d
    return (a * a * a) * z


def _four(z: float, d: float) -> float:
    a = 1.0 - d
    return ((a * a) * (a * a)) * z


# The gain is worked out from the rounded d that the poles have, in whatever type: with its poles
# it is exactly 1 at 0 Hz.
_STEPS = (_one, _two, _three, _four)


@final
@dataclass(frozen=True, eq=False)
class PoleGain(Block):
    """Scale what comes from poles, so that their gain at 0 Hz is 1: y = (1 - d)^poles z.

    d = exp(-1 / (tau rate)), as in `Pole`

    Parameters
    ----------
    time_constant : float
        Time constant tau of each pole, s.
    poles : int, optional
        How many, 1 to 4.

    Raises
    ------
    ParameterError
        If `time_constant` is not positive and finite, or `poles` is not 1 to 4.
    """

    time_constant: float
    poles: int = 1

    is_linear: ClassVar[bool] = True
    settable: ClassVar[bool] = False  # alone; its poles have to follow
    ports: ClassVar[Ports] = Ports(inputs="z[K]", outputs="y[K]", coefficients="d")

    def __post_init__(self) -> None:
        require_positive("PoleGain", "s", time_constant=self.time_constant)
        require_integer("PoleGain", 1, MOST_POLES, poles=self.poles)

    def coefficients(self, rate: float) -> Coefficients:
        return (math.exp(-1.0 / (self.time_constant * rate)),)

    @property
    def step_function(self) -> Callable[..., float]:
        return _STEPS[self.poles - 1]

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the gain, the same at each frequency (Hz)."""
        (d,) = self.coefficients(rate)
        gain = (1.0 - d) ** self.poles
        return np.full(np.shape(frequency), gain, dtype=np.complex128)
