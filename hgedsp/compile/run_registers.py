"""Registers of runs: what the text of a kernel calls where every number stands for eight runs.

The kernel of one run, word for word, becomes that of eight runs when another kind of number is put
into it. What was one number is a register with that number of eight runs; what was a register of
lanes holds such a register for each lane. Each run goes through the very operations it goes through
alone, in the same order, so that its results are the same bits.

In memory the numbers of eight runs lie side by side: the flat arrays have a second axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, lower_cast, models, register_model
from numba.np.arrayobj import make_array

from hgedsp.compile.layout import TILE, register_width
from hgedsp.compile.views import align_stack
from hgedsp.vectors import Lanes, splat, to_float, to_single
from hgedsp.vectors.instructions import lane_at, with_lane_at
from hgedsp.vectors.lanes import parts_of, spread_over, together

RUNS = 8  # a cache line of float64, and the widest register there is

_ROWS_AHEAD = 16
_BYTE = ir.IntType(8)


class Runs(Lanes):
    """Registers of eight runs, one for each of so many lanes."""

    def __init__(self, dtype: Any, lanes: int) -> None:
        super().__init__(dtype, RUNS * lanes, RUNS)
        self.name = f"Runs({dtype}, {lanes})"

    def of(self, dtype: Any) -> Runs:
        """Return the type of as many lanes of another type."""
        return Runs(dtype, self.parts)

    def takes(self, other: Lanes) -> bool:
        """Whether the other is as wide, or has one lane, which then stands for every lane."""
        if isinstance(other, SameLanes):
            return other.lanes == self.parts
        return isinstance(other, Runs) and other.parts in (1, self.parts)

    def met(self, other: Lanes) -> Lanes | None:
        """Return the type that both can be turned into; see `Lanes.met`."""
        if isinstance(other, SameLanes) and self.parts == 1:
            return Runs(self.dtype, other.lanes)
        return super().met(other)

    def can_convert_from(self, context: Any, other: Any) -> Any:
        """Let one lane stand for all, as a single number does."""
        if isinstance(other, Lanes):
            return context.can_convert(other.dtype, self.dtype) if self.takes(other) else None
        return super().can_convert_from(context, other)


class SameLanes(Lanes):
    """A register of lanes as one run has it, that holds the same numbers for all runs.

    What is worked out from such registers alone is worked out once, not once for each run.
    """

    def __init__(self, dtype: Any, count: int, part: int, lanes: int) -> None:
        super().__init__(dtype, count, part)
        self.lanes = lanes  # the others only fill up the register
        self.name = f"SameLanes({dtype}, {count}, {part}, {lanes})"

    def of(self, dtype: Any) -> SameLanes:
        """Return the type of as many lanes of another type."""
        return SameLanes(dtype, self.count, self.part, self.lanes)

    def takes(self, other: Lanes) -> bool:
        """Whether the other is such a register of as many lanes."""
        return isinstance(other, SameLanes) and other.lanes == self.lanes

    def met(self, other: Lanes) -> Lanes | None:
        """Return the type that both can be turned into; see `Lanes.met`."""
        return other.met(self) if isinstance(other, Runs) else super().met(other)


@register_model(Runs)
@register_model(SameLanes)
class _RunsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, ir.ArrayType(kind.vector, kind.parts))


@lower_cast(SameLanes, Runs)
def _same_to_runs(context: Any, builder: Any, given: SameLanes, wanted: Runs, value: Any) -> Any:
    lanes = [
        context.cast(builder, lane_at(builder, given, value, k), given.dtype, wanted.dtype)
        for k in range(wanted.parts)
    ]
    return together(builder, wanted, [splat(builder, lane, RUNS) for lane in lanes])


# Memory ------------------------------------------------------------------------------------------


@intrinsic(prefer_literal=True)
def load(context: Any, array: Any, place: Any, lanes: Any, part: Any) -> Any:
    """Return the registers of so many lanes, the first of which is at array[place]."""
    kind = Runs(array.dtype, lanes.literal_value)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        first = _at(context, builder, array, values[0], values[1])
        return together(builder, kind, [_get(builder, kind, first, k) for k in range(kind.parts)])

    return kind(array, types.intp, lanes, part), build


@intrinsic
def number(context: Any, array: Any, place: Any) -> Any:
    """Return the register at array[place]."""
    kind = Runs(array.dtype, 1)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        first = _at(context, builder, array, values[0], values[1])
        return together(builder, kind, [_get(builder, kind, first, 0)])

    return kind(array, types.intp), build


@intrinsic(prefer_literal=True)
def store(context: Any, array: Any, place: Any, value: Any, lanes: Any) -> Any:
    """Put the registers of so many lanes to array[place] and the places after it."""
    kind = Runs(array.dtype, lanes.literal_value)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        first = _at(context, builder, array, values[0], values[1])
        for k, part in enumerate(parts_of(builder, kind, values[2])):
            _set(builder, kind, first, k, part)
        return context.get_dummy_value()

    return types.none(array, types.intp, kind, lanes), build


@intrinsic
def put(context: Any, array: Any, place: Any, value: Any) -> Any:
    """Put one register to array[place]."""
    kind = Runs(array.dtype, 1)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        first = _at(context, builder, array, values[0], values[1])
        _set(builder, kind, first, 0, parts_of(builder, kind, values[2])[0])
        return context.get_dummy_value()

    return types.none(array, types.intp, kind), build


# Memory that holds the same for all runs ---------------------------------------------------------


@intrinsic(prefer_literal=True)
def load_same(context: Any, array: Any, place: Any, count: Any, part: Any, lanes: Any) -> Any:
    """Return the register of one run, the first lane of which is at array[place]."""
    numbers = count.literal_value, part.literal_value, lanes.literal_value
    kind = SameLanes(array.dtype, *numbers)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        first = _at(context, builder, array, values[0], values[1])
        made = together(builder, kind, [_zero(kind)] * kind.parts)
        for k in range(kind.count):
            number = builder.load(builder.gep(first, [ir.Constant(ir.IntType(64), RUNS * k)]))
            made = with_lane_at(builder, kind, made, k, number)
        return made

    return kind(array, types.intp, count, part, lanes), build


@intrinsic
def number_same(context: Any, array: Any, place: Any) -> Any:
    """Return the number of one run at array[place]."""

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return builder.load(_at(context, builder, array, values[0], values[1]))

    return array.dtype(array, types.intp), build


@intrinsic(prefer_literal=True)
def store_same(context: Any, array: Any, place: Any, value: Any) -> Any:
    """Put a register of one run to the places of all runs, with the lanes that fill it up."""
    kind = value.of(array.dtype)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        first = _at(context, builder, array, values[0], values[1])
        every = Runs(kind.dtype, kind.count)
        for k in range(kind.count):
            part = splat(builder, lane_at(builder, kind, values[2], k), RUNS)
            _set(builder, every, first, k, part)
        return context.get_dummy_value()

    return types.none(array, types.intp, kind), build


# Samples -----------------------------------------------------------------------------------------


@intrinsic
def row_number(context: Any, rows: Any, row: Any) -> Any:
    """Return the sample of an input of one lane."""
    kind = Runs(rows.dtype, 1)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        lanes = [ir.Constant(values[1].type, 0)]
        return _samples(context, builder, kind, rows, values[0], values[1], lanes)

    return kind(rows, types.intp), build


@intrinsic(prefer_literal=True)
def load_row(
    context: Any, rows: Any, row: Any, place: Any, lanes: Any, part: Any, valid: Any
) -> Any:
    """Return samples of `lanes` lanes, or of the first `valid` of them if it is known how many."""
    known = isinstance(valid, types.IntegerLiteral)
    kind = Runs(rows.dtype, min(lanes.literal_value, valid.literal_value) if known else TILE)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        numbers = [ir.Constant(values[2].type, k) for k in range(kind.parts)]
        if not known:
            # What is behind the last lane is not ours: the first stands in for it.
            inside = [builder.icmp_signed("<", lane, values[5]) for lane in numbers]
            numbers = [
                builder.select(flag, lane, numbers[0])
                for flag, lane in zip(inside, numbers, strict=True)
            ]
        places = [builder.add(values[2], lane) for lane in numbers]
        return _samples(context, builder, kind, rows, values[0], values[1], places)

    return kind(rows, types.intp, types.intp, lanes, part, valid), build


@intrinsic
def put_row(context: Any, rows: Any, row: Any, value: Any) -> Any:
    """Put one register to an output of one lane; the last row is kept for what is not finite."""
    kind = Runs(rows.dtype, 1)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        (part,) = parts_of(builder, kind, values[2])
        place = ir.Constant(values[1].type, 0)
        _record(context, builder, kind, rows, values[0], values[1], place, part)
        return context.get_dummy_value()

    return types.none(rows, types.intp, kind), build


@intrinsic(prefer_literal=True)
def store_row(context: Any, rows: Any, row: Any, place: Any, value: Any, valid: Any) -> Any:
    """Put the registers of the first `valid` lanes to an output."""
    known = isinstance(valid, types.IntegerLiteral)
    kind = Runs(rows.dtype, valid.literal_value if known else TILE)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        for k, part in enumerate(parts_of(builder, kind, values[3])):
            lane = ir.Constant(values[2].type, k)
            place = builder.add(values[2], lane)
            if known:
                _record(context, builder, kind, rows, values[0], values[1], place, part)
                continue
            with builder.if_then(builder.icmp_signed("<", lane, values[4])):
                _record(context, builder, kind, rows, values[0], values[1], place, part)
        return context.get_dummy_value()

    return types.none(rows, types.intp, types.intp, kind, valid), build


# Lanes -------------------------------------------------------------------------------------------


@intrinsic(prefer_literal=True)
def lane_sum(context: Any, value: Any, valid: Any) -> Any:
    """Add up lanes as `vectors.lane_sum` does, which counts zeros where a register is not full."""
    value = _of_runs(value)
    kind = Runs(value.dtype, 1)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        lanes = _lanes(builder, value, values[0], valid.literal_value)[: valid.literal_value]
        lanes += [_zero(kind)] * (register_width(len(lanes)) - len(lanes))
        total = lanes[:TILE]
        for place in range(TILE, len(lanes), TILE):
            more = lanes[place : place + TILE]
            total = [builder.fadd(a, b) for a, b in zip(total, more, strict=True)]
        while len(total) > 1:
            half = len(total) // 2
            total = [builder.fadd(*pair) for pair in zip(total[:half], total[half:], strict=True)]
        return together(builder, kind, total)

    return kind(value, valid), build


@intrinsic(prefer_literal=True)
def ordered_sum(context: Any, start: Any, value: Any, valid: Any) -> Any:
    """Add the first `valid` lanes to `start`, one after the other."""
    value = _of_runs(value)
    kind = Runs(value.dtype, 1)
    known = isinstance(valid, types.IntegerLiteral)
    count = valid.literal_value if known else TILE

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        (total,) = parts_of(builder, kind, values[0])
        for k, part in enumerate(_lanes(builder, value, values[1], count)[:count]):
            more = builder.fadd(total, part)
            if not known:
                lane = ir.Constant(values[2].type, k)
                more = builder.select(builder.icmp_signed("<", lane, values[2]), more, total)
            total = more
        return together(builder, kind, [total])

    return kind(kind, value, valid), build


@intrinsic(prefer_literal=True)
def first_lanes(context: Any, value: Any, valid: Any) -> Any:
    """Return registers with zeros behind the first `valid` lanes."""
    value = _of_runs(value)
    known = isinstance(valid, types.IntegerLiteral)
    kind = value if known or value.parts > 1 else Runs(value.dtype, TILE)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        parts = []
        for k, part in enumerate(_lanes(builder, value, values[0], kind.parts)):
            lane = ir.Constant(values[1].type, k)
            inside = builder.icmp_signed("<", lane, values[1])
            parts.append(builder.select(inside, part, _zero(kind)))
        return together(builder, kind, parts)

    return kind(value, valid), build


@intrinsic
def spread(context: Any, value: Any, count: Any, part: Any) -> Any:
    """Return a register, which stands for as many lanes as it meets."""
    kind = value if isinstance(value, Lanes) else Runs(types.unliteral(value), 1)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return values[0] if isinstance(value, Lanes) else spread_over(builder, kind, values[0])

    return kind(value, count, part), build


@intrinsic(prefer_literal=True)
def lane(context: Any, value: Any, number: Any) -> Any:
    """Return the register of one lane."""
    value = _of_runs(value)
    kind = Runs(value.dtype, 1)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        parts = _lanes(builder, value, values[0], number.literal_value + 1)
        return together(builder, kind, [parts[number.literal_value]])

    return kind(value, number), build


# Instructions ------------------------------------------------------------------------------------


def _lanes(builder: Any, kind: Runs, value: Any, count: int) -> list[Any]:
    """The registers of all lanes; one stands for as many as are asked for."""
    parts = parts_of(builder, kind, value)
    return parts * count if len(parts) == 1 else parts


def _of_runs(value: Any) -> Any:
    """The type of a register with a number for each run."""
    return Runs(value.dtype, value.lanes) if isinstance(value, SameLanes) else value


def _zero(kind: Lanes) -> Any:
    return ir.Constant(kind.vector, [0] * kind.part)


def _at(context: Any, builder: Any, array: Any, value: Any, place: Any) -> Any:
    """Where in memory the numbers of all runs for one place begin."""
    data = make_array(array)(context, builder, value).data
    return builder.gep(data, [builder.mul(place, ir.Constant(place.type, RUNS))])


def _record(
    context: Any, builder: Any, kind: Runs, rows: Any, value: Any, row: Any, place: Any, part: Any
) -> None:
    """Put a register to one lane of an output, and note in the last row if it is not finite."""
    array = make_array(rows)(context, builder, value)
    to_row, to_lane, _ = cgutils.unpack_tuple(builder, array.strides)

    def at(row: Any) -> Any:
        away = builder.add(builder.mul(row, to_row), builder.mul(place, to_lane))
        return builder.gep(builder.bitcast(array.data, _BYTE.as_pointer()), [away])

    # Rows are far apart. The processor would wait for each of them in turn.
    _prefetch(builder, at(builder.add(row, ir.Constant(row.type, _ROWS_AHEAD))))
    wide = kind.vector.as_pointer()
    builder.store(part, builder.bitcast(at(row), wide), align=_bytes(kind))
    if isinstance(kind.dtype, types.Float):
        count = cgutils.unpack_tuple(builder, array.shape)[0]
        last = builder.bitcast(at(builder.sub(count, ir.Constant(count.type, 1))), wide)
        # Zero if it is finite; what is once NaN stays so.
        more = builder.fadd(builder.load(last, align=_bytes(kind)), builder.fsub(part, part))
        builder.store(more, last, align=_bytes(kind))


def _prefetch(builder: Any, pointer: Any) -> None:
    """Have a cache line brought near, to be written to."""
    number = ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
    prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(prefetch, [pointer, *(ir.Constant(number, k) for k in (1, 3, 1))])


def _samples(
    context: Any, builder: Any, kind: Runs, rows: Any, value: Any, row: Any, places: list[Any]
) -> Any:
    """Load samples that are each run's own, or the same for all: the last axis is 8 or 1."""
    array = make_array(rows)(context, builder, value)
    _, width, runs = cgutils.unpack_tuple(builder, array.shape)
    begin = builder.mul(row, width)
    lanes = [builder.mul(builder.add(begin, place), runs) for place in places]
    firsts = [builder.gep(array.data, [lane]) for lane in lanes]
    own = builder.icmp_signed("==", runs, ir.Constant(runs.type, RUNS))
    ways = []
    with builder.if_else(own) as (yes, no):
        with yes:
            ways.append(([_get(builder, kind, first, 0) for first in firsts], builder.block))
        with no:
            ways.append(
                ([splat(builder, builder.load(first), RUNS) for first in firsts], builder.block)
            )
    parts = []
    for k in range(len(places)):
        part = builder.phi(kind.vector)
        for loaded, block in ways:
            part.add_incoming(loaded[k], block)
        parts.append(part)
    return together(builder, kind, parts)


