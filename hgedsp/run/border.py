"""The border: samples are checked here, before anything has moved."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.compile.program import Program
from hgedsp.errors import SampleError

# Where the samples of an input come from: the index of the first one there, and the file, if any.
Origin = tuple[int, str]


def as_inputs(
    program: Program,
    inputs: Mapping[str, Any] | int,
    sample: int,
    origins: Mapping[str, Origin],
) -> tuple[int, list[npt.NDArray[Any]]]:
    """Return the number of samples, and one contiguous (N, lanes) array per input.

    Inputs without an origin are counted from `sample`, the first of the chunk in the run.
    """
    names = program.text.inputs
    if isinstance(inputs, (int, np.integer)):
        if names:
            raise SampleError(
                f"the graph needs samples for {', '.join(names)}",
                mend=f'process({{"{names[0]}": array}})',
            )
        if inputs < 0:
            raise SampleError(f"cannot process {inputs} samples", mend="give a number from 0")
        return int(inputs), []
    _check_names(names, inputs)
    external = [n for n in program.plan.checked.flat.nodes if n.block.external]
    arrays = []
    for node in external:
        port = node.block.ports.outputs[0]
        width = program.plan.checked.port_width(node.index, port)
        first, where = origins.get(node.name, (sample, ""))
        dtype = program.memory.dtype_of(port)
        arrays.append(_as_samples(inputs[node.name], node.name, width, dtype, first, where))
    lengths = {name: len(array) for name, array in zip(names, arrays, strict=True)}
    if len(set(lengths.values())) > 1:
        listing = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise SampleError(
            f"the inputs differ in length: {listing}",
            mend="give every input the same number of samples",
        )
    return next(iter(lengths.values())), arrays


def _as_samples(
    values: Any, name: str, width: int, dtype: str, sample: int, where: str
) -> npt.NDArray[Any]:
    """Return samples as an array of shape (N, width), or say what is wrong with them."""
    place = (where,) if where else ()
    array = _as_numbers(values, name, place)
    array = array.reshape(-1, 1) if array.ndim == 1 and width == 1 else array
    if array.ndim != 2 or array.shape[1] != width:
        shape = "(N,)" if width == 1 else f"(N, {width})"
        raise SampleError(
            f"input {name} has shape {np.shape(values)}, not {shape}",
            where=place,
            mend="one row per sample, one column per lane",
        )
    if dtype == "float32":
        with np.errstate(over="ignore"):
            array = array.astype(np.float32)
    if not all_finite(array):
        bad = np.argwhere(~np.isfinite(array))
        row, lane = (int(i) for i in bad[0])
        at = f"sample {sample + row}" + (f", lane {lane}" if width > 1 else "")
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise SampleError(
            f"input {name} is {array[row, lane]} at {at}{more}",
            where=place,
            mend="cut these samples out or fill them in: a filter would carry them on for ever",
        )
    if dtype == "int64" and np.any(array != np.floor(array)):
        raise SampleError(
            f"input {name} takes whole numbers, but holds fractions",
            where=place,
            mend='round the samples, or make the Input with dtype="float64"',
        )
    # The kernel is compiled for arrays in one piece that may be written to.
    fits = array.flags.carray and array.dtype == dtype
    return array if fits else np.require(array, np.dtype(dtype), ["C", "A", "W"])


def all_finite(array: npt.NDArray[Any]) -> bool:
    """Whether all values are finite."""
    # A plain sum is there sooner; where it overflows, every number is looked at. Not a product of
    # BLAS, whose threads wait in a loop for more to do and take the core from the kernel.
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.einsum("i->", array.ravel())) or np.isfinite(array).all())


def _as_numbers(values: Any, name: str, place: tuple[str, ...]) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.dtype.kind == "O":
        with suppress(TypeError, ValueError):
            array = array.astype(np.float64)
    if array.dtype.kind not in "buif":
        raise SampleError(
            f"input {name} holds something that is no real number",
            where=place,
            mend="give an array of real numbers",
        )
    return array


def _check_names(names: tuple[str, ...], inputs: Mapping[str, Any]) -> None:
    missing = [name for name in names if name not in inputs]
    unknown = [name for name in inputs if name not in names]
    if missing or unknown:
        what = (
            f"input {missing[0]} got no samples" if missing else f"no input is named {unknown[0]}"
        )
        raise SampleError(what, mend=f"the inputs of this graph are {', '.join(names) or 'none'}")
