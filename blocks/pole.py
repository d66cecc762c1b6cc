"""One pole, left unscaled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from hgedsp.block import Block, Coefficients, unit_delay
from hgedsp.checks import ComplexArray, FloatArray, require_integer, require_positive
from hgedsp.ports import Ports

MOST_POLES = 4  # for which one `PoleGain` makes up


@final
@dataclass(frozen=True, eq=False)
class Pole(Block):
    """Add up with one time constant: the pole of a `LowPass`, without its gain.

    z[n] = d z[n-1] + x[n],   d = exp(-1 / (tau rate))

    One multiply-add a sample, half of what a `OnePole` takes. A constant input of 1 becomes
    1 / (1 - d); `PoleGain` makes up for it, once for several poles.

    Parameters
    ----------
    time_constant : float
        Time constant tau, s.
    place : int, optional
        Which one this is, from 1 on, of the poles that one `PoleGain` makes up for. When the time
        constant is set during a run, the sum is scaled so that what comes out of the `PoleGain`
        goes on without a jump.

    Raises
    ------
    ParameterError
        If `time_constant` is not positive and finite, or `place` is not 1 to 4.

    Notes
    -----
    d is rounded, which makes the time constant right to 1.1e-16 tau rate of itself (6e-8 tau rate
    in float32). The gain at 0 Hz is not touched by it: `PoleGain` knows the rounded d.
    """

    time_constant: float
    place: int = 1

    is_linear: ClassVar[bool] = True
    settable: ClassVar[bool] = False  # alone; its gain has to follow
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="z[K]", state="z1[K]", coefficients="d")

    def __post_init__(self) -> None:
        require_positive("Pole", "s", time_constant=self.time_constant)
        require_integer("Pole", 1, MOST_POLES, place=self.place)

    def coefficients(self, rate: float) -> Coefficients:
        return (math.exp(-1.0 / (self.time_constant * rate)),)

    def carried_over(
        self,
        states: Mapping[str, npt.NDArray[Any]],
        before: Mapping[str, npt.NDArray[Any]],
        now: Mapping[str, npt.NDArray[Any]],
    ) -> dict[str, FloatArray]:
        gain_before, gain_now = np.float64(1 - before["d"]), np.float64(1 - now["d"])
        return {"z1": states["z1"] * (gain_before / gain_now) ** self.place}

    @staticmethod
    def step(x: float, z1: float, d: float) -> tuple[float, float]:
        z = d * z1 + x
        return z, z  # the output, then the new state

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain at each frequency (Hz)."""
        (d,) = self.coefficients(rate)
        return 1.0 / (1.0 - d * unit_delay(frequency, rate))
