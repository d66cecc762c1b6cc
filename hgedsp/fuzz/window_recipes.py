"""Recipes of graphs without feedback whose outputs come once per window: lock-in amplifiers."""

from __future__ import annotations

from hgedsp.block import Block
from hgedsp.blocks import (
    Biquad,
    Decimate,
    Delay,
    Gain,
    IntegrateAndDump,
    LowPass,
    Mixer,
    MovingAverage,
    OnePole,
    Oscillator,
    Sum,
)
from hgedsp.compile.windows import SHORTEST
from hgedsp.fuzz.tap import Grower, Tap
from hgedsp.wire import Wire, as_wire


def lock_ins(g: Grower) -> list[Tap]:
    """Return the outputs of one or two lock-in amplifiers on the wires so far."""
    window = g.whole_number(SHORTEST, SHORTEST + 20)
    return [lock_in(g, window) for _ in range(g.whole_number(1, 2))]


def lock_in(g: Grower, window: int) -> Tap:
    tap = g.unit(g.pick(1, 1))
    lanes = g.one_of([1, g.lanes, g.lanes])
    tones = Oscillator(g.vector(lanes, 1.0, 499.0), g.numbers(lanes, -4.0, 4.0))
    wire = _mixed(g, tap.wire, g.one_of([tones.in_phase, tones.quadrature]), lanes)
    for _ in range(g.whole_number(0, 2)):
        wire = as_wire(_filter(g)(wire))
    sink = IntegrateAndDump(window, g.one_of([0, 0, 5])) if g.chance(0.6) else Decimate(window)
    return g.add(sink(wire), lanes, window, 3.0)


def _mixed(g: Grower, signal: Wire, tone: Wire, lanes: int) -> Wire:
    kind = g.whole_number(0, 3)
    if kind == 0:
        return as_wire(Mixer(g.numbers(lanes, -1, 1))(signal, tone))
    if kind == 1:
        return g.numbers(lanes, -1, 1) * (signal * tone)
    if kind == 2:
        return 0.5 * (tone * (0.7 * signal))
    return as_wire(Gain(g.numbers(lanes, -1, 1))(signal)) if lanes == 1 else signal + Sum()(tone)


def _filter(g: Grower) -> Block:
    tau = g.number(1e-3, 5e-2)
    return g.one_of(
        [
            OnePole(tau),
            LowPass(tau, g.whole_number(1, 4)),
            Biquad(0.2, 0.3, 0.1, -0.5, g.number(0.0, 0.4)),
            Delay(g.one_of([1, 3])),
            MovingAverage(g.whole_number(2, 5)),
        ]
    )
