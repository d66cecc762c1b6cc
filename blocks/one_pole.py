"""One pole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block, Coefficients, unit_delay
from hgedsp.checks import ComplexArray, FloatArray, require_positive
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class OnePole(Block):
    """Average with one time constant, as an RC circuit does.

    y[n] = y[n-1] + a (x[n] - y[n-1]),   a = 1 - exp(-1 / (tau rate))

    Parameters
    ----------
    time_constant : float
        Time constant tau, s. A step settles to 1 % after 4.6 tau.

    Raises
    ------
    ParameterError
        If `time_constant` is not positive and finite.

    Notes
    -----
    The pole is that of the analog filter under a zero-order hold [1]_, so that tau keeps its
    meaning up to the Nyquist frequency.

    References
    ----------
    .. [1] Astrom & Wittenmark, Computer-Controlled Systems, 3rd ed., ch. 2.
    """

    time_constant: float

    is_linear: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", state="y1[K]", coefficients="a")

    def __post_init__(self) -> None:
        require_positive("OnePole", "s", time_constant=self.time_constant)

    def coefficients(self, rate: float) -> Coefficients:
        # expm1 keeps all digits of a when tau is many samples.
        return (-math.expm1(-1.0 / (self.time_constant * rate)),)

    @staticmethod
    def step(x: float, y1: float, a: float) -> tuple[float, float]:
        # What is known before x comes first: in a loop, x comes last.
        y = (y1 - a * y1) + a * x
        return y, y  # the output, then the new state

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain at each frequency (Hz)."""
        a = -math.expm1(-1.0 / (self.time_constant * rate))
        return a / (1.0 - (1.0 - a) * unit_delay(frequency, rate))