def _get(builder: Any, kind: Runs, first: Any, lane: int) -> Any:
    return builder.load(_pointer(builder, kind, first, lane), align=_bytes(kind))


def _set(builder: Any, kind: Runs, first: Any, lane: int, part: Any) -> None:
    builder.store(part, _pointer(builder, kind, first, lane), align=_bytes(kind))


def _pointer(builder: Any, kind: Runs, first: Any, lane: int) -> Any:
    wide = builder.bitcast(first, kind.vector.as_pointer())
    return builder.gep(wide, [ir.Constant(ir.IntType(64), lane)])


def _bytes(kind: Runs) -> int:
    return int(kind.dtype.bitwidth) // 8


# By the names that the text of one run has for numbers, these are for registers of runs.
FOR_RUNS: dict[str, Callable[..., Any]] = {
    "align_stack": align_stack,
    "first_lanes": first_lanes,
    "fraction": to_float,
    "lane": lane,
    "lane_sum": lane_sum,
    "lane_sum_everywhere": lane_sum,
    "load": load,
    "load_row": load_row,
    "load_same": load_same,
    "number": number,
    "number_same": number_same,
    "ordered_sum": ordered_sum,
    "put": put,
    "put_row": put_row,
    "row_number": row_number,
    "single": to_single,
    "spread": spread,
    "store": store,
    "store_row": store_row,
    "store_same": store_same,
}
