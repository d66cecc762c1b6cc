"""A delay in seconds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, final

from hgedsp.block import Block
from hgedsp.blocks.delay import Delay
from hgedsp.checks import ComplexArray, FloatArray, require, require_positive
from hgedsp.ports import Ports
from hgedsp.units import format_quantity, format_rate


@final
@dataclass(frozen=True, eq=False)
class TransportDelay(Block):
    """Give each sample later by the time a cable, a converter or a computer takes.

    y[t] = x[t - n],   n = seconds sample_rate, rounded; zero before that

    The output is registered, as that of `Delay`: it may be read before it is wired, and closes
    loops.

    Parameters
    ----------
    seconds : float
        Delay, s; at least half a sample.
    sample_rate : float
        Rate of the wire, Hz. It is asked for since the length of the memory depends on it.

    Raises
    ------
    ParameterError
        If a value is not positive and finite, the delay rounds to no sample, or, once the rate is
        known, it is another one.

    Notes
    -----
    Rounding leaves an error of at most half a sample, pi f / sample_rate in phase.
    """

    seconds: float
    sample_rate: float

    is_linear: ClassVar[bool] = True
    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Delay.ports

    def __post_init__(self) -> None:
        require_positive("TransportDelay", "s", seconds=self.seconds)
        require_positive("TransportDelay", "Hz", sample_rate=self.sample_rate)
        require(
            self.samples >= 1,
            f"a TransportDelay of {format_quantity(self.seconds, 's')} is less than half a sample "
            f"at {format_rate(self.sample_rate)}",
            f"leave it out, or sample faster than {format_rate(0.5 / self.seconds)}",
        )

    @property
    def samples(self) -> int:
        """Delay in whole samples."""
        return math.floor(self.seconds * self.sample_rate + 0.5)

    def lanes(self) -> dict[str, int]:
        return {"samples": self.samples}

    def check_rate(self, rate: float) -> None:
        require(
            math.isclose(rate, self.sample_rate, rel_tol=1e-9),
            f"a TransportDelay for {format_rate(self.sample_rate)} is used at {format_rate(rate)}",
            f"give it sample_rate={rate:g}",
        )

    @property
    def step_function(self) -> Callable[..., Any]:
        return Delay.step

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return z^-n at each frequency (Hz)."""
        return Delay(self.samples).response(frequency, rate)
