"""An integrator."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients, unit_delay
from hgedsp.checks import (
    ComplexArray,
    FloatArray,
    VectorLike,
    as_vector,
    per_lane,
    require_bounds,
    require_not_negative,
)
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Integrator(Block):
    """Integrate over time, with leak, limits and reset.

    y[n+1] = clip(d y[n] + gain x[n] / rate, lower, upper),   d = exp(-leak / rate)

    The output is registered: y[n] does not depend on x[n], so an integrator closes loops. Where
    the input `reset` is not 0, y[n+1] is the initial value.

    Parameters
    ----------
    gain : float or array of shape (K,), optional
        Slope of the output per input, 1/s.
    leak : float, optional
        Rate at which the output decays by itself, 1/s; 0 for an ideal integrator.
    initial_value : float or array of shape (K,), optional
        Output at the start and after a reset.
    lower, upper : float or array of shape (K,), optional
        Limits of the output; infinite for none.

    Raises
    ------
    ParameterError
        If a value is not finite, `leak` is negative, or a lower limit is not below the upper one.
    """

    gain: VectorLike = 1.0
    leak: float = 0.0
    initial_value: VectorLike = 0.0
    lower: VectorLike = -math.inf
    upper: VectorLike = math.inf

    ports: ClassVar[Ports] = Ports(
        inputs="x[K], reset[K]=0",
        outputs="y[K]",
        state="y[K]",
        coefficients="decay, gain[K], initial[K], lower[K], upper[K]",
    )

    def __post_init__(self) -> None:
        require_not_negative("Integrator", "1/s", leak=self.leak)
        for name in ("gain", "initial_value"):
            object.__setattr__(self, name, as_vector("Integrator", name, getattr(self, name)))
        require_bounds("Integrator", self.lower, self.upper)

    def lanes(self) -> dict[str, int]:
        return per_lane(
            "Integrator",
            gain=self.gain,
            initial_value=self.initial_value,
            lower=self.lower,
            upper=self.upper,
        )

    def coefficients(self, rate: float) -> Coefficients:
        return (
            math.exp(-self.leak / rate),
            as_vector("Integrator", "gain", self.gain) / rate,
            as_vector("Integrator", "initial_value", self.initial_value),
            np.asarray(self.lower, dtype=np.float64),
            np.asarray(self.upper, dtype=np.float64),
        )

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"y": as_vector("Integrator", "initial_value", self.initial_value)}

    @staticmethod
    def step(
        x: float,
        reset: float,
        y: float,
        decay: float,
        gain: float,
        initial: float,
        lower: float,
        upper: float,
    ) -> float:
        if reset != 0.0:
            return initial
        return min(max(decay * y + gain * x, lower), upper)

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain of a single lane between the limits at each frequency (Hz)."""
        decay, delay = math.exp(-self.leak / rate), unit_delay(frequency, rate)
        (gain,) = as_vector("Integrator", "gain", self.gain)
        result: ComplexArray = gain / rate * delay / (1.0 - decay * delay)
        return result
