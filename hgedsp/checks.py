"""Checks of user input at the door: scalars and per-lane vectors, with units in the message."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.errors import ParameterError

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
VectorLike = float | Sequence[float] | FloatArray
PathLike = str | Path


def require(condition: bool, what: str, mend: str) -> None:
    """Raise a `ParameterError` unless `condition` holds."""
    if not condition:
        raise ParameterError(what, mend=mend)


def require_positive(owner: str, unit: str, **values: float) -> None:
    """Refuse values that are not numbers above zero."""
    for name, value in values.items():
        good = _is_number(value) and math.isfinite(value) and value > 0
        require(
            good,
            f"{owner} needs {name} above 0{_of(unit)}, got {_show(value, unit)}",
            f"give {name} a positive number{_in(unit)}",
        )


def require_not_negative(owner: str, unit: str, **values: float) -> None:
    """Refuse values that are not numbers, or below zero."""
    for name, value in values.items():
        good = _is_number(value) and math.isfinite(value) and value >= 0
        require(
            good,
            f"{owner} needs {name} of at least 0{_of(unit)}, got {_show(value, unit)}",
            f"give {name} zero or a positive number{_in(unit)}",
        )


def require_integer(owner: str, low: int, high: int | None = None, **values: int) -> None:
    """Refuse values that are not whole numbers from `low` to `high`."""
    for name, value in values.items():
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        good = whole and value >= low and (high is None or value <= high)
        span = f"of at least {low}" if high is None else f"from {low} to {high}"
        require(
            good,
            f"{owner} needs a whole number {span} for {name}, got {value!r}",
            f"give {name} a whole number {span}",
        )


def as_vector(owner: str, name: str, value: VectorLike, unit: str = "") -> FloatArray:
    """Make a read-only 1-D float64 array of finite numbers from a scalar or a sequence."""
    try:
        array = np.array(value, dtype=np.float64, ndmin=1)
    except (TypeError, ValueError):
        raise ParameterError(
            f"{owner} needs numbers for {name}, got {value!r}",
            mend=f"give {name} a number or a flat list of numbers{_in(unit)}",
        ) from None
    require(
        array.ndim == 1 and array.size > 0,
        f"{owner} needs a flat list of numbers for {name}, got shape {array.shape}",
        f"give {name} one number per lane{_in(unit)}",
    )
    bad = np.flatnonzero(~np.isfinite(array))
    require(
        bad.size == 0,
        f"{owner} needs finite numbers for {name}, "
        f"got {array[bad[0]] if bad.size else 0} at lane {bad[0] if bad.size else 0}",
        f"give {name} finite numbers{_in(unit)}",
    )
    array.flags.writeable = False
    return array


def as_numbers(owner: str, name: str, value: npt.ArrayLike, unit: str = "") -> FloatArray:
    """Make a float64 array of finite numbers, of any shape."""
    try:
        if np.iscomplexobj(value):
            raise TypeError  # numpy only warns, and drops the imaginary part
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            f"{owner} needs real numbers for {name}, got {value!r}",
            mend=f"give {name} real numbers{_in(unit)}",
        ) from None
    bad = array[~np.isfinite(array)]
    require(
        bad.size == 0,
        f"{owner} needs finite numbers for {name}, got {bad[0] if bad.size else 0}",
        f"give {name} finite numbers{_in(unit)}",
    )
    return array


def all_positive(
    owner: str, name: str, array: FloatArray, unit: str = "", *, zero: bool = False
) -> FloatArray:
    """Return the array, of which every number has to be above zero, or may be `zero` too."""
    bad = array[(array < 0) if zero else (array <= 0)]
    wanted = f"of at least 0{_of(unit)}" if zero else f"above 0{_of(unit)}"
    require(
        bad.size == 0,
        f"{owner} needs {name} {wanted}, got {bad[0] if bad.size else 0:g}{_of(unit)}",
        f"give {name} {'zero or ' if zero else ''}positive numbers{_in(unit)}",
    )
    return array


def as_lanes(owner: str, name: str, value: VectorLike, lanes: int, unit: str = "") -> FloatArray:
    """Make a vector with one number per lane; a single number is that of every lane."""
    vector = as_vector(owner, name, value, unit)
    require(
        vector.size in (1, lanes),
        f"{owner} needs {lanes} numbers for {name}, or one for all, got {vector.size}",
        f"give {name} one number per lane, or a single number for all lanes",
    )
    return np.broadcast_to(vector, (lanes,))


def common_shape(owner: str, **arrays: FloatArray) -> tuple[int, ...]:
    """Return the shape that arrays have together by numpy's rules."""
    try:
        return np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        listing = ", ".join(f"{name} has {array.shape}" for name, array in arrays.items())
        raise ParameterError(
            f"{owner} got shapes that do not fit each other: {listing}",
            mend="give arrays of one shape, or single numbers",
        ) from None


def common_lanes(owner: str, **vectors: FloatArray) -> int:
    """Return the one number of lanes of all vectors; those of length 1 fit any number."""
    sizes = {name: v.size for name, v in vectors.items() if v.size > 1}
    if len(set(sizes.values())) > 1:
        listing = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        raise ParameterError(
            f"{owner} got vectors of different lengths: {listing}",
            mend="give one number per lane, or a single number for all lanes",
        )
    return next(iter(sizes.values()), 1)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _show(value: object, unit: str) -> str:
    return f"{value!r} {unit}".rstrip() if _is_number(value) else repr(value)


def _of(unit: str) -> str:
    return f" {unit}" if unit else ""


def _in(unit: str) -> str:
    return f" in {unit}" if unit else ""


def per_lane(owner: str, **values: VectorLike) -> dict[str, int]:
    """Return the lane letter K as fixed by parameters with more than one value, if any."""
    size = common_lanes(owner, **{k: np.asarray(v, dtype=np.float64) for k, v in values.items()})
    return {"K": size} if size > 1 else {}


def require_bounds(owner: str, lower: VectorLike, upper: VectorLike) -> None:
    """Refuse bounds that are no numbers, or of which the lower is not below the upper."""
    low, high = np.broadcast_arrays(
        np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    )
    for lane, (a, b) in enumerate(zip(low.ravel(), high.ravel(), strict=True)):
        where = f" at lane {lane}" if low.size > 1 else ""
        require(
            bool(a < b),
            f"{owner} needs lower below upper, got {a:g} and {b:g}{where}",
            "exchange the two bounds" if a > b else "give the two bounds room between them",
        )
