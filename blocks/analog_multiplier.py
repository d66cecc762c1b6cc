"""A multiplier as it comes in a package with eight legs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.clip import clipped
from hgedsp.checks import VectorLike, as_vector, per_lane, require_positive
from hgedsp.ports import Ports

_ERRORS = ("gain_error", "x_offset", "y_offset", "output_offset")


@final
@dataclass(frozen=True, eq=False)
class AnalogMultiplier(Block):
    """Multiply two voltages, with the errors of an analog part.

    w = (1 + gain_error) (x + x_offset) (y + y_offset) / scale + output_offset,   within +-rail

    With a reference for y it is the mixer of a lock-in, with the same wire for x and y a squarer.

    Parameters
    ----------
    scale : float, optional
        Voltage that both inputs have to have for it to come out again, V.
    rail : float, optional
        Largest output, V.
    gain_error : float or array of shape (K,), optional
        Relative error of the scale.
    x_offset, y_offset, output_offset : float or array of shape (K,), optional
        Offsets referred to the inputs and to the output, V.

    Raises
    ------
    ParameterError
        If `scale` or `rail` is not positive, or an error is not finite.

    Notes
    -----
    Where x has no mean and y is a sine, input offsets only let x or y through, which the low-pass
    behind takes away; the product of both and the output offset stay, and look like a gradient.
    """

    scale: float = 10.0
    rail: float = 10.0
    gain_error: VectorLike = 0.0
    x_offset: VectorLike = 0.0
    y_offset: VectorLike = 0.0
    output_offset: VectorLike = 0.0

    ports: ClassVar[Ports] = Ports(
        inputs="x[K], y[K]",
        outputs="w[K]",
        coefficients="gain[K], x_offset[K], y_offset[K], output_offset[K], rail",
    )

    def __post_init__(self) -> None:
        require_positive("AnalogMultiplier", "V", scale=self.scale, rail=self.rail)
        for name in _ERRORS:
            unit = "" if name == "gain_error" else "V"
            vector = as_vector("AnalogMultiplier", name, getattr(self, name), unit)
            object.__setattr__(self, name, vector)

    def lanes(self) -> dict[str, int]:
        return per_lane("AnalogMultiplier", **{name: getattr(self, name) for name in _ERRORS})

    def coefficients(self, rate: float) -> Coefficients:
        gain_error, *offsets = (
            as_vector("AnalogMultiplier", name, getattr(self, name)) for name in _ERRORS
        )
        return ((1.0 + gain_error) / self.scale, *offsets, self.rail)

    @staticmethod
    def step(
        x: float,
        y: float,
        gain: float,
        x_offset: float,
        y_offset: float,
        output_offset: float,
        rail: float,
    ) -> float:
        # What does not wait for x comes first: in a loop, x comes last.
        product = (x + x_offset) * (gain * (y + y_offset)) + output_offset
        return clipped(product, -rail, rail)
