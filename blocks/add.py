"""Sum of two wires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Add(Block):
    """Add two wires: y = x1 + x2, lane by lane.

    A wire of one lane fits any number of lanes. The operator ``+`` between wires makes this block.
    """

    is_linear: ClassVar[bool] = True
    operator: ClassVar[str] = "add"
    ports: ClassVar[Ports] = Ports(inputs="x1[K], x2[K]", outputs="y[K]")

    @staticmethod
    def step(x1: float, x2: float) -> float:
        return x1 + x2
