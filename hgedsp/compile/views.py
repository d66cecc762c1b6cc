"""Parts of the flat arrays, cheaper to compile than numba's own indexing and slices."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from hgedsp.vectors import array_field

VIEW = "view"

_CACHE_LINE = 64  # bytes


@intrinsic
def compiled_view(context: Any, array: Any, start: Any, size: Any) -> Any:
    """Return a part of a flat array that neither checks its bounds nor owns its memory.

    A slice would do the same with some hundred instructions for negative and missing bounds and
    for counting references, and a graph of a hundred delays has three hundred of them.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base, start, size = arguments
        data = builder.gep(array_field(context, builder, array, base, "data"), [start])
        stride = array_field(context, builder, array, base, "itemsize")
        model, view = context.data_model_manager[array], base
        for name, value in (
            ("data", data),
            ("nitems", size),
            ("shape", cgutils.pack_array(builder, [size])),
            ("strides", cgutils.pack_array(builder, [stride])),
        ):
            view = model.set(builder, view, value, name)
        for name in ("meminfo", "parent"):
            field = array_field(context, builder, array, base, name)
            view = model.set(builder, view, ir.Constant(field.type, None), name)
        return view

    return types.Array(array.dtype, 1, "C")(array, types.intp, types.intp), build


@intrinsic
def number(context: Any, array: Any, place: Any) -> Any:
    """Return array[place] without a thought for negative places or bounds."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = array_field(context, builder, array, arguments[0], "data")
        return builder.load(builder.gep(data, [arguments[1]]))

    return array.dtype(array, types.intp), build


@intrinsic
def put(context: Any, array: Any, place: Any, value: Any) -> Any:
    """Do array[place] = value without a thought for negative places or bounds."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = array_field(context, builder, array, arguments[0], "data")
        builder.store(arguments[2], builder.gep(data, [arguments[1]]))
        return context.get_dummy_value()

    return types.none(array, types.intp, array.dtype), build


@intrinsic
def put_row(context: Any, rows: Any, row: Any, value: Any) -> Any:
    """Do rows[row, 0] = value for samples of one lane."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = array_field(context, builder, rows, arguments[0], "data")
        builder.store(arguments[2], builder.gep(data, [arguments[1]]))
        return context.get_dummy_value()

    return types.none(rows, types.intp, rows.dtype), build


@intrinsic
def row_number(context: Any, rows: Any, row: Any) -> Any:
    """Return rows[row, 0] of samples of one lane."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = array_field(context, builder, rows, arguments[0], "data")
        return builder.load(builder.gep(data, [arguments[1]]))

    return rows.dtype(rows, types.intp), build


@intrinsic
def align_stack(context: Any) -> Any:
    """Let what does not fit the machine's registers lie on cache lines, not across two of them."""

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        attributes = builder.function.attributes
        attributes.add("noinline")
        attributes.alignstack = _CACHE_LINE
        return context.get_dummy_value()

    return types.none(), build


# By these names the emitted text calls them.
VIEWS = {
    "align_stack": align_stack,
    VIEW: compiled_view,
    "number": number,
    "put": put,
    "put_row": put_row,
    "row_number": row_number,
}
