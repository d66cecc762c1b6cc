"""A device or amplifier of limited bandwidth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.blocks.one_pole import OnePole
from hgedsp.checks import ComplexArray, FloatArray, require_positive
from hgedsp.ports import Ports
from hgedsp.wire import Wire, as_wire


@final
@dataclass(frozen=True, eq=False)
class Bandwidth(Block):
    """Limit the bandwidth of K signals with one pole.

    It is a `OnePole` of time constant 1/(2 pi cutoff).

    Parameters
    ----------
    cutoff : float
        Frequency at which the power is halved, Hz.

    Raises
    ------
    ParameterError
        If `cutoff` is not positive and finite.

    Notes
    -----
    Sampling moves the -3 dB frequency up: by 0.8 % for a cutoff of 1/20 of the sample rate, by
    3.5 % for 1/10; above 0.28 there is none. The phase at a low cutoff is -45 degrees plus
    180 degrees times cutoff over rate, as half a sample of delay is missing.
    """

    cutoff: float

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]")

    def __post_init__(self) -> None:
        require_positive("Bandwidth", "Hz", cutoff=self.cutoff)

    def compose(self, x: Wire) -> Wire:
        return as_wire(self._pole()(x))

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain at each frequency (Hz)."""
        return self._pole().response(frequency, rate)

    def _pole(self) -> OnePole:
        return OnePole(1.0 / (2.0 * math.pi * self.cutoff), name="pole")
