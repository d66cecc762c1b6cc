"""What a graph in float32 needs: conversions, and functions that give the type of what they get."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types

from hgedsp.vectors.instructions import converted, each_lane, numbas_own
from hgedsp.vectors.lanes import common
from hgedsp.vectors.operators import LANE_BY_LANE
from hgedsp.vectors.plain import taught


def to_single(value: Any) -> Any:
    """Return a number, or every lane of a register, in float32."""
    return np.asarray(value, np.float32)[()]


@taught(to_single)
def _to_single(context: Any, value: Any) -> Any:
    return converted(context, value, types.float32)


def to_double(value: Any) -> Any:
    """Return a number, or every lane of a register, in float64."""
    return np.asarray(value, np.float64)[()]


@taught(to_double)
def _to_double(context: Any, value: Any) -> Any:
    return converted(context, value, types.float64)


def _as_given(function: Callable[..., float]) -> Callable[..., Any]:
    """Return a function of `math` that gives the type of its arguments, worked out in 64 bits.

    So it is the same in Python, whose functions of `math` know 64 bits only, and under numba.
    """

    def given(*numbers: Any) -> Any:
        single = all(isinstance(number, np.float32) for number in numbers)
        return (np.float32 if single else np.float64)(function(*numbers))

    given.__name__ = given.__qualname__ = f"single_{function.__name__}"
    # numba reads the number of arguments from the definition.
    if function in (math.atan2, math.hypot, math.copysign):
        taught(given)(lambda context, first, second: _typed_math(function, first, second))
    else:
        taught(given)(lambda context, value: _typed_math(function, value))
    return given


def _typed_math(function: Callable[..., float], *given: Any) -> Any:
    kinds = [types.unliteral(kind) for kind in given]
    single = all(getattr(kind, "dtype", kind) == types.float32 for kind in kinds)
    dtype = types.float32 if single else types.float64
    lanes = common(*kinds)
    kind: Any = dtype if lanes is None else lanes.of(dtype)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        if function in _EXACT:
            return numbas_own(context, function, kind, len(values))(builder, values)
        implementation = numbas_own(context, function, types.float64, len(values))

        def emit(builder: Any, numbers: Any) -> Any:
            wide = [context.cast(builder, number, dtype, types.float64) for number in numbers]
            return context.cast(builder, implementation(builder, wide), types.float64, dtype)

        return each_lane(builder, kind, values, emit) if lanes else emit(builder, values)

    return kind(*[kind] * len(kinds)), build


# Exact, or rounded once, in 32 bits as in 64.
_EXACT = (math.sqrt, math.fabs, math.copysign)
# By which function each of `math` is replaced in a graph in float32.
SINGLE = {function: _as_given(function) for function in (math.sqrt, math.fabs, *LANE_BY_LANE)}
