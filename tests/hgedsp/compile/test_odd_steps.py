"""Steps written in all the ways Python knows: kernels without fastmath equal the interpreter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numba
import numpy as np
import pytest
from numba.extending import register_jitable

import hgedsp as hg
from hgedsp.block import Block
from hgedsp.ports import Ports
from hgedsp.wire import Wire

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="there is no machine code")

LANES = [1, 3, 9, 20]
SIGNED = np.array([0.0, -0.0, 0.0])  # three, so that they meet those of another period


@hg.block
def Sign(x: Any) -> Any:
    return 1 if x > 0.1 else -1  # a whole number for an output that is none


@hg.block
def Halved(x: Any) -> Any:
    return x // 2


@hg.block
def Truth(x: Any) -> Any:
    return x > 0.1


@hg.block
def Remainders(x: Any) -> Any:
    return x % 0.3 + (-x) % 0.7 + x // 0.3


@hg.block
def Inverse(x: Any) -> Any:
    return 1.0 / x


@hg.block
def Logarithm(x: Any) -> Any:
    return math.log(x) if x > 0.0 else 0.0


@hg.block
def Root(x: Any) -> Any:
    if x < 0.0:
        return -1.0
    return math.sqrt(x)


@hg.block(inputs="x, n: int64")
def Guarded(x: Any, n: Any) -> Any:
    return x + (7 // n if n != 0 else 0)


@hg.block(inputs="x, n: int64", outputs="m: int64")
def Bits(x: Any, n: Any) -> Any:
    return (n << 3) ^ (n >> 1) | (n & 5) - (~n) % 7 if x > 0.0 else -n


@hg.block(inputs="x, y")
def Smaller(x: Any, y: Any) -> Any:
    return min(x, y)


@hg.block(inputs="x, y")
def Larger(x: Any, y: Any) -> Any:
    return max(x, y)


@hg.block
def Whole(x: Any) -> Any:
    return round(x * 3.0) + int(x * 5.0) + math.floor(x) + math.ceil(x)


@hg.block
def Functions(x: Any) -> Any:
    waves = math.sin(x) + math.cos(x) * math.exp(x) + math.tanh(x) + math.atan2(x, 0.3)
    return waves + math.log1p(abs(x)) + math.expm1(x) + math.erf(x) + math.copysign(1.0, x)


@hg.block
def Arrays(x: Any) -> Any:
    return np.sqrt(np.abs(x)) + np.floor(x) + np.minimum(x, 0.3) + np.where(x > 0, 1.0, 2.0)


@hg.block(outputs="a, b", state="s=1")
def Exchanged(x: Any, s: Any) -> Any:
    a, b = x, s
    if a > b:
        a, b = b, a
    for i in range(3):
        if i == 1:
            continue
        if x > 0.9:
            break
        a += 0.1 * i
    else:
        b = -b
    return a, b, b


@hg.block
def Constant(x: Any) -> Any:
    return 0.5


@register_jitable
def _twice(x: Any, times: int) -> Any:
    total = x
    while times > 0:
        total += x
        times -= 1
    return total, times


@hg.block
def Nested(x: Any) -> Any:
    first, left = _twice(x, 2)
    second, _ = _twice(first if x > 0.0 else -x, left + 1)
    return second


@dataclass(frozen=True, eq=False)
class Squares(Block):
    reduces: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K], gain=0.5", outputs="y")

    @staticmethod
    def step(x: float, gain: float) -> float:
        return gain * x * x if x > 0.0 else 0.0


def wires(lanes: int) -> dict[str, Wire]:
    x, zero, other = hg.Input("x", lanes), hg.Input("zero", lanes), hg.Input("other", lanes)
    n = hg.Input("n", lanes, "int64")
    blocks = (Sign, Truth, Remainders, Logarithm, Root, Whole, Functions, Arrays)
    outputs = {made.__name__: made()(x) for made in (*blocks, Constant, Nested, Squares)}
    a, b = Exchanged()(x)
    return {
        **outputs,
        "a": a,
        "b": b,
        "halved": Halved()(outputs["Sign"]),
        "third": outputs["Sign"] / 3,
        "truth": outputs["Truth"] + 1.0,
        "inverse": hg.Clip(-5.0, 5.0)(Inverse()(zero)),
        "guarded": Guarded()(x, n),
        "bits": Bits()(x, n),
        "smaller": Smaller()(zero, other),
        "larger": Larger()(zero, other),
        "minus zero": hg.Sum()(other),
    }


def samples(lanes: int) -> dict[str, Any]:
    random = np.random.default_rng(lanes)
    return {
        "x": random.normal(size=(30, lanes)),
        "zero": np.resize(SIGNED, (30, lanes)),
        "other": np.resize(SIGNED[:2], (30, lanes)),
        "n": random.integers(-4, 5, (30, lanes)),
    }


def assert_agree(outputs: dict[str, Any], inputs: dict[str, Any]) -> None:
    graph = hg.Graph(1.0, outputs)
    with np.errstate(all="ignore"):
        wanted = graph.compile(interpret=True).process(inputs)
    got = graph.compile(fastmath=False).process(inputs)
    for name, values in wanted.items():
        assert got[name].dtype == values.dtype, name
        np.testing.assert_array_equal(got[name].view(np.int64), values.view(np.int64), name)


@pytest.mark.parametrize("lanes", LANES)
def test_bits_agree_down_to_the_sign_of_zero(lanes: int) -> None:
    assert_agree(wires(lanes), samples(lanes))


@hg.block(state="old")
def Alternating(x: Any, old: Any) -> Any:
    return old, 0 if old else x


@pytest.mark.parametrize("lanes", LANES[1:])
def test_a_number_may_stand_for_its_truth(lanes: int) -> None:
    assert_agree({"y": Alternating()(hg.Input("x", lanes))}, {"x": samples(lanes)["x"]})


@hg.block
def Either(x: Any) -> Any:
    return (x > 0.2 and x) or (x < -0.2 and -x) or 0.5


@pytest.mark.parametrize("lanes", LANES[1:])
def test_and_and_or_may_give_numbers(lanes: int) -> None:
    assert_agree({"y": Either()(hg.Input("x", lanes))}, {"x": samples(lanes)["x"]})


@hg.block(inputs="x, n: int64=3")
def Shifted(x: Any, n: Any) -> Any:
    return x + (n >> 1)


@pytest.mark.parametrize("lanes", LANES)
def test_a_default_is_converted_to_the_type_of_its_port(lanes: int) -> None:
    assert_agree({"y": Shifted()(hg.Input("x", lanes))}, {"x": samples(lanes)["x"]})


@pytest.mark.parametrize("lanes", LANES)
def test_a_whole_number_is_converted_where_a_fraction_is_asked_for(lanes: int) -> None:
    n = hg.Input("n", lanes, "int64")
    big = np.full((2, lanes), 2**62 + 1)
    assert_agree({"sum": n + n, "product": n * n, "scaled": 3.0 * n}, {"n": big})


@dataclass(frozen=True, eq=False)
class WholeSum(Block):
    reduces: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="n: int64[K]", outputs="y: int64")

    @staticmethod
    def step(n: int) -> int:
        return n


@pytest.mark.parametrize("lanes", LANES[1:])
def test_whole_numbers_can_be_summed(lanes: int) -> None:
    n = np.arange(2 * lanes).reshape(2, lanes)
    assert_agree({"y": WholeSum()(hg.Input("n", lanes, "int64"))}, {"n": n})
