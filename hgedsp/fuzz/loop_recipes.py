"""Recipes of registered outputs: read at once and closed in the end, or wired as they are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hgedsp.blocks import (
    Adam,
    Delay,
    FullNewton,
    GradientDescent,
    Hold,
    Integrator,
    Momentum,
    Newton,
    PlateauSequence,
    Select,
    TransportDelay,
)
from hgedsp.fuzz.own_blocks import Chaser, Echo, Turning
from hgedsp.fuzz.tap import RATE, Grower, Loop, Tap
from hgedsp.wire import Wire

# A block with a registered output, that output, its bound, and the largest change of it per change
# of the input over the whole run.
Registered = tuple[Any, Wire, float, float]
_FEW = 4  # parameters of a Newton step with all second derivatives, which take their time


def delay(g: Grower, lanes: int, clock: int) -> Registered:
    if g.chance(0.3):
        block: Any = TransportDelay(g.whole_number(1, 4) * clock / RATE, RATE / clock)
    else:
        block = Delay(g.one_of([1, 1, 2, 3, 7]))
    return block, block.y, 1.0, 1.0


def integrator(g: Grower, lanes: int, clock: int) -> Registered:
    gain = g.number(5.0, 50.0)
    gains = -gain if g.chance(0.5) else g.vector(lanes, -gain, gain)
    start = g.numbers(lanes, -1, 1)
    limit = g.one_of([np.ones(1), np.full(lanes, 1.5), np.full(1, np.inf)])
    block = Integrator(gains, g.one_of([0.0, 3.0]), start, -limit, limit)
    change = gain * clock / RATE * g.samples / clock
    return block, block.y, 1.0 + change, change


def gradient_descent(g: Grower, lanes: int, clock: int) -> Registered:
    rate = g.number(0.01, 0.1)
    block = GradientDescent(rate, g.numbers(lanes, -1, 1), -1.0, 1.0, _frozen(g, lanes))
    return block, block.parameters, 1.0, rate * g.samples / clock


def momentum(g: Grower, lanes: int, clock: int) -> Registered:
    rate, kept = g.number(0.005, 0.05), g.number(0.0, 0.9)
    lower = g.numbers(lanes, -2.0, -1.0)
    start = g.numbers(lanes, -1, 1)
    block = Momentum(rate, start, kept, lower, frozen=_frozen(g, lanes))
    change = rate / (1 - kept) * g.samples / clock
    return block, block.parameters, 2.0 + change, change


def adam(g: Grower, lanes: int, clock: int) -> Registered:
    # m' / (sqrt(v') + epsilon), with |gradient| <= 1, changes by 1/epsilon + 1/epsilon^2 at most.
    rate, epsilon = g.number(0.005, 0.05), g.number(0.3, 1.0)
    start, beta = g.numbers(lanes, -1, 1), g.one_of([0.999, 0.7, 0.0])
    block = Adam(
        rate, start, g.number(0.0, 0.95), beta, epsilon, upper=1.5, frozen=_frozen(g, lanes)
    )
    ticks = g.samples / clock
    change = rate * (1 / epsilon + 1 / epsilon**2) * ticks
    return block, block.parameters, 1.5 + rate / epsilon * ticks, change


def newton(g: Grower, lanes: int, clock: int) -> Registered:
    """One wire for gradient and curvature; both count to their size over the damping."""
    rate, damping = g.number(0.005, 0.05), g.number(0.5, 1.0)
    longest, memory = g.one_of([np.inf, 0.02]), g.number(0.0, 0.9)
    start, frozen = g.numbers(lanes, -1, 1), _frozen(g, lanes)
    ticks = g.samples / clock
    change = rate * (1 / damping + 1 / damping**2) * ticks
    if lanes > _FEW or g.chance(0.5):
        diagonal = Newton(rate, start, damping, longest, memory, upper=1.5, frozen=frozen)
        wire, bound = diagonal.parameters, 1.5 + rate / damping * ticks
        return (lambda fed: diagonal(fed, fed)), wire, bound, change
    full = FullNewton(
        rate, np.broadcast_to(start, (lanes,)), damping, longest, memory, frozen=frozen
    )
    pairs = [k % lanes for k in range(lanes * (lanes + 1) // 2)]
    # A matrix of lanes^2 entries, in the norm of sums, and inverses of two of them.
    change *= lanes**3
    bound = 1.0 + lanes * rate / damping * ticks
    return (lambda fed: full(fed, Select(pairs)(fed))), full.parameters, bound, change


def chaser(g: Grower, lanes: int, clock: int) -> Registered:
    block = Chaser(g.numbers(lanes, 0.1, 0.9))
    return block, block.y, 1.0, 1.0


def turning(g: Grower, lanes: int, clock: int) -> Registered:
    block = Turning()
    return block, block.y, 1.0, 1.0


def echo(g: Grower, lanes: int, clock: int) -> Registered:
    block = Echo(g.number(0.1, 0.5), g.one_of([1, 3]))
    return block, block.y, 2.0, 2.0


REGISTERED: tuple[Callable[[Grower, int, int], Registered], ...] = (
    delay,
    delay,
    integrator,
    gradient_descent,
    momentum,
    adam,
    newton,
    chaser,
    chaser,
    turning,
    turning,
    echo,
)


def opened(g: Grower) -> None:
    """Read a registered output now; its block is wired when all else stands."""
    lanes, clock = g.one_of([1, g.lanes, g.lanes]), g.one_of([1, 1, 2, 3])
    block, wire, bound, gain = g.one_of(REGISTERED)(g, lanes, clock)
    tap = Tap(wire, lanes, clock, bound, 1.0)
    g.taps.append(tap)
    g.loops.append(Loop(tap, block, gain, _anchor(block)))
    if clock > 1:
        g.follow(tap, Hold(clock)(wire), clock=1)


def straight(g: Grower) -> None:
    """Wire a block with a registered output as it is made."""
    tap = g.unit(g.pick())
    block, wire, bound, gain = g.one_of(REGISTERED)(g, tap.lanes, tap.clock)
    if isinstance(block, Integrator) and g.chance(0.4):
        block(tap.wire, reset=_reset(g, tap))
    elif _anchor(block):
        block(tap.wire, other=tap.wire)
    else:
        block(tap.wire)
    g.add(wire, tap.lanes, tap.clock, bound, gain * tap.slope)
    if tap.clock > 1 and g.chance(0.5):
        held = g.one_of([Hold(tap.clock), Hold(tap.clock, g.number(-1, 1))])
        g.add(held(wire), tap.lanes, 1, bound, gain * tap.slope)


def _anchor(block: Any) -> str:
    return "other" if isinstance(block, (Chaser, Turning)) else ""


def _reset(g: Grower, tap: Tap) -> Wire | float:
    if tap.clock > 1 or g.chance(0.3):
        return g.one_of([0.0, 0.0, 1.0])
    return PlateauSequence(g.vector(3, -1, 1).reshape(3, 1), 1, g.whole_number(1, 3)).gate


def _frozen(g: Grower, lanes: int) -> Any:
    return g.one_of([0.0, 0.0, np.arange(lanes) % 3 == 1, np.ones(lanes)])
