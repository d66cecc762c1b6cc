"""A high-pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.blocks.one_pole import OnePole
from hgedsp.checks import ComplexArray, FloatArray, require_positive
from hgedsp.ports import Ports
from hgedsp.wire import Wire, as_wire


@final
@dataclass(frozen=True, eq=False)
class DcBlock(Block):
    """Take the mean of the recent past off K signals, as AC coupling does.

    y[n] = x[n] - m[n],   m the output of `OnePole` on x

    Parameters
    ----------
    time_constant : float
        Time constant of the mean, s; the corner is at 1/(2 pi time_constant).

    Raises
    ------
    ParameterError
        If `time_constant` is not positive and finite.
    """

    time_constant: float

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]")

    def __post_init__(self) -> None:
        require_positive("DcBlock", "s", time_constant=self.time_constant)

    def compose(self, x: Wire) -> Wire:
        return x - as_wire(self._mean()(x))

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain at each frequency (Hz)."""
        return 1.0 - self._mean().response(frequency, rate)

    def _mean(self) -> OnePole:
        return OnePole(self.time_constant, name="mean")
