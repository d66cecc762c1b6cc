"""From a slow clock to a fast one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.checks import FloatArray, VectorLike, as_vector, per_lane, require_integer
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Hold(Block):
    """Keep each value of a slow wire for n ticks of a faster clock.

    The slow value of a window is known at the window's last fast sample, and is held from that
    sample on. A registered output (of an updater, say) is read through: an update shows on the
    next fast sample, without another window of delay.

    Parameters
    ----------
    samples : int
        Fast ticks n per slow tick, from 2.
    initial_value : float or array of shape (K,), optional
        Value before the first slow tick.

    Raises
    ------
    ParameterError
        If `samples` is not a whole number from 2, or `initial_value` is not finite.
    """

    samples: int
    initial_value: VectorLike = 0.0

    is_linear: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", state="y[K]")

    def __post_init__(self) -> None:
        require_integer("Hold", 2, samples=self.samples)
        value = as_vector("Hold", "initial_value", self.initial_value)
        object.__setattr__(self, "initial_value", value)

    @property
    def interpolation(self) -> int:
        return self.samples

    def lanes(self) -> dict[str, int]:
        return per_lane("Hold", initial_value=self.initial_value)

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"y": as_vector("Hold", "initial_value", self.initial_value)}

    @staticmethod
    def step(x: float, y: float) -> float:
        return x
