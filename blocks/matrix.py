"""Multiply by a constant matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import FloatArray, IntArray, require
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Matrix(Block):
    """Multiply the lanes of a wire by a constant matrix: y_n = sum_k matrix_nk x_k.

    Entries that are zero cost nothing.

    Parameters
    ----------
    matrix : array of shape (N, K)

    Raises
    ------
    ParameterError
        If it is no table of finite numbers.
    """

    matrix: Sequence[Sequence[float]] | FloatArray

    is_linear: ClassVar[bool] = True
    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K]",
        outputs="y[N]",
        coefficients="entry[E], column: int64[E], start: int64[N+1]",
    )

    def __post_init__(self) -> None:
        table = np.array(self.matrix, dtype=np.float64)
        require(
            table.ndim == 2 and table.size > 0 and bool(np.isfinite(table).all()),
            f"Matrix needs finite numbers of shape (N, K), got shape {table.shape}",
            "give one row per output lane and one column per input lane",
        )
        table.flags.writeable = False
        object.__setattr__(self, "matrix", table)

    def lanes(self) -> dict[str, int]:
        table = np.asarray(self.matrix)
        return {"N": table.shape[0], "K": table.shape[1], "E": max(1, np.count_nonzero(table))}

    def coefficients(self, rate: float) -> Coefficients:
        table = np.asarray(self.matrix)
        row, column = np.nonzero(table)
        start = np.searchsorted(row, np.arange(len(table) + 1))
        if not row.size:  # all zero: one entry that no row points to, for arrays are never empty
            return np.zeros(1), np.zeros(1, dtype=np.int64), start
        return table[row, column], column, start

    @staticmethod
    def step(
        x: FloatArray, y: FloatArray, entry: FloatArray, column: IntArray, start: IntArray
    ) -> None:
        for n in range(y.size):
            total = 0.0
            for e in range(start[n], start[n + 1]):
                total += entry[e] * x[column[e]]
            y[n] = total
