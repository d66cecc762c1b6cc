"""One second-order section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients, unit_delay
from hgedsp.checks import ComplexArray, FloatArray, as_vector, require
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Biquad(Block):
    """Filter with two poles and two zeros, in transposed direct form II [1]_.

    y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]

    Parameters
    ----------
    b0, b1, b2 : float
        Numerator.
    a1, a2 : float
        Denominator; a0 is 1.

    Raises
    ------
    ParameterError
        If a coefficient is not finite, or a pole is not inside the unit circle.

    References
    ----------
    .. [1] Oppenheim & Schafer, Discrete-Time Signal Processing, 3rd ed., sec. 6.3.4.
    """

    b0: float
    b1: float
    b2: float
    a1: float
    a2: float

    is_linear: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K]",
        outputs="y[K]",
        state="s1[K], s2[K]",
        coefficients="b0, b1, b2, a1, a2",
    )

    def __post_init__(self) -> None:
        for name in ("b0", "b1", "b2", "a1", "a2"):
            as_vector("Biquad", name, getattr(self, name))
        require_stable("Biquad", self.a1, self.a2)

    def coefficients(self, rate: float) -> Coefficients:
        return self.b0, self.b1, self.b2, self.a1, self.a2

    @staticmethod
    def step(
        x: float, s1: float, s2: float, b0: float, b1: float, b2: float, a1: float, a2: float
    ) -> tuple[float, float, float]:
        y = b0 * x + s1
        return y, b1 * x - a1 * y + s2, b2 * x - a2 * y

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain at each frequency (Hz)."""
        z1 = unit_delay(frequency, rate)
        gain: ComplexArray = (self.b0 + z1 * (self.b1 + z1 * self.b2)) / (
            1.0 + z1 * (self.a1 + z1 * self.a2)
        )
        return gain


def require_stable(owner: str, a1: float, a2: float) -> None:
    """Refuse poles on or outside the unit circle: |a2| < 1 and |a1| < 1 + a2 keep them inside."""
    radius = float(np.max(np.abs(np.roots([1.0, a1, a2])), initial=0.0))
    require(
        abs(a2) < 1.0 and abs(a1) < 1.0 + a2,
        f"{owner} has a pole at radius {radius:.9g}, so its output would not fade",
        "design with all poles inside the unit circle: take a lower order, a wider band or "
        'output="sos"; to accumulate take Integrator',
    )
