"""A graph that grows at random: its wires, and what keeps them tame.

Kernels with fastmath round differently from the interpreter, so the two can be held together only
where a rounding stays one. Two numbers per wire see to that:

- its *bound*. All inputs are of order one, and a wire is scaled back where it might become large.
- its *slope*: how much the wire changes, at most, per change of what any feedback loop brings,
  over the whole run. A loop is closed with a factor that makes its own slope at most 1/2, so a
  rounding of size e in it never grows beyond e + e/2 + e/4 + ... = 2 e (small-gain theorem, in the
  maximum norm).

Jumps (a quantiser, a comparison) have no slope. Their edges are random numbers, so that a rounding
of 1e-16 meets one by chance only, in one of 1e13 samples or so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from hgedsp.blocks import Decimate, Gain, Input
from hgedsp.checks import FloatArray
from hgedsp.wire import Wire, Wireable, as_wire

RATE = 1000.0  # Hz
STEEP = 1e9  # slope of a wire that no loop may pass through
_LARGEST_BOUND = 8.0
_LARGEST_SLOPE = 50.0

T = TypeVar("T")


@dataclass(frozen=True)
class Tap:
    """A wire with its lanes, its clock (base samples per tick), its bound and its slope."""

    wire: Wire
    lanes: int
    clock: int = 1
    bound: float = 1.0
    slope: float = 0.0


@dataclass(frozen=True)
class Loop:
    """A registered output that was read before its block is wired.

    Attributes
    ----------
    tap : Tap
        What was read.
    close : callable
        Wires the block.
    gain : float
        Largest change of the output per change of the input, over the whole run.
    anchor : str
        Second input, if any. With something from outside there, the output may be fed with
        outputs of other loops, or with itself, as they are: no error grows in it by more than a
        rounding per tick.
    """

    tap: Tap
    close: Callable[..., Any]
    gain: float
    anchor: str = ""


class Grower:
    """Random numbers and the wires so far; recipes add to them.

    Parameters
    ----------
    seed : int
        The same seed grows the same graph.
    samples : int
        Length of the run for which bounds and slopes hold.
    """

    def __init__(self, seed: int, samples: int) -> None:
        self.random = np.random.default_rng(seed)
        self.samples = samples
        self.lanes = self._some_lanes()
        wide, narrow = Input("wide", self.lanes).as_wire(), Input("narrow").as_wire()
        self.outside = {self.lanes: wide, 1: narrow}
        self.taps = [Tap(wide, self.lanes), Tap(narrow, 1)]
        # Whole numbers from -3 to 3; few blocks take them.
        self.whole = [
            Tap(Input("whole", dtype="int64").as_wire(), 1, bound=3.0),
            Tap(Input("wholes", self.lanes, "int64").as_wire(), self.lanes, bound=3.0),
        ]
        self.loops: list[Loop] = []

    # Chance -------------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def number(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    def whole_number(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return int(self.random.integers(low, high + 1))

    def one_of(self, things: Sequence[T]) -> T:
        return things[int(self.random.integers(len(things)))]

    def vector(self, size: int, low: float, high: float) -> FloatArray:
        return self.random.uniform(low, high, size)

    def numbers(self, lanes: int, low: float, high: float) -> float | FloatArray:
        """Return one number for all lanes, a number for each, or one number again and again."""
        kind = self.whole_number(0, 2)
        if kind == 0:
            return self.number(low, high)
        return (
            self.vector(lanes, low, high) if kind == 1 else np.full(lanes, self.number(low, high))
        )

    # Wires --------------------------------------------------------------------------------------

    def add(self, wire: Wireable, lanes: int, clock: int, bound: float, slope: float = 0.0) -> Tap:
        self.taps.append(Tap(as_wire(wire), lanes, clock, bound, slope))
        return self.taps[-1]

    def follow(self, tap: Tap, wire: Wireable, gain: float = 1.0, clock: int | None = None) -> Tap:
        """Add a wire that is at most `gain` times another one."""
        return self.add(wire, tap.lanes, clock or tap.clock, gain * tap.bound, gain * tap.slope)

    def pick(self, lanes: int | None = None, clock: int | None = None) -> Tap:
        """Return a wire that is tame enough to go on with."""
        fits = [
            tap
            for tap in self.taps
            if lanes in (None, tap.lanes)
            and clock in (None, tap.clock)
            and tap.bound <= _LARGEST_BOUND
            and tap.slope <= _LARGEST_SLOPE
        ]
        if fits:
            return self.one_of(fits)
        assert clock is not None, "the inputs always fit"
        base = self.pick(lanes, 1)
        return self.follow(base, Decimate(clock)(base.wire), clock=clock)

    def pick_beside(self, tap: Tap) -> Tap:
        """Return a wire that can go into the same lane step."""
        if tap.lanes == 1:
            return self.pick(clock=tap.clock)
        return self.pick(self.one_of([1, tap.lanes, tap.lanes]), tap.clock)

    def unit(self, tap: Tap) -> Tap:
        """Return the wire scaled to a bound of 1."""
        factor = self.number(0.5, 1.0) / max(tap.bound, 0.25)
        wire = as_wire(Gain(factor)(tap.wire))
        return Tap(wire, tap.lanes, tap.clock, factor * tap.bound, factor * tap.slope)

    def fresh(self, lanes: int, clock: int) -> Wire:
        """Return a wire of independent random numbers, bound 1, that no loop reaches."""
        outside = self.outside[lanes]
        return as_wire(Decimate(clock)(outside)) if clock > 1 else outside

    def close_loops(self) -> None:
        """Wire all blocks whose outputs have been read: half from a wire, half from outside."""
        for loop in self.loops:
            lanes, clock = loop.tap.lanes, loop.tap.clock
            if loop.anchor and self.chance(0.6):
                alike = [a.tap for a in self.loops if (a.tap.lanes, a.tap.clock) == (lanes, clock)]
                loop.close(self.one_of(alike).wire, **{loop.anchor: self.fresh(lanes, clock)})
                continue
            tap = self.pick(lanes, clock)
            factor = 0.5 / max(tap.bound, loop.gain * tap.slope, 0.25)
            # What comes from outside leaves the clock of no loop open.
            fed = factor * tap.wire + 0.5 * self.fresh(lanes, clock)
            loop.close(fed, **{loop.anchor: fed} if loop.anchor else {})

    def _some_lanes(self) -> int:
        """Return fewer than a register, several, or several and a part; seldom many."""
        kind = self.random.random()
        if kind < 0.45:
            return self.whole_number(1, 8)
        return self.whole_number(9, 20) if kind < 0.9 else self.whole_number(33, 70)
