"""Recipes of blocks whose lanes keep to themselves."""

from __future__ import annotations

import numpy as np
from scipy import signal

from hgedsp.block import Block
from hgedsp.blocks import (
    Amplifier,
    Bandwidth,
    Biquad,
    Clip,
    Constant,
    DcBlock,
    Gain,
    LeadLag,
    LowPass,
    Mixer,
    OnePole,
    Oscillator,
    Quantiser,
    SosFilter,
    SquaredError,
    ToneGenerator,
)
from hgedsp.fuzz.own_blocks import (
    Bent,
    Counted,
    Cubic,
    Demodulator,
    Echo,
    Folded,
    Hashed,
    Helped,
    Peak,
    Sampled,
    Slew,
    Sorted,
)
from hgedsp.fuzz.tap import RATE, Grower, Tap

# Arithmetic --------------------------------------------------------------------------------------


def added(g: Grower) -> None:
    a = g.pick()
    b = g.pick_beside(a)
    wire = a.wire + b.wire if g.chance(0.5) else a.wire - b.wire
    g.add(wire, max(a.lanes, b.lanes), a.clock, a.bound + b.bound, a.slope + b.slope)


def multiplied(g: Grower) -> None:
    a = g.pick()
    b = g.pick_beside(a)
    slope = a.bound * b.slope + b.bound * a.slope
    lanes, bound = max(a.lanes, b.lanes), a.bound * b.bound
    if g.chance(0.5):
        g.add(a.wire * b.wire, lanes, a.clock, bound, slope)
    else:
        g.add(Mixer(g.numbers(lanes, -1, 1))(a.wire, b.wire), lanes, a.clock, bound, slope)


def scaled(g: Grower) -> None:
    a = g.pick()
    kind = g.whole_number(0, 3)
    if kind == 0:
        name = g.one_of(["", "", "1st", "class", "Grün 2/3"])
        g.follow(a, Gain(g.numbers(a.lanes, -1, 1), name=name)(a.wire))
    elif kind == 1:
        g.follow(a, -a.wire)
    elif kind == 2:
        wire = a.wire / 2 - g.numbers(a.lanes, -1, 1)
        g.add(wire, a.lanes, a.clock, a.bound / 2 + 1, a.slope / 2)
    else:
        value = Constant(g.vector(g.one_of([1, a.lanes]), -1, 1))
        g.follow(a, a.wire * value)


def compared(g: Grower) -> None:
    a = g.unit(g.pick())
    b = g.unit(g.pick_beside(a))
    wire = SquaredError()(a.wire, b.wire)
    g.add(wire, max(a.lanes, b.lanes), a.clock, 4.0, 4 * (a.slope + b.slope))


# Filters -----------------------------------------------------------------------------------------


def averaged(g: Grower) -> None:
    tap, tau = g.pick(), g.number(5e-4, 2e-2)
    blocks: list[Block] = [
        OnePole(tau),
        LowPass(tau, g.whole_number(1, 6)),
        Bandwidth(1 / (6.3 * tau)),
    ]
    g.follow(tap, g.one_of(blocks)(tap.wire))


def coupled_to_changes(g: Grower) -> None:
    tap = g.pick()
    g.follow(tap, DcBlock(g.number(1e-3, 1e-2))(tap.wire), 2.0)


def second_order(g: Grower) -> None:
    tap = g.pick()
    radius, angle = g.number(0.0, 0.9), g.number(0.0, np.pi)
    b = g.vector(3, -0.5, 0.5)
    biquad = Biquad(b[0], b[1], b[2], -2 * radius * np.cos(angle), radius**2)
    g.follow(tap, biquad(tap.wire), _largest_gain(biquad))


def sections(g: Grower) -> None:
    tap = g.pick()
    sos = signal.butter(g.whole_number(1, 3), g.number(0.1, 0.8), output="sos")
    impulse = signal.sosfilt(sos, np.eye(1, 2000)[0])
    g.follow(tap, SosFilter(sos)(tap.wire), float(np.abs(impulse).sum()))


def leading(g: Grower) -> None:
    tap = g.pick()
    corner = g.number(5.0, 200.0)
    block = LeadLag(corner * g.number(1.1, 5.0), corner)
    g.follow(tap, block(tap.wire), _largest_gain(block, RATE / tap.clock))


def _largest_gain(block: Biquad | LeadLag, rate: float = RATE) -> float:
    """Return the sum of the magnitudes of the impulse response."""
    coefficients = block.coefficients(rate)
    state = [0.0] * len(block.ports.state)
    total = 0.0
    for sample in [1.0] + [0.0] * 2000:
        y, *state = block.step_function(sample, *state, *coefficients)
        total += abs(y)
    return total


# Limits ------------------------------------------------------------------------------------------


