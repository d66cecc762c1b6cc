"""Instructions on registers of lanes, as the functions of this folder are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import signature

from hgedsp.vectors.lanes import TILE, Lanes, family, parts_of, splat, together


def call_llvm(builder: Any, name: str, result: Any, values: Any) -> Any:
    kind = ir.FunctionType(result, [value.type for value in values])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), values)


def suffix_of(kind: Lanes) -> str:
    letter = "f" if family(kind.dtype) == "float" else "i"
    return f"v{kind.part}{letter}{kind.dtype.bitwidth}"


def numbas_own(context: Any, function: Any, dtype: Any, arity: int) -> Callable[..., Any]:
    """What numba has for a function of plain numbers."""
    scalars = signature(dtype, *[dtype] * arity)
    known = context.typing_context
    known.resolve_function_type(known.resolve_value_type(function), scalars.args, {})
    made: Callable[..., Any] = context.get_function(function, scalars)
    return made


def each_lane(builder: Any, kind: Lanes, values: Any, emit: Callable[..., Any]) -> Any:
    columns = zip(*(parts_of(builder, kind, value) for value in values), strict=True)
    made = []
    for parts in columns:
        result = ir.Constant(kind.vector, ir.Undefined)
        for lane in range(kind.part):
            place = ir.Constant(ir.IntType(32), lane)
            given = [builder.extract_element(part, place) for part in parts]
            result = builder.insert_element(result, emit(builder, given), place)
        made.append(result)
    return together(builder, kind, made)


def plus_of(builder: Any, kind: Lanes) -> Callable[..., Any]:
    """The addition of two parts, or of two lanes."""
    add: Callable[..., Any] = builder.fadd if family(kind.dtype) == "float" else builder.add
    return add


def one_tile(builder: Any, kind: Lanes, values: Any, valid: Any) -> Any:
    """Add up tiles of 8 lanes, and the parts of a tile, until one part is left."""
    plus = plus_of(builder, kind)
    parts = parts_of(builder, kind, blanked(builder, values[0], values[1], valid, kind))
    parts = [piece for part in parts for piece in tiles_of(builder, kind, part)]
    eight = max(1, TILE // kind.part)
    total = parts[:eight]
    for place in range(eight, len(parts), eight):
        more = parts[place : place + eight]
        total = [plus(a, b) for a, b in zip(total, more, strict=True)]
    while len(total) > 1:
        half = len(total) // 2
        total = [plus(*pair) for pair in zip(total[:half], total[half:], strict=True)]
    return total[0]


def converted(context: Any, value: Any, dtype: Any) -> Any:
    kind = value.of(dtype) if isinstance(value, Lanes) else dtype
    given = types.unliteral(value)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return context.cast(builder, values[0], given, kind)

    return kind(given), build


def literal_lanes(dtype: Any, count: Any, part: Any) -> Any:
    if not isinstance(count, types.IntegerLiteral) or not isinstance(part, types.IntegerLiteral):
        return None
    return Lanes(dtype, count.literal_value, part.literal_value)


def lane_at(builder: Any, kind: Lanes, value: Any, number: int) -> Any:
    where, place = divmod(number, kind.part)
    part = builder.extract_value(value, where)
    return builder.extract_element(part, ir.Constant(ir.IntType(32), place))


def with_lane_at(builder: Any, kind: Lanes, value: Any, number: int, new: Any) -> Any:
    where, place = divmod(number, kind.part)
    part = builder.extract_value(value, where)
    part = builder.insert_element(part, new, ir.Constant(ir.IntType(32), place))
    return builder.insert_value(value, part, where)


def piece_of(builder: Any, register: Any, start: int, count: int) -> Any:
    places = ir.Constant(ir.VectorType(ir.IntType(32), count), list(range(start, start + count)))
    return builder.shuffle_vector(register, ir.Constant(register.type, ir.Undefined), places)


def is_whole(valid: Any, kind: Lanes) -> bool:
    return isinstance(valid, types.IntegerLiteral) and valid.literal_value >= kind.count


def zero_part(kind: Lanes) -> Any:
    return ir.Constant(kind.vector, [0] * kind.part)


def bytes_of(kind: Lanes) -> int:
    return int(kind.dtype.bitwidth) // 8


def alignment_of(kind: Lanes) -> Any:
    return ir.Constant(ir.IntType(32), bytes_of(kind))


def lanes_before(builder: Any, kind: Lanes, number: int, valid: Any) -> Any:
    """Which lanes of a part come before the lane `valid`."""
    first = kind.part * number
    lanes = ir.Constant(ir.VectorType(valid.type, kind.part), list(range(first, first + kind.part)))
    return builder.icmp_signed("<", lanes, splat(builder, valid, kind.part))


def blanked(builder: Any, register: Any, valid: Any, literal: Any, kind: Lanes) -> Any:
    if is_whole(literal, kind):
        return register
    whole = ir.VectorType(ir.IntType(kind.dtype.bitwidth), kind.part)
    parts = []
    for number, part in enumerate(parts_of(builder, kind, register)):
        # As bits: to choose between lanes and zero LLVM takes a slower instruction.
        mask = builder.sext(lanes_before(builder, kind, number, valid), whole)
        bits = builder.and_(builder.bitcast(part, whole), mask)
        parts.append(builder.bitcast(bits, kind.vector))
    return together(builder, kind, parts)


def tiles_of(builder: Any, kind: Lanes, part: Any) -> list[Any]:
    """Take a part of more than a tile to pieces."""
    if kind.part <= TILE:
        return [part]
    return [piece_of(builder, part, first, TILE) for first in range(0, kind.part, TILE)]


def data_of(context: Any, builder: Any, array: Any, value: Any) -> Any:
    return array_field(context, builder, array, value, "data")


def array_field(context: Any, builder: Any, array: Any, value: Any, name: str) -> Any:
    """Return a field of an array, such as its data or its shape.

    numba's `make_array` puts all fields into memory and takes one out again. LLVM sees through
    that, but a kernel of 300 blocks has 1600 such places, and the time for it grows as their
    square.
    """
    return context.data_model_manager[array].get(builder, value, name)


def load_parts(builder: Any, kind: Lanes, data: Any, place: Any) -> Any:
    pointers = pointers_to(builder, builder.gep(data, [place]), kind)
    return together(
        builder, kind, [builder.load(pointer, align=bytes_of(kind)) for pointer in pointers]
    )


def place_in_row(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    rows, shape = (
        array_field(context, builder, sig.args[0], values[0], name) for name in ("data", "shape")
    )
    width = builder.extract_value(shape, 1)
    return builder.gep(rows, [builder.add(builder.mul(values[1], width), values[2])])


def pointers_to(builder: Any, first: Any, kind: Lanes) -> list[Any]:
    """Where in memory each part is."""
    wide = kind.vector.as_pointer()
    steps = [ir.Constant(ir.IntType(64), kind.part * number) for number in range(kind.parts)]
    return [builder.bitcast(builder.gep(first, [step]), wide) for step in steps]
