"""Wiring that cannot be: the whole message, with file, line and mend."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.block import Block
from hgedsp.errors import (
    DtypeError,
    HgedspError,
    LanesError,
    LoopError,
    ParameterError,
    PathError,
    RateError,
    StepError,
    WiringError,
)
from hgedsp.ports import Ports
from hgedsp.wire import Wireable

FILE = Path(__file__).name


def line() -> int:
    return sys._getframe(1).f_lineno


def refusal(kind: type[HgedspError], **outputs: Wireable) -> str:
    with pytest.raises(kind) as caught:
        hg.Graph(1e6, outputs)
    return str(caught.value)


def at(name: str, number: int) -> str:
    return f"  at   {name:<24} {FILE}:{number}\n"


def test_output_read_but_never_wired() -> None:
    mixer, made = hg.Mixer(), line()
    assert refusal(WiringError, y=mixer.product + 1.0) == (
        "mixer.signal is unconnected\n"
        + at("mixer", made)
        + "  mend call the block with a wire for signal: mixer(signal=...)"
    )


def test_wired_twice() -> None:
    gain, x = hg.Gain(2), hg.Input("x")
    gain(x)
    second = line()
    with pytest.raises(WiringError) as caught:
        gain(x)
    assert str(caught.value) == (
        "gain is wired twice\n"
        + at("gain", second - 1)
        + at("gain", second + 2)
        + "  mend make a second Gain for the second use, or take .copy()"
    )


def test_unconnected() -> None:
    wire, made = hg.Mixer()(hg.Input("x")), line()
    assert refusal(WiringError, y=wire) == (
        "mixer.reference is unconnected\n"
        + at("mixer", made)
        + "  mend call the block with a wire for reference: mixer(reference=...)"
    )


def test_unconnected_registered_block() -> None:
    integrator, made = hg.Integrator(), line()
    assert refusal(WiringError, y=integrator.y) == (
        "integrator.x is unconnected\n"
        + at("integrator", made)
        + "  mend call the block with a wire for x: integrator(x=...)"
    )


@pytest.mark.parametrize(
    ("inputs", "named", "surplus"),
    [(3, {}, "3 inputs"), (1, {"phase": 1.0}, "an input phase"), (1, {"x": 1.0}, "an input x")],
)
def test_no_such_input(inputs: int, named: dict[str, float], surplus: str) -> None:
    integrator = hg.Integrator()
    with pytest.raises(WiringError) as caught:
        integrator(*[0.0] * inputs, **named)
    assert str(caught.value) == (
        f"integrator has no place for {surplus}: its inputs are x, reset\n"
        + at("integrator", line() - 3)
        + "  mend give each input once, by order or by name"
    )


def test_no_such_output() -> None:
    outputs = hg.ToneGenerator([1.0], 0.1)()
    with pytest.raises(AttributeError, match=r"^no output 'sine' here, only \['perturbation', "):
        _ = outputs.sine
    with pytest.raises(AttributeError, match=r"^Gain has no attribute or output 'sine'$"):
        _ = hg.Gain(1).sine


def test_a_block_of_many_outputs_is_no_wire() -> None:
    tone, made = hg.ToneGenerator([1.0], 0.1), line()
    with pytest.raises(WiringError) as caught:
        _ = tone * 2
    assert str(caught.value) == (
        "tone_generator does not stand for one wire: its outputs are "
        ".perturbation, .in_phase, .quadrature\n"
        + at("tone_generator", made)
        + "  mend name the output, as in block.output"
    )


def test_division_by_a_wire() -> None:
    x = hg.Input("x")
    with pytest.raises(WiringError) as caught:
        _ = x / x
    assert str(caught.value) == (
        "a wire cannot be divided by a wire: it may pass through zero\n"
        f"  at   {FILE}:{line() - 3}\n"
        "  mend divide by a number, or write a block whose step says what 0 gives"
    )


def test_division_by_zero() -> None:
    with pytest.raises(ParameterError, match=r"^Gain needs finite numbers for factor, got inf at"):
        _ = hg.Input("x") / 0.0


def test_algebraic_loop() -> None:
    x, gain = hg.Input("x"), hg.Gain(0.5)
    add_at, total = line(), x + gain.y
    gain_at, _ = line(), gain(total)
    assert refusal(LoopError, y=total) == (
        "algebraic loop: add.y -> gain.y -> add.y\n"
        f"  at   add.y -> {'gain.x':<24} {FILE}:{gain_at}\n"
        f"  at   gain.y -> {'add.x2':<24} {FILE}:{add_at}\n"
        "  mend put Delay(1) into the loop, for example at gain.y -> add.x2, "
        "or close it through a registered output (Delay, Integrator, an updater)"
    )


def test_algebraic_loop_through_a_compound() -> None:
    low_pass = hg.LowPass(1e-3)
    low_pass(hg.Input("x") - low_pass.y)
    message = refusal(LoopError, y=low_pass.y)
    assert message.startswith(
        "algebraic loop: low_pass/pole_1.z -> low_pass/gain.y -> subtract.y -> low_pass/pole_1.z\n"
    )


def test_a_held_loop_is_no_escape() -> None:
    hold = hg.Hold(4)
    hold(hg.Decimate(4)(hg.Input("x") + hold.y))
    message = refusal(LoopError, y=hold.y)
    assert message.startswith("algebraic loop: ")
    assert "hold.y -> add.x2" in message


def test_mismatched_lanes() -> None:
    (a, b), inputs = (hg.Input("a", 3), hg.Input("b", 2)), line()
    wire, made = hg.Mixer()(a, b), line()
    assert refusal(LanesError, y=wire) == (
        "mixer.reference takes 3 lanes, but b.x brings 2\n"
        + at("a", inputs)
        + at("b", inputs)
        + at("mixer", made)
        + "  mend make both ends equally wide, or bring a single lane, which fits any number"
    )


def test_lanes_against_parameters() -> None:
    x, brought = hg.Input("x", 3), line()
    wire, made = x * [1.0, 2.0], line()
    assert refusal(LanesError, y=wire) == (
        "gain.x takes 2 lanes, but x.x brings 3\n"
        + at("x", brought)
        + at("gain", made)
        + "  mend make both ends equally wide, or bring a single lane, which fits any number"
    )


def test_mismatched_rates() -> None:
    x, brought = hg.Input("x"), line()
    slow, slowed = hg.Decimate(10)(x), line()
    wire, made = hg.Mixer()(x, slow), line()
    assert refusal(RateError, y=wire) == (
        "mixer.reference runs at 1 MHz, but decimate.y brings 100 kHz\n"
        + at("decimate", slowed)
        + at("x", brought)
        + at("mixer", made)
        + "  mend hold the slow wire with Hold(10), or thin out the fast one with Decimate(10)"
    )


def test_a_hold_that_does_not_fit() -> None:
    wire, made = hg.Hold(3)(hg.Decimate(10)(hg.Input("x"))), line()
    assert refusal(RateError, y=wire) == (
        "hold cannot hold a wire of 100 kHz for 3 samples\n"
        + at("hold", made)
        + "  mend hold for a number that divides 10, the base samples per tick of its input"
    )


@dataclass(frozen=True, eq=False)
class Counter(Block):
    ports: ClassVar[Ports] = Ports(inputs="events: int64[K]", outputs="y[K]")

    @staticmethod
    def step(events: int) -> float:
        return 1.0 * events


@dataclass(frozen=True, eq=False)
class Paired(Block):
    """A lane step with two lane letters, which no single loop can serve."""

    ports: ClassVar[Ports] = Ports(inputs="a[A], b[B]", outputs="y[A]")

    @staticmethod
    def step(a: float, b: float) -> float:
        return a + b


@dataclass(frozen=True, eq=False)
class Shared(Block):
    """A lane step with one state for all lanes."""

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", state="last")

    @staticmethod
    def step(x: float, last: float) -> tuple[float, float]:
        return last, x


@dataclass(frozen=True, eq=False)
class Defaulted(Block):
    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K], gate[K]=1", outputs="y[K]")


def test_mismatched_types() -> None:
    (x, made), here = (hg.Input("x"), Counter()), line()
    assert refusal(DtypeError, y=made(x)) == (
        "counter.events takes int64, but x.x brings float64\n"
        + at("x", here)
        + at("counter", here)
        + "  mend wire an int64 output to counter.events"
    )


def test_whole_numbers_are_no_array_of_float64() -> None:
    y, here = hg.Delay(2)(hg.Input("x", dtype="int64")), line()
    assert refusal(DtypeError, y=y) == (
        "delay.x takes float64, but x.x brings int64\n"
        + at("x", here)
        + at("delay", here)
        + "  mend multiply the wire with 1.0, which makes it float64"
    )


def test_a_lane_step_with_two_letters() -> None:
    y, here = Paired()(hg.Input("a", 5), hg.Input("b", 2)), line()
    assert refusal(StepError, y=y) == (
        "the step of paired is called for 5 lanes, but its port b[B] has 2\n"
        + at("paired", here)
        + "  mend give all ports of a lane step the same letter, or write a step on arrays "
        "with vector = True"
    )


def test_a_lane_step_with_a_state_in_common() -> None:
    assert hg.Graph(1.0, {"y": Shared()(hg.Input("x"))}).nodes
    y, here = Shared()(hg.Input("x", 3)), line()
    assert refusal(StepError, y=y) == (
        "the step of shared is called for 3 lanes, but its port last has 1\n"
        + at("shared", here)
        + "  mend give all ports of a lane step the same letter, or write a step on arrays "
        "with vector = True"
    )


def test_a_step_on_arrays_takes_no_default() -> None:
    y, here = Defaulted()(hg.Input("x", 3)), line()
    assert refusal(WiringError, y=y) == (
        "defaulted.gate is unconnected\n"
        + at("defaulted", here)
        + "  mend wire it: a step on arrays can be given no default for lanes"
    )


def test_a_tone_above_half_the_rate() -> None:
    tone, made = hg.ToneGenerator([1e3, 6e5], 0.1), line()
    assert refusal(ParameterError, y=tone.in_phase) == (
        "tone_generator/oscillator: tone 1 at 600 kHz is not below half the sample rate, 500 kHz\n"
        + at("tone_generator/oscillator", made)
        + "  mend sample faster than 1.2 MHz, or lower the tone"
    )


def test_bounds_the_wrong_way_round() -> None:
    with pytest.raises(ParameterError) as caught:
        hg.GradientDescent(0.1, np.zeros(2), lower=[-1.0, 2.0], upper=1.0)
    assert str(caught.value) == (
        "GradientDescent needs lower below upper, got 2 and 1 at lane 1\n"
        "  mend exchange the two bounds"
    )


def test_no_outputs() -> None:
    with pytest.raises(ParameterError) as caught:
        hg.Graph(1.0, {})
    assert str(caught.value) == (
        f"Graph has no outputs\n  at   {FILE}:{line() - 2}\n"
        '  mend name at least one wire: Graph(rate, {"y": wire})'
    )


def test_two_blocks_of_one_name() -> None:
    (a, b), here = (hg.Gain(1, name="g"), hg.Gain(2, name="g")), line()
    assert refusal(PathError, y=a(b(hg.Input("x")))) == (
        "two blocks are named g\n"
        + at("g", here)
        + at("g", here)
        + "  mend give one of them another name, or put it into a scope"
    )
