"""Blocks as users write them: steps with branches, loops, whole numbers and helpers."""

# `block` makes a class of a function, which has no type.
# mypy: disallow-untyped-decorators=False

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numba.extending import register_jitable

from hgedsp.block import Block
from hgedsp.blocks import Delay, Mixer, OnePole
from hgedsp.checks import FloatArray, IntArray
from hgedsp.custom import block
from hgedsp.ports import Ports
from hgedsp.wire import Wire, as_wire

# Lane steps from functions -----------------------------------------------------------------------


@block(state="y1")
def Slew(x: Any, y1: Any, largest: float = 0.2) -> Any:
    """Three ways out."""
    change = x - y1
    if change > largest:
        return y1 + largest, y1 + largest
    if change < -largest:
        return y1 - largest, y1 - largest
    return x, x


@block(state="count: int64, held=0.25")
def Sampled(x: Any, count: Any, held: Any, every: int = 3) -> Any:
    """A counter, and a branch without an else."""
    if count == 0:
        held = x
    count += 1
    return held, 0 if count >= every else count, held


@block
def Folded(x: Any, low: float = -0.37, high: float = 0.41) -> Any:
    """A loop that ends when it likes."""
    while x < low or x > high:
        x = 2.0 * high - x if x > high else 2.0 * low - x
    return x


@block
def Cubic(x: Any, c0: float = 0.1, c1: float = -0.4, c2: float = 0.3) -> Any:
    """A loop over a tuple, and one that counts."""
    y = 0.0
    for c in (c2, c1, c0):
        y = y * x + c
    for _ in range(2):
        y *= 0.7
    return y


@block(inputs="x, gate=1", state="peak")
def Peak(x: Any, gate: Any, peak: Any, decay: float = 0.9) -> Any:
    """An input that may stay unconnected, min and max."""
    if gate > 0.4931 and not peak < 0.0:
        peak = max(abs(x), decay * peak)
    return min(peak, 2.0), peak


@block(inputs="x, other=0.25", state="y=0.125")
def Chaser(x: Any, other: Any, y: Any, pull: float = 0.3) -> Any:
    """A registered output."""
    return y + pull * (0.5 * (x + other) - y)


@block(outputs="sine, soft", state="older, old=0.5")
def Bent(x: Any, older: Any, old: Any, knee: float = 0.3) -> Any:
    """Two outputs, functions of math, and states that change places."""
    sine = math.sin(3.0 * x) * math.exp(-abs(old))
    soft = knee * math.tanh(older / knee) + 0.1 * math.sqrt(1.0 + x * x)
    return sine, soft, old, x


@block(decimation="window", state="largest")
def Highest(x: Any, position: Any, largest: Any, window: int = 3) -> Any:
    """A step that decimates."""
    largest = x if position == 0 or x > largest else largest
    return largest, largest


@block
def Sorted(x: Any, first: float = -0.31, second: float = 0.23) -> Any:
    """Chained comparisons, and a whole number for an output that is none."""
    if first < x <= second:
        return 0
    return 1 if x > second and not (x > 2.0 or x < -2.0) else -1


@register_jitable
def _bent_at(x: Any, knee: Any) -> Any:
    if x > knee:
        return knee + 0.5 * (x - knee)
    return x


@block
def Helped(x: Any, knee: float = 0.17) -> Any:
    """A helper with a branch, called twice."""
    return _bent_at(x, knee) - 0.25 * _bent_at(-x, knee)


@block(inputs="n: int64", outputs="hash: int64, y", state="seen: int64=12345")
def Hashed(n: Any, seen: Any) -> Any:
    """Whole numbers that wrap."""
    mixed = (seen * 6364136223846793005 + n * 1442695040888963407) ^ (seen >> 17)
    return mixed % 7 - mixed // 2**60, (mixed & 1023) / 1024.0, mixed


@block(inputs="x, n: int64", outputs="y, m: int64")
def Counted(x: Any, n: Any) -> Any:
    """Whole numbers beside others: a loop whose length depends on the sample."""
    y = x
    for i in range(n & 3):
        y = 0.5 * y + 0.125 * i
    return y, -n // 2 if x > 0.19 else n % 3 + 1


# Lane steps from classes -------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False)
class WeightedSum(Block):
    """A sum of products over lanes."""

    weight: float = 0.5

    reduces: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K], w[K]", outputs="y", coefficients="weight")

    def coefficients(self, rate: float) -> tuple[float, ...]:
        return (self.weight,)

    @staticmethod
    def step(x: float, w: float, weight: float) -> float:
        return weight * x * w


# Steps on arrays ---------------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False)
class Blend(Block):
    """All kinds of ports of a step on arrays."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K], w[K], share, offset=0.25",
        outputs="y[K], mean, above: int64",
        state="last[K], calls: int64",
    )

    @staticmethod
    def step(
        x: FloatArray,
        w: FloatArray,
        share: float,
        offset: float,
        y: FloatArray,
        last: FloatArray,
        calls: IntArray,
    ) -> tuple[float, int]:
        mean = 0.0
        above = 0
        for k in range(x.size):
            y[k] = 0.5 * last[k] + share * w[k] + offset
            last[k] = x[k]
            mean += y[k] / x.size
            if x[k] > 0.123:
                above += 1
        calls[0] += 1
        return mean, above + calls[0] % 2


@final
@dataclass(frozen=True, eq=False)
class Turning(Block):
    """A registered output of a step on arrays, which may be fed with itself."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K], other[K]", outputs="y[K]", state="y[K]")

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"y": np.float64(0.375)}

    @staticmethod
    def step(x: FloatArray, other: FloatArray, y: FloatArray) -> None:
        for k in range(y.size):
            y[k] = 0.5 * x[(k + 1) % x.size] + 0.25 * (y[k] + other[k])


# Compounds ---------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False)
class Demodulator(Block):
    """A compound with an input that may stay unconnected."""

    time_constant: float = 4e-3
    gain: float = 0.8

    ports: ClassVar[Ports] = Ports(inputs="signal[K], reference[K]=0.5", outputs="x[K], product[K]")

    def compose(self, signal: Wire, reference: Wire) -> tuple[Wire, Wire]:
        product = as_wire(Mixer(self.gain)(signal, reference))
        return as_wire(OnePole(self.time_constant)(product)), product


@final
@dataclass(frozen=True, eq=False)
class Echo(Block):
    """A compound with a loop inside, and a registered output."""

    share: float = 0.5
    samples: int = 2

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]")

    def compose(self, x: Wire) -> Wire:
        delay = Delay(self.samples, name="line")
        delay(self.share * delay.y + x)
        return as_wire(delay.y)
