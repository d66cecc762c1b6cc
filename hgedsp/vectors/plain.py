"""Functions of registers that have a meaning in plain Python, too.

There they work on NumPy arrays, lane for lane the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typing.templates import infer_global, make_intrinsic_template

from hgedsp.vectors.instructions import (
    bytes_of,
    call_llvm,
    data_of,
    literal_lanes,
    load_parts,
    one_tile,
    piece_of,
    plus_of,
    pointers_to,
)
from hgedsp.vectors.lanes import TILE, Array, Lanes, common, parts_of, together

# What a step may call as it is: numba has instructions for them, and no use for their text.
TAUGHT: set[Callable[..., Any]] = set()


def taught(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Teach numba a plain function, by a definition as `intrinsic` takes it."""

    def teach(definition: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        template = make_intrinsic_template(function, definition, name, prefer_literal=True)
        infer_global(function, types.Function(template))
        TAUGHT.add(function)
        return definition

    return teach


def load(array: Array, place: int, count: int, part: int) -> Any:
    """Return the register of `count` lanes, in parts of `part`, that begins at array[place]."""
    return array[place : place + count].copy()


@taught(load)
def _load(context: Any, array: Any, place: Any, count: Any, part: Any) -> Any:
    kind = literal_lanes(array.dtype, count, part)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return load_parts(
            builder, kind, data_of(context, builder, sig.args[0], values[0]), values[1]
        )

    return kind and (kind(array, types.intp, count, part), build)


def load_bytes(array: Array, place: int, size: int) -> Any:
    """Return the register of `size` bytes, in parts of 64, that begins at array[place]."""
    return array[place : place + size // array.itemsize].copy()


@taught(load_bytes)
def _load_bytes(context: Any, array: Any, place: Any, size: Any) -> Any:
    if not isinstance(size, types.IntegerLiteral):
        return None
    width = array.dtype.bitwidth // 8
    kind = Lanes(array.dtype, size.literal_value // width, 64 // width)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return load_parts(
            builder, kind, data_of(context, builder, sig.args[0], values[0]), values[1]
        )

    return kind(array, types.intp, size), build


def load_like(register: Any, array: Array, place: int) -> Any:
    """Return the register that begins at array[place] and has as many lanes as another."""
    return array[place : place + register.size].copy()


@taught(load_like)
def _load_like(context: Any, register: Any, array: Any, place: Any) -> Any:
    kind = register.of(array.dtype)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return load_parts(
            builder, kind, data_of(context, builder, sig.args[1], values[1]), values[2]
        )

    return kind(register, array, types.intp), build


def store(array: Array, place: int, value: Any) -> None:
    """Put a register to array[place] and the places after it."""
    array[place : place + value.size] = value


@taught(store)
def _store(context: Any, array: Any, place: Any, value: Any) -> Any:
    kind = value.of(array.dtype)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        first = builder.gep(data_of(context, builder, array, values[0]), [values[1]])
        parts = parts_of(builder, kind, values[2])
        for part, pointer in zip(parts, pointers_to(builder, first, kind), strict=True):
            builder.store(part, pointer, align=bytes_of(kind))
        return context.get_dummy_value()

    return types.none(array, types.intp, kind), build


def lane_numbers(count: int, part: int) -> Any:
    """Return a register of the whole numbers 0 to count - 1."""
    return np.arange(count)


@taught(lane_numbers)
def _lane_numbers(context: Any, count: Any, part: Any) -> Any:
    kind = literal_lanes(types.int64, count, part)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        firsts = range(0, kind.count, kind.part)
        made = [ir.Constant(kind.vector, list(range(n, n + kind.part))) for n in firsts]
        return together(builder, kind, made)

    return kind and (kind(count, part), build)


def compressed(register: Any, kept: Any) -> Any:
    """Return the kept lanes of a register side by side, and zeros behind them."""
    lanes = register[kept]
    return np.pad(lanes, (0, register.size - lanes.size))


@taught(compressed)
def _compressed(context: Any, register: Any, kept: Any) -> Any:
    if not isinstance(register, Lanes) or register.parts > 1:
        return None

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        (lanes,), (mask,) = (
            parts_of(builder, *pair) for pair in zip(sig.args, values, strict=True)
        )
        # As bits: where there is no such instruction, LLVM has a way for whole numbers only.
        width = register.dtype.bitwidth
        bits = ir.VectorType(ir.IntType(width), register.part)
        zeros = ir.Constant(bits, [0] * register.part)
        name = f"llvm.experimental.vector.compress.v{register.part}i{width}"
        made = call_llvm(builder, name, bits, [builder.bitcast(lanes, bits), mask, zeros])
        return together(builder, register, [builder.bitcast(made, register.vector)])

    return register(register, kept), build


def how_many(flags: Any) -> Any:
    """Return in how many lanes a flag is set."""
    return int(np.count_nonzero(flags))


@taught(how_many)
def _how_many(context: Any, flags: Any) -> Any:
    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        kind, total = ir.IntType(flags.part), ir.Constant(ir.IntType(64), 0)
        for part in parts_of(builder, flags, values[0]):
            count = call_llvm(
                builder, f"llvm.ctpop.i{flags.part}", kind, [builder.bitcast(part, kind)]
            )
            total = builder.add(total, builder.zext(count, total.type))
        return total

    return types.int64(flags), build


def lane_sum(value: Any, valid: int) -> Any:
    """Add up the first `valid` lanes: registers of 8 one by one, then halves, quarters, eighths."""
    lanes = np.where(np.arange(value.size) < valid, value, value.dtype.type(0))
    total = lanes[:TILE]
    for first in range(TILE, lanes.size, TILE):
        total = total + lanes[first : first + TILE]
    while total.size > 1:
        half = total.size // 2
        total = total[:half] + total[half:]
    return total[0]


@taught(lane_sum)
def _lane_sum(context: Any, value: Any, valid: Any) -> Any:
    if not isinstance(value, Lanes):
        return None

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        register, width = one_tile(builder, value, values, valid), min(value.part, TILE)
        while width > 1:
            width //= 2
            register = plus_of(builder, value)(
                *(piece_of(builder, register, i, width) for i in (0, width))
            )
        return builder.extract_element(register, ir.Constant(ir.IntType(32), 0))

    return value.dtype(value, valid), build


def where(condition: Any, yes: Any, no: Any) -> Any:
    """Return `yes` in the lanes where the condition holds, else `no`."""
    return np.where(condition, yes, no)


@taught(where)
def _where(context: Any, condition: Any, yes: Any, no: Any) -> Any:
    condition, yes, no = (types.unliteral(kind) for kind in (condition, yes, no))
    kind = common(yes, no) if isinstance(yes, Lanes) or isinstance(no, Lanes) else None
    if kind is None:
        kind = context.unify_types(yes, no)
        kind = condition.of(kind) if isinstance(condition, Lanes) else kind
    test: Any = types.boolean
    if isinstance(condition, Lanes):
        kind = common(condition.of(kind.dtype), kind)
        if kind is None:
            return None
        test = kind.of(types.boolean)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        if isinstance(test, Lanes):
            apart = [parts_of(builder, k, v) for k, v in zip(sig.args, values, strict=True)]
            columns = zip(*apart, strict=True)
            return together(builder, kind, [builder.select(*parts) for parts in columns])
        flag = values[0]
        flag = builder.trunc(flag, ir.IntType(1)) if flag.type.width > 1 else flag
        return builder.select(flag, values[1], values[2])

    return kind(test, kind, kind), build
