"""Recipes of blocks that couple lanes or clocks: arrays, sums, devices, noise and windows."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from hgedsp.blocks import (
    Clip,
    Concatenate,
    CorrelationLoss,
    CorrelationSigmoidLoss,
    Decimate,
    FisherLoss,
    FlickerNoise,
    FunctionDevice,
    Hold,
    IntegrateAndDump,
    Margin,
    MovingAverage,
    PlateauSequence,
    PolynomialDevice,
    Select,
    Split,
    SquaredErrorLoss,
    Sum,
    SurrogateDevice,
    WhiteNoise,
)
from hgedsp.blocks.activation import ACTIVATIONS
from hgedsp.checks import FloatArray
from hgedsp.fuzz.own_blocks import Blend, Highest, WeightedSum
from hgedsp.fuzz.tap import STEEP, Grower, Tap
from hgedsp.wire import Wire, as_wire

# Lanes -------------------------------------------------------------------------------------------


def summed(g: Grower) -> None:
    tap = g.unit(g.pick(g.lanes))
    if g.chance(0.6):
        g.add(Sum()(tap.wire), 1, tap.clock, tap.lanes, tap.lanes * tap.slope)
        return
    beside = g.unit(g.pick_beside(tap))
    lanes, slope = max(tap.lanes, beside.lanes), tap.slope + beside.slope
    g.add(
        WeightedSum(g.number(0.1, 1.0))(tap.wire, beside.wire), 1, tap.clock, lanes, lanes * slope
    )


def centred(g: Grower) -> None:
    """A sum that is read in the loop over the lanes that made it."""
    tap = g.unit(g.pick(g.lanes))
    share = g.one_of([1, tap.lanes])
    total = Sum()(tap.wire)
    wire = tap.wire - (total if share == 1 else total / share)
    size = 1 + tap.lanes / share
    g.add(wire, tap.lanes, tap.clock, size, size * tap.slope)


def rearranged(g: Grower) -> None:
    a = g.pick()
    b = g.pick(clock=a.clock)
    width, bound, slope = a.lanes + b.lanes, max(a.bound, b.bound), max(a.slope, b.slope)
    parts = [a.wire, b.wire]
    if g.chance(0.3):
        parts, width = [*parts, a.wire], width + a.lanes
    both = as_wire(Concatenate(len(parts))(*parts))
    if g.chance(0.3):
        g.add(both, width, a.clock, bound, slope)
    if g.chance(0.5):
        chosen = [g.whole_number(0, width - 1) for _ in range(g.one_of([1, g.lanes, g.lanes]))]
        g.add(Select(chosen)(both), len(chosen), a.clock, bound, slope)
    else:
        first = g.whole_number(1, width - 1)
        low, high = Split([first, width - first])(both)
        g.add(low, first, a.clock, bound, slope)
        g.add(high, width - first, a.clock, bound, slope)


def blended(g: Grower) -> None:
    tap = g.unit(g.pick())
    weight = g.unit(g.pick(tap.lanes, tap.clock))
    share = g.unit(g.pick(1, tap.clock))
    slope = 2 * (tap.slope + weight.slope + share.slope)
    more = {} if g.chance(0.5) else {"offset": share.wire}
    wires = Blend()(tap.wire, weight.wire, share.wire, **more)
    g.add(wires.y, tap.lanes, tap.clock, 2.5, slope)
    g.add(wires.mean, 1, tap.clock, 2.5, slope)
    if tap.clock == 1:
        g.whole.append(Tap(wires.above, 1, 1, tap.lanes + 1.0))


def moving_average(g: Grower) -> None:
    tap = g.pick()
    g.follow(tap, MovingAverage(g.whole_number(1, 6))(tap.wire))


# Clocks ------------------------------------------------------------------------------------------


def slower(g: Grower) -> None:
    tap = g.pick(clock=g.one_of([1, 1, 2, 3]))
    factor = g.whole_number(2, 4)
    if tap.clock * factor > 12:
        return
    kind = g.whole_number(0, 3)
    if kind == 0:
        wire = Decimate(factor)(tap.wire)
    elif kind == 1:
        wire = Highest(factor)(tap.wire)
    else:
        mean = IntegrateAndDump(factor, g.whole_number(0, factor - 1))
        gate = _gate(g) if tap.clock == 1 and g.chance(0.5) else 1.0
        wire = mean(tap.wire, gate=gate)
    g.follow(tap, wire, clock=tap.clock * factor)


def _gate(g: Grower) -> Wire | float:
    if g.chance(0.3):
        return 0.5
    if g.chance(0.5):
        return as_wire(Clip(0.1, 1.0)(g.fresh(1, 1)))
    return PlateauSequence(g.vector(4, -1, 1).reshape(2, 2), 2, 1).gate


def faster(g: Grower) -> None:
    slow = [tap for tap in g.taps if tap.clock > 1 and tap.bound <= 8]
    if not slow:
        return
    tap = g.one_of(slow)
    factor = g.one_of([n for n in range(2, tap.clock + 1) if tap.clock % n == 0])
    first = g.numbers(tap.lanes, -1, 1)
    wire = Hold(factor, first)(tap.wire)
    clock = tap.clock // factor
    g.add(wire, tap.lanes, clock, max(1.0, tap.bound), tap.slope)
    if clock > 1 and g.chance(0.5):
        g.add(Hold(clock)(wire), tap.lanes, 1, max(1.0, tap.bound), tap.slope)


def plateaus(g: Grower) -> None:
    lanes = g.one_of([1, g.lanes])
    points = g.vector(lanes * g.whole_number(1, 4), -1, 1).reshape(-1, lanes)
    sequence = PlateauSequence(points, g.whole_number(1, 3), g.whole_number(0, 2))
    g.add(sequence.values, lanes, 1, 1.0)
    if g.chance(0.5):
        g.add(sequence.gate, 1, 1, 1.0)
    g.whole.append(Tap(sequence.point, 1, 1, 4.0))


def epochs(g: Grower) -> None:
    """One value per epoch; cases, of one class too, differ by far more than a rounding."""
    cases = g.whole_number(4, 5)
    target = [0.0, 1.0, 0.0, 1.0, *g.vector(cases - 4, 0, 1)]
    level = np.array(target) + 0.3 * np.arange(cases) / cases
    pattern = PlateauSequence(level[:, np.newaxis] * g.one_of([-1, 1]), 1)
    tap = g.unit(g.pick(1, 1))
    output = pattern.values + 0.1 * tap.wire
    if g.chance(0.4):
        margin = Margin([value > 0.5 for value in target])
        wires = margin(output)
        g.add(wires.margin, 1, cases, 2.5, 0.2 * tap.slope)
        g.add(wires.outputs, cases, cases, 1.4, 0.1 * tap.slope)
        return
    derivative = g.unit(g.pick(clock=1))
    kind = g.one_of([CorrelationLoss, CorrelationSigmoidLoss, FisherLoss, SquaredErrorLoss])
    loss, gradient = kind(target)(output, derivative.wire)
    g.add(Clip(-2.0, 2.0)(loss), 1, cases, 2.0, STEEP)
    g.add(Clip(-2.0, 2.0)(gradient), derivative.lanes, cases, 2.0, STEEP)


# Noise -------------------------------------------------------------------------------------------


def noisy(g: Grower) -> None:
    tap = g.unit(g.pick())
    seed = g.whole_number(0, 9)
    if g.chance(0.6):
        wire = WhiteNoise(g.numbers(tap.lanes, 0.0, 1e-5), seed)(tap.wire)
    else:
        wire = FlickerNoise(1e-6, 100.0, low=10.0, high=100.0, seed=seed)(tap.wire)
    g.add(wire, tap.lanes, tap.clock, 2.0, tap.slope)


# Devices -----------------------------------------------------------------------------------------


def polynomial(g: Grower) -> None:
    tap = g.unit(g.pick(g.lanes))
    linear, quadratic, cubic = (g.vector(tap.lanes, -1, 1) / tap.lanes for _ in range(3))
    squared = quadratic if g.chance(0.5) else 0.0
    device = PolynomialDevice(linear, squared, cubic, g.number(-0.5, 0.5))
    g.add(device(tap.wire), 1, tap.clock, 3.5, 6 * tap.slope)


def function(g: Grower) -> None:
    tap = g.unit(g.pick(g.lanes))
    device = g.one_of([_weighted, _threshold])(g, tap.lanes)
    g.add(FunctionDevice(device, tap.lanes)(tap.wire), 1, tap.clock, 2.0, 2 * tap.slope)


def _weighted(g: Grower, lanes: int) -> Callable[[FloatArray], float]:
    weights = g.vector(lanes, -1, 1) / lanes

    def current(v: FloatArray) -> float:
        total = 0.0
        for k in range(v.size):
            total += weights[k] * v[k]
        return float(math.tanh(total) + 0.5 * v[0])

    return current


def _threshold(g: Grower, lanes: int) -> Callable[[FloatArray], float]:
    edge = g.number(-0.3, 0.3)

    def current(v: FloatArray) -> float:
        first, last = v[0], v[v.size - 1]
        return float(0.5 * first if first > edge else last * last)

    return current


def network(g: Grower) -> None:
    tap = g.unit(g.pick(g.lanes))
    sizes = [tap.lanes, *(g.whole_number(1, 12) for _ in range(g.whole_number(0, 2))), 1]
    weights = [g.vector(a * b, -1, 1).reshape(b, a) for a, b in pairwise(sizes)]
    biases = [g.vector(size, -0.3, 0.3) for size in sizes[1:]]
    options: dict[str, Any] = {"activation": g.one_of(ACTIVATIONS)}
    if g.chance(0.3):
        options["output_clip"] = (math.nan, g.number(0.1, 0.5))
    # In the maximum norm; no activation is steeper than 1, or gives more than 1 at 0.
    bound, slope = 1.0, tap.slope
    for weight, bias in zip(weights, biases, strict=True):
        norm = float(np.abs(weight).sum(axis=1).max())
        bound, slope = norm * bound + float(np.abs(bias).max()) + 1.0, norm * slope
    scale = 1.0 / max(1.0, bound / 4)
    device = SurrogateDevice(weights, biases, amplification=scale, **options)
    g.add(device(tap.wire), 1, tap.clock, scale * bound, scale * slope)
