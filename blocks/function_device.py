"""A device that the user wrote as a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, ClassVar, final

import numpy as np

from hgedsp.block import Block
from hgedsp.checks import FloatArray, VectorLike, require, require_integer
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class FunctionDevice(Block):
    """A device whose current is any function of its voltages.

    current[n] = function(voltage[n])

    Parameters
    ----------
    function : callable
        Takes the voltages, V, an array of shape (K,) it must not write to, and returns the
        current, A. Plain Python within what numba takes, or compiled by numba already. Numbers
        around it (of the module, or of a function that made it) are read when the graph is
        compiled; a changed one gives a new kernel.
    electrodes : int
        Number of voltages K.

    Raises
    ------
    ParameterError
        If `function` is no function, or `electrodes` is not a whole number from 1.

    Examples
    --------
    >>> FunctionDevice(lambda v: 1e-9 * v[0] * v[1], electrodes=2).current([1.0, 2.0])
    2e-09
    """

    function: Callable[[FloatArray], float]
    electrodes: int

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="voltage[K]", outputs="current")

    def __post_init__(self) -> None:
        require(
            isinstance(_plain(self.function), FunctionType),
            f"FunctionDevice needs a function, got {self.function!r}",
            "give one written with def or lambda, or compiled with numba.njit",
        )
        require_integer("FunctionDevice", 1, electrodes=self.electrodes)

    def lanes(self) -> dict[str, int]:
        return {"K": self.electrodes}

    @property
    def step_function(self) -> Callable[..., Any]:
        return self.function

    def current(self, voltage: VectorLike) -> float | FloatArray:
        """Return the current (A) at voltages of shape (K,) or (N, K), V; not compiled."""
        v = np.asarray(voltage, dtype=np.float64)
        require(
            v.ndim in (1, 2) and v.shape[-1] == self.electrodes,
            f"FunctionDevice has {self.electrodes} electrodes, got voltages of shape {v.shape}",
            f"give voltages of shape ({self.electrodes},) or (N, {self.electrodes}), in V",
        )
        function = _plain(self.function)
        return float(function(v)) if v.ndim == 1 else np.array([float(function(row)) for row in v])


def _plain(function: Any) -> Any:
    """Return the Python function behind a compiled one."""
    return getattr(function, "py_func", function)
