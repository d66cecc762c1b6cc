"""A value in standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Significance(Block):
    """Count a value in its standard errors: ratio = value / error, 0 where the error is 0."""

    ports: ClassVar[Ports] = Ports(inputs="value[K], error[K]", outputs="ratio[K]")

    @staticmethod
    def step(value: float, error: float) -> float:
        return 0.0 if error == 0.0 else value / error
