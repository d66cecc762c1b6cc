"""Operators and functions of plain numbers, on registers of lanes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from hgedsp.vectors.instructions import call_llvm, each_lane, numbas_own, suffix_of
from hgedsp.vectors.lanes import Lanes, common, family, parts_of, together


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
        columns = zip(*(parts_of(builder, kind, value) for value in values), strict=True)
        made = [emit(context, builder, kind, parts) for parts in columns]
        return together(builder, sig.return_type, made)

    for function in functions:
        template = type(f"Lanes_{function.__name__}", (AbstractTemplate,), {"generic": generic})
        infer_global(function)(template)
        lower_builtin(function, *[Lanes] * arity)(lower)


def _floats(kind: Lanes) -> Lanes:
    return kind if family(kind.dtype) == "float" else kind.of(types.float64)


def _numbers(kind: Lanes) -> Lanes:
    return kind.of(types.int64) if kind.dtype == types.boolean else kind


def _whole(kind: Lanes) -> Lanes | None:
    return kind if kind.dtype == types.int64 else None


def _masks(kind: Lanes) -> Lanes | None:
    return kind if kind.dtype in (types.boolean, types.int64) else None


def _arithmetic(name: str) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
        prefix = "f" if family(kind.dtype) == "float" else ""
        return getattr(builder, prefix + name)(*values)

    return emit


def _instruction(name: str) -> Callable[..., Any]:
    return lambda context, builder, kind, values: getattr(builder, name)(*values)


def _comparison(sign: str) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
        if family(kind.dtype) != "float":
            return builder.icmp_signed(sign, *values)
        # A comparison with NaN is false, but for "not equal".
        compare = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
        return compare(sign, *values)

    return emit


def _llvm(name: str) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
        vector = values[0].type
        return call_llvm(builder, f"llvm.{name}.{suffix_of(kind)}", vector, values)

    return emit


def _absolute(context: Any, builder: Any, kind: Lanes, values: Any) -> Any:
    (value,) = values
    if family(kind.dtype) == "float":
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
    return builder.fneg(*values) if family(kind.dtype) == "float" else builder.neg(*values)


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
            implementation = numbas_own(context, function, kind.dtype, len(values))
            return each_lane(builder, kind, values, implementation)

        template = type(f"Lanes_{function.__name__}", (AbstractTemplate,), {"generic": generic})
        infer_global(function)(template)
        for arity in (1, 2):
            lower_builtin(function, *[Lanes] * arity)(lower)


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
