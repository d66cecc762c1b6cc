"""Registers of lanes: a numba type whose machine representation is one vector of numbers.

LLVM finds vectors in loops by itself, but it takes a loop over a few lanes apart into scalars, and
keeps what a loop leaves behind in memory. With a type for a register of lanes the scalar text of a
lane step is compiled for all of them at once, and states stay in registers from sample to sample.

Every operation is that of IEEE 754, lane by lane, and sums are added up in one stated order, so
that results do not depend on the width of the vector unit.

A step on arrays may call `load`, `load_bytes`, `load_like`, `store`, `where`, `lane_sum`,
`lane_numbers`, `compressed` and `how_many` by name. In plain Python they work on NumPy arrays, lane
for lane the same, so that the interpreter can run such a step.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import llvmlite.binding
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.typing.templates import (
    AbstractTemplate,
    infer_global,
    make_intrinsic_template,
    signature,
)
from numba.extending import (
    intrinsic,
    lower_builtin,
    lower_cast,
    models,
    overload,
    register_model,
)

Array = npt.NDArray[Any]

TILE = 8  # lanes that are added up together, whatever the width of a register


def _has_avx512() -> bool:
    asked: str | None = getattr(config, "CPU_FEATURES", None)  # its names are made at run time
    if asked is not None:
        return "+avx512f" in asked
    return bool(llvmlite.binding.get_host_cpu_features().get("avx512f", False))


# What a step may choose its way by, if all ways give the same bits: whether there is an instruction
# for `compressed`, and how many bytes of sums fit the registers beside what is added.
PACKS = _has_avx512()
SUMS_BYTES = 24 * 64 if PACKS else 12 * 32

_ELEMENTS = {
    types.float64: ir.DoubleType(),
    types.float32: ir.FloatType(),
    types.int64: ir.IntType(64),
    types.boolean: ir.IntType(1),
}


class Lanes(types.Type):
    """A register of `count` numbers of one type, held in parts of `part` numbers each.

    Where a sample waits for the one before, sums over lanes count most, and registers of half the
    width are added up sooner; where many lanes are waiting, wide ones do more at a time.
    """

    def __init__(self, dtype: Any, count: int, part: int) -> None:
        self.dtype, self.count, self.part = dtype, count, part
        super().__init__(f"Lanes({dtype}, {count}, {part})")

    def of(self, dtype: Any) -> Lanes:
        """Return the type of as many lanes of another type."""
        return Lanes(dtype, self.count, self.part)

    @property
    def vector(self) -> Any:
        """The machine type of a part."""
        return ir.VectorType(_ELEMENTS[self.dtype], self.part)

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return self.count // self.part

    def can_convert_from(self, context: Any, other: Any) -> Any:
        """Let a single number stand for all lanes."""
        return context.can_convert(other, self.dtype) if isinstance(other, types.Number) else None

    def takes(self, other: Lanes) -> bool:
        """Whether a register of the other type can stand in the place of one of this type."""
        return other.count == self.count and other.part == self.part

    def met(self, other: Lanes) -> Lanes | None:
        """Return the type, but for that of its numbers, that both can be turned into, or None."""
        if self.takes(other):
            return self
        return other if other.takes(self) else None

    def unify(self, context: Any, other: Any) -> Any:
        """Let two branches of a step agree, where one gives a single number."""
        return common(self, other)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, ir.ArrayType(kind.vector, kind.parts))


def _apart(builder: Any, kind: Lanes, value: Any) -> list[Any]:
    return [builder.extract_value(value, number) for number in range(kind.parts)]


def _together(builder: Any, kind: Lanes, parts: Any) -> Any:
    value = ir.Constant(ir.ArrayType(kind.vector, kind.parts), ir.Undefined)
    for number, part in enumerate(parts):
        value = builder.insert_value(value, part, number)
    return value


def _spread(builder: Any, kind: Lanes, number: Any) -> Any:
    return _together(builder, kind, [splat(builder, number, kind.part)] * kind.parts)


# One number into every lane, and lanes from one type to another --------------------------------


def splat(builder: Any, value: Any, count: int) -> Any:
    """Return a vector that holds `value` in every lane."""
    kind = ir.VectorType(value.type, count)
    first = builder.insert_element(
        ir.Constant(kind, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
    )
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), count), [0] * count)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)


@lower_cast(types.Number, Lanes)
@lower_cast(types.Boolean, Lanes)
def _number_to_lanes(context: Any, builder: Any, given: Any, wanted: Lanes, value: Any) -> Any:
    number = context.cast(builder, value, given, wanted.dtype)
    if wanted.dtype == types.boolean:
        number = builder.trunc(number, ir.IntType(1)) if number.type.width > 1 else number
    return _spread(builder, wanted, number)


@lower_cast(Lanes, Lanes)
def _lanes_to_lanes(context: Any, builder: Any, given: Lanes, wanted: Lanes, value: Any) -> Any:
    assert wanted.takes(given), "registers of different widths never meet"
    parts = _apart(builder, given, value) * (wanted.parts // given.parts)
    if given.dtype != wanted.dtype:
        parts = [_converted_part(builder, given, wanted, part) for part in parts]
    return _together(builder, wanted, parts)


def _converted_part(builder: Any, given: Lanes, wanted: Lanes, part: Any) -> Any:
    pair = _kind(given.dtype), _kind(wanted.dtype)
    if pair == ("float", "float"):
        grows = wanted.dtype == types.float64
        return builder.fpext(part, wanted.vector) if grows else builder.fptrunc(part, wanted.vector)
    if pair == ("float", "int"):
        return builder.fptosi(part, wanted.vector)
    if pair == ("bool", "int"):
        return builder.zext(part, wanted.vector)
    if pair == ("bool", "float"):
        return builder.uitofp(part, wanted.vector)
    assert pair == ("int", "float"), f"no way from {given} to {wanted}"
    return builder.sitofp(part, wanted.vector)


def _kind(dtype: Any) -> str:
    if dtype == types.boolean:
        return "bool"
    return "int" if isinstance(dtype, types.Integer) else "float"


def common(*kinds: Any) -> Any:
    """Return the type of registers that holds the result of an operation on `kinds`, or None.

    A single number takes the type of the register beside it, so that the constant 2.0 does not
    turn a register of float32 into one of float64.
    """
    registers = [kind for kind in kinds if isinstance(kind, Lanes)]
    if not registers or not all(isinstance(k, (Lanes, types.Number, types.Boolean)) for k in kinds):
        return None
    first: Lanes | None = registers[0]
    for register in registers[1:]:
        first = first and first.met(register)
    if first is None:
        return None
    ranks = [_rank(register.dtype) for register in registers]
    if any(isinstance(kind, types.Float) for kind in kinds) and max(ranks) < 2:
        return first.of(types.float64)
    if max(ranks) == 0 and any(isinstance(kind, types.Integer) for kind in kinds):
        return first.of(types.int64)
    return first.of((types.boolean, types.int64, types.float32, types.float64)[max(ranks)])


def _rank(dtype: Any) -> int:
    order = (types.boolean, types.int64, types.float32, types.float64)
    return order.index(dtype)


# Operators --------------------------------------------------------------------------------------


def _operation(
    functions: tuple[Any, ...],
    result: Callable[[Lanes], Any],
    emit: Callable[[Any, Any, Lanes, tuple[Any, ...]], Any],
    accepts: Callable[[Any], Any] = lambda kind: kind,
    arity: int = 2,
) -> None:
    """Teach numba an operation on registers: what it gives, and the instructions it is."""

    def generic(self: Any, arguments: Any, keywords: Any) -> Any:
        kind = common(*arguments) if len(arguments) == arity and not keywords else None
        kind = accepts(kind) if kind is not None else None
        return signature(result(kind), *[kind] * arity) if kind is not None else None

    def lower(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        kind = sig.args[0]
        columns = zip(*(_apart(builder, kind, value) for value in values), strict=True)
        made = [emit(context, builder, kind, parts) for parts in columns]
        return _together(builder, sig.return_type, made)

    for function in functions:
        template = type(f"Lanes_{function.__name__}", (AbstractTemplate,), {"generic": generic})
        infer_global(function)(template)
        lower_builtin(function, *[Lanes] * arity)(lower)


def _floats(kind: Lanes) -> Lanes:
    return kind if _kind(kind.dtype) == "float" else kind.of(types.float64)


def _numbers(kind: Lanes) -> Lanes:
    return kind.of(types.int64) if kind.dtype == types.boolean else kind


def _whole(kind: Lanes) -> Lanes | None:
    return kind if kind.dtype == types.int64 else None


def _masks(kind: Lanes) -> Lanes | None:
    return kind if kind.dtype in (types.boolean, types.int64) else None


def _arithmetic(name: str) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
        prefix = "f" if _kind(kind.dtype) == "float" else ""
        return getattr(builder, prefix + name)(*values)

    return emit


def _instruction(name: str) -> Callable[..., Any]:
    return lambda context, builder, kind, values: getattr(builder, name)(*values)


def _comparison(sign: str) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
        if _kind(kind.dtype) != "float":
            return builder.icmp_signed(sign, *values)
        # A comparison with NaN is false, but for "not equal".
        compare = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
        return compare(sign, *values)

    return emit


def _llvm(name: str) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
        vector = values[0].type
        return _call(builder, f"llvm.{name}.{_suffix(kind)}", vector, values)

    return emit


def _call(builder: Any, name: str, result: Any, values: Any) -> Any:
    kind = ir.FunctionType(result, [value.type for value in values])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), values)


def _suffix(kind: Lanes) -> str:
    letter = "f" if _kind(kind.dtype) == "float" else "i"
    return f"v{kind.part}{letter}{kind.dtype.bitwidth}"


def _absolute(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
    (value,) = values
    if _kind(kind.dtype) == "float":
        return _llvm("fabs")(context, builder, kind, values)
    zero = ir.Constant(value.type, [0] * kind.part)
    return builder.select(builder.icmp_signed("<", value, zero), builder.sub(zero, value), value)


def _extreme(sign: str) -> Callable[..., Any]:
    # As Python has it: min(a, b) is b only where b < a, so that a NaN in a stays.
    def emit(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
        first, second = values
        chosen = _comparison(sign)(context, builder, kind, (second, first))
        return builder.select(chosen, second, first)

    return emit


def _negative(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
    return builder.fneg(*values) if _kind(kind.dtype) == "float" else builder.neg(*values)


def _same(kind: Lanes) -> Lanes:
    return kind


def _flags(kind: Lanes) -> Lanes:
    return kind.of(types.boolean)


for _names, _name in (
    ((operator.add, operator.iadd), "add"),
    ((operator.sub, operator.isub), "sub"),
    ((operator.mul, operator.imul), "mul"),
):
    _operation(_names, _same, _arithmetic(_name), _numbers)
_operation((operator.truediv, operator.itruediv), _same, _instruction("fdiv"), _floats)
for _names, _name in (
    ((operator.and_, operator.iand), "and_"),
    ((operator.or_, operator.ior), "or_"),
    ((operator.xor, operator.ixor), "xor"),
):
    _operation(_names, _same, _instruction(_name), _masks)
_operation((operator.lshift, operator.ilshift), _same, _instruction("shl"), _whole)
_operation((operator.rshift, operator.irshift), _same, _instruction("ashr"), _whole)
for _function, _sign in (
    (operator.lt, "<"),
    (operator.le, "<="),
    (operator.gt, ">"),
    (operator.ge, ">="),
    (operator.eq, "=="),
    (operator.ne, "!="),
):
    _operation((_function,), _flags, _comparison(_sign), _numbers)
_operation((operator.neg,), _same, _negative, _numbers, 1)
_operation((operator.pos,), _same, lambda c, b, k, values: values[0], _numbers, 1)
_operation((abs, np.abs, math.fabs), _same, _absolute, _numbers, 1)
_operation((math.sqrt, np.sqrt), _same, _llvm("sqrt"), _floats, 1)
_operation((np.floor,), _same, _llvm("floor"), _floats, 1)
_operation((np.ceil,), _same, _llvm("ceil"), _floats, 1)
_operation((min,), _same, _extreme("<"), _numbers)
_operation((max,), _same, _extreme(">"), _numbers)


# Functions that no vector unit has: one lane after the other -----------------------------------


def _lane_by_lane(*functions: Any) -> None:
    for function in functions:

        def generic(self: Any, arguments: Any, keywords: Any, function: Any = function) -> Any:
            kind = common(*arguments) if not keywords else None
            if kind is None:
                return None
            kind = _floats(kind)
            return signature(kind, *[kind] * len(arguments))

        def lower(
            context: Any, builder: Any, sig: Any, values: Any, function: Any = function
        ) -> Any:
            kind = sig.return_type
            implementation = _implementation(context, function, kind.dtype, len(values))
            return _each_lane(builder, kind, values, implementation)

        template = type(f"Lanes_{function.__name__}", (AbstractTemplate,), {"generic": generic})
        infer_global(function)(template)
        for arity in (1, 2):
            lower_builtin(function, *[Lanes] * arity)(lower)


def _implementation(context: Any, function: Any, dtype: Any, arity: int) -> Callable[..., Any]:
    """What numba has for a function of plain numbers."""
    scalars = signature(dtype, *[dtype] * arity)
    known = context.typing_context
    known.resolve_function_type(known.resolve_value_type(function), scalars.args, {})
    made: Callable[..., Any] = context.get_function(function, scalars)
    return made


def _each_lane(builder: Any, kind: Lanes, values: Any, emit: Callable[..., Any]) -> Any:
    columns = zip(*(_apart(builder, kind, value) for value in values), strict=True)
    made = []
    for parts in columns:
        result = ir.Constant(kind.vector, ir.Undefined)
        for lane in range(kind.part):
            place = ir.Constant(ir.IntType(32), lane)
            given = [builder.extract_element(part, place) for part in parts]
            result = builder.insert_element(result, emit(builder, given), place)
        made.append(result)
    return _together(builder, kind, made)


LANE_BY_LANE = (
    math.sin,
    math.cos,
    math.tan,
    math.asin,
    math.acos,
    math.atan,
    math.atan2,
    math.sinh,
    math.cosh,
    math.tanh,
    math.exp,
    math.expm1,
    math.log,
    math.log1p,
    math.log10,
    math.hypot,
    math.copysign,
)
_lane_by_lane(*LANE_BY_LANE)


# Functions with a meaning in plain Python, too -------------------------------------------------

# What a step may call as it is: numba has instructions for them, and no use for their text.
TAUGHT: set[Callable[..., Any]] = set()


def _taught(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
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


@_taught(load)
def _load(context: Any, array: Any, place: Any, count: Any, part: Any) -> Any:
    kind = _literal_lanes(array.dtype, count, part)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _loaded(builder, kind, _data(context, builder, sig.args[0], values[0]), values[1])

    return kind and (kind(array, types.intp, count, part), build)


def load_bytes(array: Array, place: int, size: int) -> Any:
    """Return the register of `size` bytes, in parts of 64, that begins at array[place]."""
    return array[place : place + size // array.itemsize].copy()


@_taught(load_bytes)
def _load_bytes(context: Any, array: Any, place: Any, size: Any) -> Any:
    if not isinstance(size, types.IntegerLiteral):
        return None
    width = array.dtype.bitwidth // 8
    kind = Lanes(array.dtype, size.literal_value // width, 64 // width)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _loaded(builder, kind, _data(context, builder, sig.args[0], values[0]), values[1])

    return kind(array, types.intp, size), build


def load_like(register: Any, array: Array, place: int) -> Any:
    """Return the register that begins at array[place] and has as many lanes as another."""
    return array[place : place + register.size].copy()


@_taught(load_like)
def _load_like(context: Any, register: Any, array: Any, place: Any) -> Any:
    kind = register.of(array.dtype)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _loaded(builder, kind, _data(context, builder, sig.args[1], values[1]), values[2])

    return kind(register, array, types.intp), build


def store(array: Array, place: int, value: Any) -> None:
    """Put a register to array[place] and the places after it."""
    array[place : place + value.size] = value


@_taught(store)
def _store(context: Any, array: Any, place: Any, value: Any) -> Any:
    kind = value.of(array.dtype)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        first = builder.gep(_data(context, builder, array, values[0]), [values[1]])
        parts = _apart(builder, kind, values[2])
        for part, pointer in zip(parts, _pointers(builder, first, kind), strict=True):
            builder.store(part, pointer, align=_bytes(kind))
        return context.get_dummy_value()

    return types.none(array, types.intp, kind), build


def lane_numbers(count: int, part: int) -> Any:
    """Return a register of the whole numbers 0 to count - 1."""
    return np.arange(count)


@_taught(lane_numbers)
def _lane_numbers(context: Any, count: Any, part: Any) -> Any:
    kind = _literal_lanes(types.int64, count, part)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        firsts = range(0, kind.count, kind.part)
        made = [ir.Constant(kind.vector, list(range(n, n + kind.part))) for n in firsts]
        return _together(builder, kind, made)

    return kind and (kind(count, part), build)


def compressed(register: Any, kept: Any) -> Any:
    """Return the kept lanes of a register side by side, and zeros behind them."""
    lanes = register[kept]
    return np.pad(lanes, (0, register.size - lanes.size))


@_taught(compressed)
def _compressed(context: Any, register: Any, kept: Any) -> Any:
    if not isinstance(register, Lanes) or register.parts > 1:
        return None

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        (lanes,), (mask,) = (_apart(builder, *pair) for pair in zip(sig.args, values, strict=True))
        # As bits: where there is no such instruction, LLVM has a way for whole numbers only.
        width = register.dtype.bitwidth
        bits = ir.VectorType(ir.IntType(width), register.part)
        zeros = ir.Constant(bits, [0] * register.part)
        name = f"llvm.experimental.vector.compress.v{register.part}i{width}"
        made = _call(builder, name, bits, [builder.bitcast(lanes, bits), mask, zeros])
        return _together(builder, register, [builder.bitcast(made, register.vector)])

    return register(register, kept), build


def how_many(flags: Any) -> Any:
    """Return in how many lanes a flag is set."""
    return int(np.count_nonzero(flags))


@_taught(how_many)
def _how_many(context: Any, flags: Any) -> Any:
    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        kind, total = ir.IntType(flags.part), ir.Constant(ir.IntType(64), 0)
        for part in _apart(builder, flags, values[0]):
            count = _call(builder, f"llvm.ctpop.i{flags.part}", kind, [builder.bitcast(part, kind)])
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


@_taught(lane_sum)
def _lane_sum(context: Any, value: Any, valid: Any) -> Any:
    if not isinstance(value, Lanes):
        return None

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        register, width = _one_tile(builder, value, values, valid), min(value.part, TILE)
        while width > 1:
            width //= 2
            register = _plus(builder, value)(
                *(_piece(builder, register, i, width) for i in (0, width))
            )
        return builder.extract_element(register, ir.Constant(ir.IntType(32), 0))

    return value.dtype(value, valid), build


def _plus(builder: Any, kind: Lanes) -> Callable[..., Any]:
    """The addition of two parts, or of two lanes."""
    add: Callable[..., Any] = builder.fadd if _kind(kind.dtype) == "float" else builder.add
    return add


def _one_tile(builder: Any, kind: Lanes, values: Any, valid: Any) -> Any:
    """Add up tiles of 8 lanes, and the parts of a tile, until one part is left."""
    plus = _plus(builder, kind)
    parts = _apart(builder, kind, _blanked(builder, values[0], values[1], valid, kind))
    parts = [piece for part in parts for piece in _tiles(builder, kind, part)]
    eight = max(1, TILE // kind.part)
    total = parts[:eight]
    for place in range(eight, len(parts), eight):
        more = parts[place : place + eight]
        total = [plus(a, b) for a, b in zip(total, more, strict=True)]
    while len(total) > 1:
        half = len(total) // 2
        total = [plus(*pair) for pair in zip(total[:half], total[half:], strict=True)]
    return total[0]


@intrinsic(prefer_literal=True)
def lane_sum_everywhere(context: Any, value: Any, valid: Any) -> Any:
    """Return a register with `lane_sum` in every lane, the same bits, without a detour.

    Each lane adds what is half a register away, then a quarter, then an eighth.
    """
    if not isinstance(value, Lanes) or value.part > TILE:
        return None

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        register, away = _one_tile(builder, value, values, valid), value.part
        while away > 1:
            away //= 2
            lanes = [lane ^ away for lane in range(value.part)]
            places = ir.Constant(ir.VectorType(ir.IntType(32), value.part), lanes)
            other = builder.shuffle_vector(
                register, ir.Constant(register.type, ir.Undefined), places
            )
            register = _plus(builder, value)(register, other)
        return _together(builder, value, [register] * value.parts)

    return value(value, valid), build


def where(condition: Any, yes: Any, no: Any) -> Any:
    """Return `yes` in the lanes where the condition holds, else `no`."""
    return np.where(condition, yes, no)


@_taught(where)
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
            apart = [_apart(builder, k, v) for k, v in zip(sig.args, values, strict=True)]
            columns = zip(*apart, strict=True)
            return _together(builder, kind, [builder.select(*parts) for parts in columns])
        flag = values[0]
        flag = builder.trunc(flag, ir.IntType(1)) if flag.type.width > 1 else flag
        return builder.select(flag, values[1], values[2])

    return kind(test, kind, kind), build


# For graphs in float32 ---------------------------------------------------------------------------


def to_single(value: Any) -> Any:
    """Return a number, or every lane of a register, in float32."""
    return np.asarray(value, np.float32)[()]


@_taught(to_single)
def _to_single(context: Any, value: Any) -> Any:
    return _converted(context, value, types.float32)


def to_double(value: Any) -> Any:
    """Return a number, or every lane of a register, in float64."""
    return np.asarray(value, np.float64)[()]


@_taught(to_double)
def _to_double(context: Any, value: Any) -> Any:
    return _converted(context, value, types.float64)


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
        _taught(given)(lambda context, first, second: _typed_math(function, first, second))
    else:
        _taught(given)(lambda context, value: _typed_math(function, value))
    return given


def _typed_math(function: Callable[..., float], *given: Any) -> Any:
    kinds = [types.unliteral(kind) for kind in given]
    single = all(getattr(kind, "dtype", kind) == types.float32 for kind in kinds)
    dtype = types.float32 if single else types.float64
    lanes = common(*kinds)
    kind: Any = dtype if lanes is None else lanes.of(dtype)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        if function in _EXACT:
            return _implementation(context, function, kind, len(values))(builder, values)
        implementation = _implementation(context, function, types.float64, len(values))

        def emit(builder: Any, numbers: Any) -> Any:
            wide = [context.cast(builder, number, dtype, types.float64) for number in numbers]
            return context.cast(builder, implementation(builder, wide), types.float64, dtype)

        return _each_lane(builder, kind, values, emit) if lanes else emit(builder, values)

    return kind(*[kind] * len(kinds)), build


# Exact, or rounded once, in 32 bits as in 64.
_EXACT = (math.sqrt, math.fabs, math.copysign)

# By which function each of `math` is replaced in a graph in float32.
SINGLE = {function: _as_given(function) for function in (math.sqrt, math.fabs, *LANE_BY_LANE)}


# What the emitted text calls --------------------------------------------------------------------


@intrinsic(prefer_literal=True)
def load_row(
    context: Any, rows: Any, row: Any, place: Any, count: Any, part: Any, valid: Any
) -> Any:
    """Return rows[row, place : place + valid] in a register of `count` lanes, the rest zero."""
    kind = _literal_lanes(rows.dtype, count, part)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        pointers = _pointers(builder, _in_row(context, builder, sig, values), kind)
        if _is_whole(valid, kind):
            loaded = [builder.load(pointer, align=_bytes(kind)) for pointer in pointers]
            return _together(builder, kind, loaded)
        # A register that reached over the end of the samples would read what is not ours.
        loaded = []
        for number, pointer in enumerate(pointers):
            mask = _mask(builder, kind, number, values[5])
            arguments = [pointer, _alignment(kind), mask, _zero(kind)]
            name = f"llvm.masked.load.{_suffix(kind)}.p0"
            loaded.append(_call(builder, name, kind.vector, arguments))
        return _together(builder, kind, loaded)

    return kind and (kind(rows, types.intp, types.intp, count, part, valid), build)


@intrinsic(prefer_literal=True)
def store_row(context: Any, rows: Any, row: Any, place: Any, value: Any, valid: Any) -> Any:
    """Put the first `valid` lanes of a register to rows[row, place] and the places after it."""
    if not isinstance(value, Lanes):
        return None
    kind = value.of(rows.dtype)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        pointers = _pointers(builder, _in_row(context, builder, sig, values), kind)
        parts = _apart(builder, kind, values[3])
        for number, (part, pointer) in enumerate(zip(parts, pointers, strict=True)):
            if _is_whole(valid, kind):
                builder.store(part, pointer, align=_bytes(kind))
                continue
            mask = _mask(builder, kind, number, values[4])
            arguments = [part, pointer, _alignment(kind), mask]
            _call(builder, f"llvm.masked.store.{_suffix(kind)}.p0", ir.VoidType(), arguments)
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
        return _loaded(builder, kind, _data(context, builder, array, values[0]), place)

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
        return _blanked(builder, values[0], values[1], valid, value)

    return value(value, valid), build


@intrinsic(prefer_literal=True)
def ordered_sum(context: Any, start: Any, value: Any, valid: Any) -> Any:
    """Add the first `valid` lanes to `start`, one after the other."""

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        total, known = values[0], isinstance(valid, types.IntegerLiteral)
        for number in range(min(valid.literal_value, value.count) if known else value.count):
            more = _plus(builder, value)(total, _lane(builder, value, values[1], number))
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
    kind = value if isinstance(value, Lanes) else _literal_lanes(dtype, count, part)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return values[0] if isinstance(value, Lanes) else _spread(builder, kind, values[0])

    return kind and (kind(value, count, part), build)


@intrinsic(prefer_literal=True)
def lane(context: Any, value: Any, number: Any) -> Any:
    """Return one lane of a register; a single number is in every lane."""
    if not isinstance(value, Lanes):
        return value(value, number), lambda context, builder, sig, values: values[0]

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _lane(builder, value, values[0], number.literal_value)

    return value.dtype(value, number), build


@intrinsic(prefer_literal=True)
def with_lane(context: Any, register: Any, number: Any, value: Any) -> Any:
    """Return a register with another number in one lane."""

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _set_lane(builder, register, values[0], number.literal_value, values[2])

    return register(register, number, register.dtype), build


# What the rewritten steps call -----------------------------------------------------------------


def multiply_add(a: Any, b: Any, c: Any) -> Any:
    """Return a b + c, rounded once where the numbers are floating; in plain Python, twice."""
    return a * b + c


TAUGHT.add(multiply_add)


@infer_global(multiply_add)
class _MultiplyAdd(AbstractTemplate):
    def generic(self, arguments: Any, keywords: Any) -> Any:
        kinds = [types.unliteral(kind) for kind in arguments]
        if len(kinds) != 3 or not all(isinstance(k, (Lanes, types.Number)) for k in kinds):
            return None
        kind = common(*kinds) or self.context.unify_types(*kinds)
        product = common(*kinds[:2]) or self.context.unify_types(*kinds[:2])
        if _kind(getattr(product, "dtype", product)) == "int" and kind != product:
            # Whole numbers are multiplied as such, and wrap around as such.
            product = kind.of(types.int64) if isinstance(kind, Lanes) else product
            return signature(kind, product, product, kind)
        return signature(kind, kind, kind, kind)


@lower_builtin(multiply_add, Lanes, Lanes, Lanes)
def _multiply_add_lanes(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    kind = sig.return_type
    if sig.args[0] != kind:
        return _product_apart(context, builder, sig, values)
    columns = zip(*(_apart(builder, kind, value) for value in values), strict=True)
    made = [_fused(builder, kind.dtype, column, _suffix(kind)) for column in columns]
    return _together(builder, kind, made)


@lower_builtin(multiply_add, types.Number, types.Number, types.Number)
def _multiply_add_numbers(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    kind = sig.return_type
    if isinstance(kind, (types.Float, types.Integer)) and sig.args[0] == kind:
        return _fused(builder, kind, values, f"f{sig.return_type.bitwidth}")
    return _product_apart(context, builder, sig, values)


def _product_apart(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    """Multiply in the type of the factors, then add in that of the sum."""
    factors, kind = sig.args[0], sig.return_type
    multiply = context.get_function(operator.mul, signature(factors, factors, factors))
    product = context.cast(builder, multiply(builder, values[:2]), factors, kind)
    add = context.get_function(operator.add, signature(kind, kind, kind))
    return add(builder, (product, values[2]))


def _fused(builder: Any, dtype: Any, values: Any, suffix: str) -> Any:
    if isinstance(dtype, types.Float):
        return _call(builder, f"llvm.fma.{suffix}", values[0].type, values)
    return builder.add(builder.mul(*values[:2]), values[2])


@overload(multiply_add)
def _multiply_add_of_arrays(a: Any, b: Any, c: Any) -> Any:
    if all(isinstance(kind, (Lanes, types.Number)) for kind in (a, b, c)):
        return None

    # numba wants the annotations to agree, too.
    def twice(a: Any, b: Any, c: Any) -> Any:
        return a * b + c

    return twice


@intrinsic
def to_float(context: Any, value: Any) -> Any:
    """Return `float(value)`, of a number or of every lane."""
    return _converted(context, value, types.float64)


@intrinsic
def to_int(context: Any, value: Any) -> Any:
    """Return `int(value)`, of a number or of every lane."""
    return _converted(context, value, types.int64)


def _converted(context: Any, value: Any, dtype: Any) -> Any:
    kind = value.of(dtype) if isinstance(value, Lanes) else dtype
    given = types.unliteral(value)

    def build(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return context.cast(builder, values[0], given, kind)

    return kind(given), build


# Instructions -----------------------------------------------------------------------------------


def _literal_lanes(dtype: Any, count: Any, part: Any) -> Any:
    if not isinstance(count, types.IntegerLiteral) or not isinstance(part, types.IntegerLiteral):
        return None
    return Lanes(dtype, count.literal_value, part.literal_value)


def _lane(builder: Any, kind: Lanes, value: Any, number: int) -> Any:
    where, place = divmod(number, kind.part)
    part = builder.extract_value(value, where)
    return builder.extract_element(part, ir.Constant(ir.IntType(32), place))


def _set_lane(builder: Any, kind: Lanes, value: Any, number: int, new: Any) -> Any:
    where, place = divmod(number, kind.part)
    part = builder.extract_value(value, where)
    part = builder.insert_element(part, new, ir.Constant(ir.IntType(32), place))
    return builder.insert_value(value, part, where)


def _piece(builder: Any, register: Any, start: int, count: int) -> Any:
    places = ir.Constant(ir.VectorType(ir.IntType(32), count), list(range(start, start + count)))
    return builder.shuffle_vector(register, ir.Constant(register.type, ir.Undefined), places)


def _is_whole(valid: Any, kind: Lanes) -> bool:
    return isinstance(valid, types.IntegerLiteral) and valid.literal_value >= kind.count


def _zero(kind: Lanes) -> Any:
    return ir.Constant(kind.vector, [0] * kind.part)


def _bytes(kind: Lanes) -> int:
    return int(kind.dtype.bitwidth) // 8


def _alignment(kind: Lanes) -> Any:
    return ir.Constant(ir.IntType(32), _bytes(kind))


def _mask(builder: Any, kind: Lanes, number: int, valid: Any) -> Any:
    """Which lanes of a part come before the lane `valid`."""
    first = kind.part * number
    lanes = ir.Constant(ir.VectorType(valid.type, kind.part), list(range(first, first + kind.part)))
    return builder.icmp_signed("<", lanes, splat(builder, valid, kind.part))


def _blanked(builder: Any, register: Any, valid: Any, literal: Any, kind: Lanes) -> Any:
    if _is_whole(literal, kind):
        return register
    whole = ir.VectorType(ir.IntType(kind.dtype.bitwidth), kind.part)
    parts = []
    for number, part in enumerate(_apart(builder, kind, register)):
        # As bits: to choose between lanes and zero LLVM takes a slower instruction.
        mask = builder.sext(_mask(builder, kind, number, valid), whole)
        bits = builder.and_(builder.bitcast(part, whole), mask)
        parts.append(builder.bitcast(bits, kind.vector))
    return _together(builder, kind, parts)


def _tiles(builder: Any, kind: Lanes, part: Any) -> list[Any]:
    """Take a part of more than a tile to pieces."""
    if kind.part <= TILE:
        return [part]
    return [_piece(builder, part, first, TILE) for first in range(0, kind.part, TILE)]


def _data(context: Any, builder: Any, array: Any, value: Any) -> Any:
    return array_field(context, builder, array, value, "data")


def array_field(context: Any, builder: Any, array: Any, value: Any, name: str) -> Any:
    """Return a field of an array, such as its data or its shape.

    numba's `make_array` puts all fields into memory and takes one out again. LLVM sees through
    that, but a kernel of 300 blocks has 1600 such places, and the time for it grows as their
    square.
    """
    return context.data_model_manager[array].get(builder, value, name)


def _loaded(builder: Any, kind: Lanes, data: Any, place: Any) -> Any:
    pointers = _pointers(builder, builder.gep(data, [place]), kind)
    return _together(
        builder, kind, [builder.load(pointer, align=_bytes(kind)) for pointer in pointers]
    )


def _in_row(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    rows, shape = (
        array_field(context, builder, sig.args[0], values[0], name) for name in ("data", "shape")
    )
    width = builder.extract_value(shape, 1)
    return builder.gep(rows, [builder.add(builder.mul(values[1], width), values[2])])


def _pointers(builder: Any, first: Any, kind: Lanes) -> list[Any]:
    """Where in memory each part is."""
    wide = kind.vector.as_pointer()
    steps = [ir.Constant(ir.IntType(64), kind.part * number) for number in range(kind.parts)]
    return [builder.bitcast(builder.gep(first, [step]), wide) for step in steps]


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
