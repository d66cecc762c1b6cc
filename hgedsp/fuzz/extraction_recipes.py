"""Recipes of blocks for extracting gradients: phases, error bars, analog parts, hopping."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from hgedsp.blocks import (
    AnalogMultiplier,
    Clip,
    Gain,
    HoppingNetwork,
    Matrix,
    NoiseFloor,
    PhaseShift,
    RcLowPass,
    Select,
    Significance,
)
from hgedsp.fuzz.tap import STEEP, Grower


def turned(g: Grower) -> None:
    sine = g.unit(g.pick())
    cosine = g.unit(g.pick(sine.lanes, sine.clock))
    wires = PhaseShift(g.numbers(sine.lanes, -math.pi, math.pi))(sine.wire, cosine.wire)
    for wire in (wires.in_phase, wires.quadrature):
        g.add(wire, sine.lanes, sine.clock, 2.0, sine.slope + cosine.slope)


def error_bars(g: Grower) -> None:
    """The root is no steeper than its argument's largest lane, wherever it is."""
    in_phase = g.unit(g.pick())
    quadrature = g.unit(g.pick(in_phase.lanes, in_phase.clock))
    bins = g.one_of([m for m in (1, 2, 3) if in_phase.lanes % m == 0])
    tones, clock = in_phase.lanes // bins, in_phase.clock
    scale = g.numbers(tones, 0.1, 1.0)
    error = NoiseFloor(tones, bins, scale)(in_phase.wire, quadrature.wire)
    g.add(error, tones, clock, 1.0, in_phase.slope + quadrature.slope)
    value = g.unit(g.pick(g.one_of([1, tones]), clock)) if tones in (1, g.lanes) else in_phase
    if value.lanes in (1, tones):
        ratio = Significance()(value.wire, error + 0.1)
        g.add(Clip(-2.0, 2.0)(ratio), tones, clock, 2.0, STEEP)


def matrix(g: Grower) -> None:
    tap = g.pick()
    rows = g.one_of([1, g.lanes, g.whole_number(2, 6)])
    table = g.vector(rows * tap.lanes, -1, 1).reshape(rows, tap.lanes) / tap.lanes
    table[np.abs(table) * tap.lanes < g.one_of([0.0, 0.5])] = 0.0
    g.add(Matrix(table)(tap.wire), rows, tap.clock, tap.bound, tap.slope)


def analog(g: Grower) -> None:
    x = g.unit(g.pick())
    y = g.unit(g.pick_beside(x))
    lanes = max(x.lanes, y.lanes)
    errors = [g.numbers(lanes, -0.1, 0.1) for _ in range(4)]
    product = AnalogMultiplier(g.number(0.5, 2.0), g.one_of([0.3, 10.0]), *errors)
    tap = g.add(product(x.wire, y.wire), lanes, x.clock, 2.8, 2.5 * (x.slope + y.slope))
    if g.chance(0.5):
        resistance, capacitance = g.numbers(lanes, 1e3, 1e4), g.numbers(lanes, 1e-7, 1e-5)
        g.follow(tap, RcLowPass(resistance, capacitance)(tap.wire))


def hopping(g: Grower) -> None:
    tap = g.unit(g.pick())
    network = _network(g.whole_number(0, 3))
    chosen = [g.whole_number(0, tap.lanes - 1) for _ in range(network.electrodes)]
    voltage = Gain(0.3)(Select(chosen)(tap.wire))
    current = HoppingNetwork(network.network, sweeps=6)(voltage)
    g.add(Clip(-2.0, 2.0)(Gain(1e8)(current)), 1, tap.clock, 2.0, STEEP)


@cache
def _network(seed: int) -> HoppingNetwork:
    return HoppingNetwork.random(seed, sites=5)
