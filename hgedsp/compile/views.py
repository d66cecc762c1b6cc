"""Views of the flat arrays for vector steps, cheaper to compile than a slice."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

VIEW = "view"


def plain_view(array: npt.NDArray[Any], start: int, size: int) -> npt.NDArray[Any]:
    """Return a part of a flat array: what `compiled_view` does, in plain Python."""
    return array[start : start + size]


@intrinsic
def compiled_view(context: Any, array: Any, start: Any, size: Any) -> Any:
    """Return a part of a flat array that neither checks its bounds nor owns its memory.

    A slice would do the same with some hundred instructions for negative and missing bounds and
    for counting references, and a graph of a hundred delays has three hundred of them.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = make_array(array)(context, builder, arguments[0])
        view = make_array(signature.return_type)(context, builder)
        itemsize = context.get_abi_sizeof(context.get_data_type(array.dtype))
        length = context.get_constant(types.intp, itemsize)
        populate_array(
            view,
            data=builder.gep(base.data, [arguments[1]]),
            shape=cgutils.pack_array(builder, [arguments[2]]),
            strides=cgutils.pack_array(builder, [length]),
            itemsize=length,
            meminfo=None,
        )
        return view._getvalue()

    return types.Array(array.dtype, 1, "C")(array, types.intp, types.intp), build
