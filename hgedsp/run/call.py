"""One call of a kernel: room for its outputs, and the arrays it works on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.compile.layout import ARRAYS
from hgedsp.compile.program import Program


def call(
    program: Program,
    arrays: dict[str, npt.NDArray[Any]],
    start: int,
    n: int,
    inputs: list[npt.NDArray[Any]],
    room: Callable[[tuple[int, ...], Any], npt.NDArray[Any]] = np.zeros,
) -> dict[str, npt.NDArray[Any]]:
    """Run samples start .. start + n - 1; return each output with shape (rows, lanes).

    Parameters
    ----------
    arrays : dict of str to array
        States and coefficients; the states are moved on. Wires last for one tick only, so they
        are the program's own.
    room : callable
        Makes an array of a shape and a dtype for each output.
    """
    outputs = {
        name: room((len(tick.among(start, n)), width), dtype)
        for name, tick, width, dtype in program.stored
    }
    wires = {name: program.memory.initial[name] for name in "WV"}
    every = [wires.get(name, arrays[name]) for name in ARRAYS]
    program.built.function(n, start, *every, *inputs, *outputs.values())
    return outputs