def limited(g: Grower) -> None:
    tap = g.pick()
    lower, upper = g.numbers(tap.lanes, -1.5, -0.2), g.numbers(tap.lanes, 0.2, 1.5)
    kind = g.whole_number(0, 3)
    if kind == 0:
        g.add(Clip(lower, upper)(tap.wire), tap.lanes, tap.clock, 1.5, tap.slope)
    elif kind == 1:
        g.follow(tap, Clip(lower, np.inf)(tap.wire))
    elif kind == 2:
        amplifier = Amplifier(g.numbers(tap.lanes, 0.5, 2.0), lower=lower, upper=upper)
        g.add(amplifier(tap.wire), tap.lanes, tap.clock, 1.5, 2 * tap.slope)
    else:
        converter = Quantiser(g.whole_number(2, 8), lower, upper)
        g.add(converter(tap.wire), tap.lanes, tap.clock, 1.5, tap.slope)


# Sources -----------------------------------------------------------------------------------------


def tones(g: Grower) -> None:
    lanes = g.one_of([1, g.lanes])
    phase = g.numbers(lanes, -7.0, 7.0)
    frequency = g.vector(lanes, 1.0, 499.0)
    if g.chance(0.3):
        oscillator = Oscillator(frequency, phase)
        wires = [oscillator.in_phase, oscillator.quadrature]
    else:
        tone = ToneGenerator(frequency, g.numbers(lanes, 0.1, 1.0), phase)
        wires = [tone.perturbation, tone.in_phase, tone.quadrature]
    for wire in wires:
        if g.chance(0.7):
            g.add(wire, lanes, 1, 1.0)


# Steps of users ----------------------------------------------------------------------------------


def branched(g: Grower) -> None:
    tap = g.unit(g.pick())
    blocks: list[Block] = [
        Slew(g.numbers(tap.lanes, 0.05, 0.4)),
        Sampled(g.whole_number(1, 4)),
        Folded(g.number(-0.5, -0.2), g.number(0.2, 0.5)),
        Cubic(g.number(-0.3, 0.3), g.numbers(tap.lanes, -0.4, 0.4)),
        Helped(g.numbers(tap.lanes, -0.4, 0.4)),
        Sorted(g.number(-0.6, -0.1), g.number(0.0, 0.6)),
    ]
    g.add(g.one_of(blocks)(tap.wire), tap.lanes, tap.clock, 1.5, 1.5 * tap.slope)


def gated(g: Grower) -> None:
    tap = g.unit(g.pick())
    peak = Peak(g.numbers(tap.lanes, 0.5, 0.99))
    if g.chance(0.5):
        g.follow(tap, peak(tap.wire))
    else:
        g.follow(tap, peak(tap.wire, gate=g.pick(1, tap.clock).wire))


def bent(g: Grower) -> None:
    tap = g.unit(g.pick())
    wires = Bent(g.numbers(tap.lanes, 0.1, 0.5))(tap.wire)
    g.add(wires.sine, tap.lanes, tap.clock, 1.0, 4 * tap.slope)
    g.add(wires.soft, tap.lanes, tap.clock, 1.0, 2 * tap.slope)


def whole_numbers(g: Grower) -> None:
    number = g.one_of(g.whole)
    kind = g.whole_number(0, 2)
    if kind == 0:
        wires = Hashed()(number.wire)
        g.add(wires.y, number.lanes, 1, 1.0)
        g.whole.append(Tap(wires.hash, number.lanes, bound=15.0))
    elif kind == 1:
        tap = g.unit(g.pick(g.one_of([1, number.lanes]), 1))
        lanes = max(tap.lanes, number.lanes)
        wires = Counted()(tap.wire, number.wire)
        g.add(wires.y, lanes, 1, 1.5, tap.slope)
        g.whole.append(Tap(wires.m, lanes, bound=number.bound + 3))
    else:
        tap = g.unit(g.pick(g.one_of([1, number.lanes]), 1))
        lanes = max(tap.lanes, number.lanes)
        g.add(number.wire * tap.wire, lanes, 1, number.bound, number.bound * tap.slope)


# Compounds ---------------------------------------------------------------------------------------


def compounds(g: Grower) -> None:
    tap = g.unit(g.pick())
    if g.chance(0.5):
        g.follow(tap, Echo(g.number(0.2, 0.5), g.whole_number(1, 3))(tap.wire), 2.0)
        return
    beside = g.unit(g.pick_beside(tap))
    demodulator = Demodulator(g.number(1e-3, 1e-2), g.number(0.3, 1.0))
    if g.chance(0.3):
        wires, lanes, slope = demodulator(tap.wire), tap.lanes, tap.slope
    else:
        wires = demodulator(tap.wire, reference=beside.wire)
        lanes, slope = max(tap.lanes, beside.lanes), tap.slope + beside.slope
    g.add(wires.x, lanes, tap.clock, 1.0, slope)
    if g.chance(0.5):
        g.add(wires.product, lanes, tap.clock, 1.0, slope)
