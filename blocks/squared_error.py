"""Squared error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class SquaredError(Block):
    """Compare an output with its target: loss = (output - target)^2, lane by lane."""

    ports: ClassVar[Ports] = Ports(inputs="output[K], target[K]", outputs="loss[K]")

    @staticmethod
    def step(output: float, target: float) -> float:
        return (output - target) * (output - target)
