"""What the emitted text calls: memory, samples, lanes and sums."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from hgedsp.vectors.fused import to_float
from hgedsp.vectors.instructions import (
    alignment_of,
    blanked,
    bytes_of,
    call_llvm,
    data_of,
    is_whole,
    lane_at,
    lanes_before,
    literal_lanes,
    load_parts,
    one_tile,
    place_in_row,
    plus_of,
    pointers_to,
    suffix_of,
    with_lane_at,
    zero_part,
)
from hgedsp.vectors.lanes import TILE, Lanes, parts_of, spread_over, together
from hgedsp.vectors.plain import _store, lane_sum, load, store
from hgedsp.vectors.single import to_single


@intrinsic(prefer_literal=True)
def lane_sum_everywhere(context: Any, value: Any, valid: Any) -> Any:
    """Return a register with `lane_sum` in every lane, the same bits, without a detour.

    Each lane adds what is half a register away, then a quarter, then an eighth.
    """
    if not isinstance(value, Lanes) or value.part > TILE:
        return None

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        register, away = one_tile(builder, value, values, valid), value.part
        while away > 1:
            away //= 2
            lanes = [lane ^ away for lane in range(value.part)]
            places = ir.Constant(ir.VectorType(ir.IntType(32), value.part), lanes)
            other = builder.shuffle_vector(
                register, ir.Constant(register.type, ir.Undefined), places
            )
            register = plus_of(builder, value)(register, other)
        return together(builder, value, [register] * value.parts)

    return value(value, valid), build


@intrinsic(prefer_literal=True)
def load_row(
    context: Any, rows: Any, row: Any, place: Any, count: Any, part: Any, valid: Any
) -> Any:
    """Return rows[row, place : place + valid] in a register of `count` lanes, the rest zero."""
    kind = literal_lanes(rows.dtype, count, part)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        pointers = pointers_to(builder, place_in_row(context, builder, sig, values), kind)
        if is_whole(valid, kind):
            loaded = [builder.load(pointer, align=bytes_of(kind)) for pointer in pointers]
            return together(builder, kind, loaded)
        # A register that reached over the end of the samples would read what is not ours.
        loaded = []
        for number, pointer in enumerate(pointers):
            mask = lanes_before(builder, kind, number, values[5])
            arguments = [pointer, alignment_of(kind), mask, zero_part(kind)]
            name = f"llvm.masked.load.{suffix_of(kind)}.p0"
            loaded.append(call_llvm(builder, name, kind.vector, arguments))
        return together(builder, kind, loaded)

    return kind and (kind(rows, types.intp, types.intp, count, part, valid), build)


@intrinsic(prefer_literal=True)
def store_row(context: Any, rows: Any, row: Any, place: Any, value: Any, valid: Any) -> Any:
    """Put the first `valid` lanes of a register to rows[row, place] and the places after it."""
    if not isinstance(value, Lanes):
        return None
    kind = value.of(rows.dtype)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        pointers = pointers_to(builder, place_in_row(context, builder, sig, values), kind)
        parts = parts_of(builder, kind, values[3])
        for number, (part, pointer) in enumerate(zip(parts, pointers, strict=True)):
            if is_whole(valid, kind):
                builder.store(part, pointer, align=bytes_of(kind))
                continue
            mask = lanes_before(builder, kind, number, values[4])
            arguments = [part, pointer, alignment_of(kind), mask]
            call_llvm(builder, f"llvm.masked.store.{suffix_of(kind)}.p0", ir.VoidType(), arguments)
        return context.get_dummy_value()

    return types.none(rows, types.intp, types.intp, kind, valid), build


def place_of_tile(builder: Any, tile: Any, stride: Any, offset: Any) -> Any:
    """Return ``offset + stride * tile``."""
    return builder.add(offset, builder.mul(stride, tile, flags=["nsw"]), flags=["nsw"])


@intrinsic
def load_tile(context: Any, array: Any, tile: Any, stride: Any, offset: Any) -> Any:
    """Return the register of a tile, ``load(array, offset + stride * tile, 8, 8)``."""
    kind = Lanes(array.dtype, TILE, TILE)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        place = place_of_tile(builder, *values[1:])
        return load_parts(builder, kind, data_of(context, builder, array, values[0]), place)

    return kind(array, types.intp, types.intp, types.intp), build


@intrinsic
def store_tile(context: Any, array: Any, tile: Any, stride: Any, offset: Any, value: Any) -> Any:
    """Do ``store(array, offset + stride * tile, value)``."""
    sig, build = _store(context, array, types.intp, value)

    def build_at_tile(context: Any, builder: Any, _: Any, values: Any) -> Any:
        array, *tile, value = values
        return build(context, builder, sig, (array, place_of_tile(builder, *tile), value))

    return types.none(array, types.intp, types.intp, types.intp, sig.args[2]), build_at_tile


@intrinsic(prefer_literal=True)
def first_lanes(context: Any, value: Any, valid: Any) -> Any:
    """Return a register with zeros behind its first `valid` lanes."""

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return blanked(builder, values[0], values[1], valid, value)

    return value(value, valid), build


@intrinsic(prefer_literal=True)
def ordered_sum(context: Any, start: Any, value: Any, valid: Any) -> Any:
    """Add the first `valid` lanes to `start`, one after the other."""

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        total, known = values[0], isinstance(valid, types.IntegerLiteral)
        for number in range(min(valid.literal_value, value.count) if known else value.count):
            more = plus_of(builder, value)(total, lane_at(builder, value, values[1], number))
            if not known:
                last = ir.Constant(values[2].type, number)
                more = builder.select(builder.icmp_signed(">", values[2], last), more, total)
            total = more
        return total

    return value.dtype(value.dtype, value, valid), build


@intrinsic(prefer_literal=True)
def spread(context: Any, value: Any, count: Any, part: Any) -> Any:
    """Return a register that holds one number in all of `count` lanes."""
    dtype = types.unliteral(value)
    kind = value if isinstance(value, Lanes) else literal_lanes(dtype, count, part)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return values[0] if isinstance(value, Lanes) else spread_over(builder, kind, values[0])

    return kind and (kind(value, count, part), build)


@intrinsic(prefer_literal=True)
def lane(context: Any, value: Any, number: Any) -> Any:
    """Return one lane of a register; a single number is in every lane."""
    if not isinstance(value, Lanes):
        return value(value, number), lambda context, builder, sig, values: values[0]

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return lane_at(builder, value, values[0], number.literal_value)

    return value.dtype(value, number), build


@intrinsic(prefer_literal=True)
def with_lane(context: Any, register: Any, number: Any, value: Any) -> Any:
    """Return a register with another number in one lane."""

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return with_lane_at(builder, register, values[0], number.literal_value, values[2])

    return register(register, number, register.dtype), build


# By these names the emitted text calls them.
IN_TEXT = {
    "first_lanes": first_lanes,
    "fraction": to_float,
    "lane": lane,
    "lane_sum": lane_sum,
    "lane_sum_everywhere": lane_sum_everywhere,
    "load": load,
    "load_row": load_row,
    "ordered_sum": ordered_sum,
    "single": to_single,
    "spread": spread,
    "store": store,
    "store_row": store_row,
    "with_lane": with_lane,
}
