"""A value that never changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block, Coefficients
from hgedsp.checks import VectorLike, as_vector
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Constant(Block):
    """Give the same value at every tick, at any rate.

    Parameters
    ----------
    value : float or array of shape (K,)
        The value of each lane. It can be set between chunks.

    Raises
    ------
    ParameterError
        If a value is not finite.
    """

    value: VectorLike

    constant: ClassVar[bool] = True
    operator: ClassVar[str] = "constant"
    ports: ClassVar[Ports] = Ports(outputs="value[K]", coefficients="value[K]")

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", as_vector("Constant", "value", self.value))

    def lanes(self) -> dict[str, int]:
        return {"K": as_vector("Constant", "value", self.value).size}

    def coefficients(self, rate: float) -> Coefficients:
        return (as_vector("Constant", "value", self.value),)
