"""Some lanes of a wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import FloatArray, IntArray, require
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Select(Block):
    """Pick lanes of a wire, in any order: y_k = x[chosen_k].

    Parameters
    ----------
    chosen : int or sequence of int of shape (N,)
        Lanes of the input, from 0; the same one may be picked more than once.

    Raises
    ------
    ParameterError
        If a lane is not a whole number from 0 or, once the input is known, not one of its lanes.
    """

    chosen: int | Sequence[int] | IntArray

    is_linear: ClassVar[bool] = True
    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[N]", coefficients="chosen: int64[N]")

    def __post_init__(self) -> None:
        lanes = np.atleast_1d(np.array(self.chosen))
        whole = lanes.ndim == 1 and lanes.size > 0 and np.issubdtype(lanes.dtype, np.integer)
        require(
            bool(whole and np.all(lanes >= 0)),
            f"Select needs lanes that are whole numbers from 0, got {self.chosen!r}",
            "give the numbers of the lanes, counted from 0, such as [0, 2]",
        )
        lanes.flags.writeable = False
        object.__setattr__(self, "chosen", lanes)

    def lanes(self) -> dict[str, int]:
        return {"N": np.size(self.chosen)}

    def check_lanes(self, lanes: Mapping[str, int]) -> None:
        highest, width = int(np.max(self.chosen)), lanes["K"]
        require(
            highest < width,
            f"Select picks lane {highest} of a wire that has lanes 0 to {width - 1}",
            "pick lanes of the input, counted from 0",
        )

    def coefficients(self, rate: float) -> Coefficients:
        return (np.asarray(self.chosen),)

    @staticmethod
    def step(x: FloatArray, y: FloatArray, chosen: IntArray) -> None:
        for k in range(y.size):
            y[k] = x[chosen[k]]
