"""Sum over lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Sum(Block):
    """Add up the lanes of a wire: y = x_1 + ... + x_K."""

    is_linear: ClassVar[bool] = True
    reduces: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y")

    @staticmethod
    def step(x: float) -> float:
        return x  # one term; the compiler adds them up in the loop that made them
