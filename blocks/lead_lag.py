"""One pole and one zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block, Coefficients, unit_delay
from hgedsp.checks import ComplexArray, FloatArray, require_positive
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class LeadLag(Block):
    """Pass slow signals as they are, and fast ones by the ratio of pole to zero.

    y[n] = b0 x[n] + b1 x[n-1] + a1 y[n-1],
    a1 = exp(-2 pi pole / rate),   b1 = -b0 exp(-2 pi zero / rate),   b0 + b1 = 1 - a1

    Parameters
    ----------
    zero, pole : float
        Corner frequencies, Hz. With the pole below the zero the gain falls from 1 to pole/zero.

    Raises
    ------
    ParameterError
        If a frequency is not positive and finite.

    Notes
    -----
    Pole and zero are matched to those of the analog section: z = exp(s / rate). A corner above
    half the sample rate does no harm; the gain tends to 1 where both are.
    """

    zero: float
    pole: float

    is_linear: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K]", outputs="y[K]", state="rest[K]", coefficients="b0, b1, a1"
    )

    def __post_init__(self) -> None:
        require_positive("LeadLag", "Hz", zero=self.zero, pole=self.pole)

    def coefficients(self, rate: float) -> Coefficients:
        return self._numbers(rate)

    @staticmethod
    def step(x: float, rest: float, b0: float, b1: float, a1: float) -> tuple[float, float]:
        y = b0 * x + rest
        return y, b1 * x + a1 * y

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain at each frequency (Hz)."""
        b0, b1, a1 = self._numbers(rate)
        z1 = unit_delay(frequency, rate)
        gain: ComplexArray = (b0 + b1 * z1) / (1.0 - a1 * z1)
        return gain

    def _numbers(self, rate: float) -> tuple[float, float, float]:
        zero, pole = -2 * math.pi * self.zero / rate, -2 * math.pi * self.pole / rate
        # expm1 keeps all digits of corners far below the sample rate.
        b0 = math.expm1(pole) / math.expm1(zero)
        return b0, -b0 * math.exp(zero), math.exp(pole)
