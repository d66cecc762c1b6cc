"""What rewritten steps call: multiply-adds, and conversions between kinds of numbers."""

from __future__ import annotations

import operator
from typing import Any

from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, overload

from hgedsp.vectors.instructions import call_llvm, converted, suffix_of
from hgedsp.vectors.lanes import Lanes, common, family, parts_of, together
from hgedsp.vectors.plain import TAUGHT


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
        if family(getattr(product, "dtype", product)) == "int" and kind != product:
            # Whole numbers are multiplied as such, and wrap around as such.
            product = kind.of(types.int64) if isinstance(kind, Lanes) else product
            return signature(kind, product, product, kind)
        return signature(kind, kind, kind, kind)


@lower_builtin(multiply_add, Lanes, Lanes, Lanes)
def _multiply_add_lanes(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    kind = sig.return_type
    if sig.args[0] != kind:
        return _product_apart(context, builder, sig, values)
    columns = zip(*(parts_of(builder, kind, value) for value in values), strict=True)
    made = [_fused(builder, kind.dtype, column, suffix_of(kind)) for column in columns]
    return together(builder, kind, made)


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
        return call_llvm(builder, f"llvm.fma.{suffix}", values[0].type, values)
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
    return converted(context, value, types.float64)


@intrinsic
def to_int(context: Any, value: Any) -> Any:
    """Return `int(value)`, of a number or of every lane."""
    return converted(context, value, types.int64)
