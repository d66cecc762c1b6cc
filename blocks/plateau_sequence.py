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
            state="count: int64",
            coefficients=f"table[{table.size}], ramp: int64, plateau: int64",
        )
        object.__setattr__(self, "ports", ports)

    @property
    def period(self) -> int:
        """Samples until the sequence begins again."""
        return len(np.asarray(self.points)) * (self.ramp + self.plateau)

    def coefficients(self, rate: float) -> Coefficients:
        return np.asarray(self.points).ravel(), self.ramp, self.plateau

    @staticmethod
    def step(
        values: FloatArray, count: IntArray, table: FloatArray, ramp: int, plateau: int
    ) -> Any:
        width = values.size
        length = ramp + plateau
        n = count[0]
        point = n // length
        place = n - point * length
        last = table.size // width - 1
        before = point - 1 if point > 0 else last
        share = 1.0 if place >= ramp else (place + 1) / (ramp + 1)
        for k in range(width):
            start = table[before * width + k]
            values[k] = start + share * (table[point * width + k] - start)
        n += 1
        count[0] = n if n < (last + 1) * length else 0
        return 1.0 if place >= ramp else 0.0, point
