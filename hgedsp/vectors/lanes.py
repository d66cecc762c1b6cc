"""A numba type whose machine representation is one vector of numbers, or a few of them."""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.core.typeconv.castgraph import Conversion
from numba.extending import lower_cast, models, register_model

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
        """Let a single number stand for all lanes, where nothing takes the number as it is.

        Of a step that is compiled for registers and for numbers, numbers go to the latter.
        """
        if not isinstance(other, types.Number):
            return None
        found = context.can_convert(other, self.dtype)
        return None if found is None else max(found, Conversion.safe)

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


def parts_of(builder: Any, kind: Lanes, value: Any) -> list[Any]:
    return [builder.extract_value(value, number) for number in range(kind.parts)]


def together(builder: Any, kind: Lanes, parts: Any) -> Any:
    value = ir.Constant(ir.ArrayType(kind.vector, kind.parts), ir.Undefined)
    for number, part in enumerate(parts):
        value = builder.insert_value(value, part, number)
    return value


def spread_over(builder: Any, kind: Lanes, number: Any) -> Any:
    return together(builder, kind, [splat(builder, number, kind.part)] * kind.parts)


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
    return spread_over(builder, wanted, number)


@lower_cast(Lanes, Lanes)
def _lanes_to_lanes(context: Any, builder: Any, given: Lanes, wanted: Lanes, value: Any) -> Any:
    assert wanted.takes(given), "registers of different widths never meet"
    parts = parts_of(builder, given, value) * (wanted.parts // given.parts)
    if given.dtype != wanted.dtype:
        parts = [_converted_part(builder, given, wanted, part) for part in parts]
    return together(builder, wanted, parts)


def _converted_part(builder: Any, given: Lanes, wanted: Lanes, part: Any) -> Any:
    pair = family(given.dtype), family(wanted.dtype)
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


def family(dtype: Any) -> str:
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
