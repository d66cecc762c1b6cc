"""Resistors and capacitors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients, unit_delay
from hgedsp.checks import ComplexArray, FloatArray, VectorLike, as_vector, per_lane, require
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class RcLowPass(Block):
    """Average each lane with a resistor and a capacitor of its own.

    y[n] = y[n-1] + a (x[n] - y[n-1]),   a = 1 - exp(-1 / (R C rate))

    It is a `OnePole` whose time constants may differ from lane to lane, as those of real parts do.

    Parameters
    ----------
    resistance : float or array of shape (K,)
        R of each lane, ohm.
    capacitance : float or array of shape (K,)
        C of each lane, F.

    Raises
    ------
    ParameterError
        If a value is not positive and finite.
    """

    resistance: VectorLike
    capacitance: VectorLike

    is_linear: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K]", outputs="y[K]", state="y1[K]", coefficients="a[K]"
    )

    def __post_init__(self) -> None:
        for name, unit in (("resistance", "ohm"), ("capacitance", "F")):
            vector = as_vector("RcLowPass", name, getattr(self, name), unit)
            lowest = float(vector.min())
            require(
                lowest > 0,
                f"RcLowPass needs {name} above 0 {unit}, got {lowest:g} {unit}",
                f"give {name} positive numbers in {unit}",
            )
            object.__setattr__(self, name, vector)

    @property
    def time_constant(self) -> FloatArray:
        """R C of each lane, s."""
        result: FloatArray = np.multiply(self.resistance, self.capacitance)
        return result

    def lanes(self) -> dict[str, int]:
        return per_lane("RcLowPass", resistance=self.resistance, capacitance=self.capacitance)

    def coefficients(self, rate: float) -> Coefficients:
        # expm1 keeps all digits of a when R C is many samples.
        return (-np.expm1(-1.0 / (self.time_constant * rate)),)

    @staticmethod
    def step(x: float, y1: float, a: float) -> tuple[float, float]:
        y = (y1 - a * y1) + a * x
        return y, y  # the output, then the new state

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain of a single lane at each frequency (Hz)."""
        (time_constant,) = self.time_constant
        a = -math.expm1(-1.0 / (time_constant * rate))
        return a / (1.0 - (1.0 - a) * unit_delay(frequency, rate))
