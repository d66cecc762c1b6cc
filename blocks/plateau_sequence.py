"""Points held one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import FloatArray, IntArray, require, require_integer
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class PlateauSequence(Block):
    """Hold each of a list of points for a while, ramp to the next, and begin again after the last.

    Of every ``ramp + plateau`` samples the first `ramp` go in a straight line from the point
    before, and the rest stay on the point. The output `gate` is 0 on ramps and 1 on plateaus, as
    `IntegrateAndDump` takes it.

    Parameters
    ----------
    points : array of shape (P, D)
        Points with D values each, for example the voltages of D electrodes.
    plateau : int
        Samples on each point, from 1.
    ramp : int, optional
        Samples from one point to the next; 0 for a jump.

    Raises
    ------
    ParameterError
        If `points` is no table of finite numbers, or a length is no whole number.
    """

    points: Sequence[Sequence[float]] | FloatArray
    plateau: int
    ramp: int = 0

    vector: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_integer("PlateauSequence", 1, plateau=self.plateau)
        require_integer("PlateauSequence", 0, ramp=self.ramp)
        table = np.array(self.points, dtype=np.float64)
        good = table.ndim == 2 and table.size > 0 and bool(np.isfinite(table).all())
        require(
            good,
            f"PlateauSequence needs finite points of shape (P, D), got {table.shape}",
            "give a list of points, each a list of numbers",
        )
        table.flags.writeable = False
        object.__setattr__(self, "points", table)
        ports = Ports(
            outputs=f"values[{table.shape[1]}], gate, point: int64",
            state="count: int64[2]",
            coefficients=f"table[{table.size}], ramp: int64, plateau: int64, last: int64",
        )
        object.__setattr__(self, "ports", ports)

    @property
    def period(self) -> int:
        """Samples until the sequence begins again."""
        return len(np.asarray(self.points)) * (self.ramp + self.plateau)

    def coefficients(self, rate: float) -> Coefficients:
        return (
            np.asarray(self.points).ravel(),
            self.ramp,
            self.plateau,
            len(np.asarray(self.points)) - 1,
        )

    @staticmethod
    def step(
        values: FloatArray, count: IntArray, table: FloatArray, ramp: int, plateau: int, last: int
    ) -> Any:
        width = values.size
        place, point = count[0], count[1]
        before = point - 1 if point > 0 else last
        share = 1.0 if place >= ramp else (place + 1) / (ramp + 1)
        for k in range(width):
            start = table[before * width + k]
            values[k] = start + share * (table[point * width + k] - start)
        # Counted on, for a division in every sample would cost more than all the rest.
        done = place + 1 == ramp + plateau
        count[0] = 0 if done else place + 1
        following = 0 if point == last else point + 1
        count[1] = following if done else point
        return 1.0 if place >= ramp else 0.0, point
