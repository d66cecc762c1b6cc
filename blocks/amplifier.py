"""An amplifier that saturates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks.clip import Clip
from hgedsp.blocks.gain import Gain
from hgedsp.checks import (
    ComplexArray,
    FloatArray,
    VectorLike,
    as_vector,
    per_lane,
    require_bounds,
)
from hgedsp.ports import Ports
from hgedsp.wire import Wire, as_wire


@final
@dataclass(frozen=True, eq=False)
class Amplifier(Block):
    """Turn a current into a voltage, as a transimpedance amplifier does, within its supply.

    y = min(max(gain x, lower), upper)

    Parameters
    ----------
    gain : float or array of shape (K,)
        Output per input, V/A on a current.
    clip : float or array of shape (K,), optional
        The output stays from -clip to +clip, V.
    lower, upper : float or array of shape (K,), optional
        Limits that are not symmetric, V; in place of -clip or +clip.

    Raises
    ------
    ParameterError
        If a gain is not finite, or a lower limit is not below the upper one.
    """

    gain: VectorLike
    clip: VectorLike = math.inf
    lower: VectorLike | None = None
    upper: VectorLike | None = None

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]")

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", as_vector("Amplifier", "gain", self.gain, "V/A"))
        require_bounds("Amplifier", *self._limits())

    def lanes(self) -> dict[str, int]:
        lower, upper = self._limits()
        return per_lane("Amplifier", gain=self.gain, lower=lower, upper=upper)

    def compose(self, x: Wire) -> Wire:
        return as_wire(Clip(*self._limits())(Gain(self.gain)(x)))

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the gain of a single lane between its limits at each frequency (Hz)."""
        return Gain(self.gain).response(frequency, rate)

    def _limits(self) -> tuple[VectorLike, VectorLike]:
        clip = np.asarray(self.clip, dtype=np.float64)
        lower = -clip if self.lower is None else self.lower
        return lower, clip if self.upper is None else self.upper
