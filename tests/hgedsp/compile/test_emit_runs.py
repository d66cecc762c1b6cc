"""The kernel of eight runs: the text of one, with another kind of number in it."""

from __future__ import annotations

import difflib
import math
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pytest

import hgedsp as hg
from hgedsp.compile import run_registers as registers
from hgedsp.compile import step_text
from hgedsp.compile.build import TOOLS
from hgedsp.compile.emit import Text
from hgedsp.compile.emit_runs import emit_runs
from hgedsp.compile.program import emitted
from hgedsp.compile.run_registers import RUNS, Runs
from hgedsp.compile.runs_program import compile_runs, same_tones
from hgedsp.vectors import lane_sum

if numba.config.DISABLE_JIT:
    pytest.skip("registers are machine code", allow_module_level=True)

RATE = 1000.0


def for_runs(graph: hg.Graph, *, fastmath: bool = True) -> tuple[Text, Text | None]:
    """The text of one run, and of eight."""
    ends = graph.checked.flat.outputs
    _, memory, one = emitted(graph.checked, ends, {}, fastmath=fastmath, apart=frozenset())
    return one, emit_runs(one, memory)


def changed_lines(graph: hg.Graph) -> list[str]:
    one, eight = for_runs(graph)
    assert eight is not None
    lines = difflib.ndiff(one.source.splitlines(), eight.source.splitlines())
    return [line for line in lines if line.startswith(("+", "-"))]


# Text --------------------------------------------------------------------------------------------


def test_the_text_of_one_run_is_kept_but_for_the_lanes_of_loads_and_stores() -> None:
    graph = hg.Graph(RATE, {"y": hg.OnePole(0.01, name="pole")(hg.Input("x", 3))})
    assert changed_lines(graph) == [
        '- """2 blocks at 1 kHz; written by hgedsp."""',
        '+ """2 blocks at 1 kHz, 8 runs at once; written by hgedsp."""',
        "-     pole__y1 = load(F, 0, 4, 4)",
        "+     pole__y1 = load(F, 0, 3, 3)",
        "-     store(F, 0, pole__y1)",
        "+     store(F, 0, pole__y1, 3)",
    ]


def test_many_lanes_are_taken_tile_by_tile_as_in_one_run() -> None:
    graph = hg.Graph(RATE, {"y": hg.OnePole(0.01, name="pole")(hg.Input("x", 20))})
    assert changed_lines(graph) == [
        '- """2 blocks at 1 kHz; written by hgedsp."""',
        '+ """2 blocks at 1 kHz, 8 runs at once; written by hgedsp."""',
        "-             store(F, 8 * tile, pole__y1)",
        "+             store(F, 8 * tile, pole__y1, 8)",
    ]


def test_tones_that_all_runs_share_are_loaded_once() -> None:
    tone = hg.ToneGenerator([10.0, 20.0, 30.0], 1.0)
    graph = hg.Graph(RATE, {"y": hg.Mixer()(hg.Input("x"), tone.in_phase)})
    ends = graph.checked.flat.outputs
    _, memory, one = emitted(graph.checked, ends, {}, fastmath=True, apart=frozenset())
    same = same_tones(graph.checked)
    assert [graph.checked.flat.nodes[node].name for node in same] == ["tone_generator/oscillator"]
    eight, apart = emit_runs(one, memory, same), emit_runs(one, memory)
    assert eight is not None
    assert apart is not None
    lines = difflib.ndiff(apart.source.splitlines(), eight.source.splitlines())
    changed = [line[2:].strip() for line in lines if line.startswith("+")]
    assert changed == [
        "tone_generator_oscillator__in_phase = load_same(F, 0, 4, 4, 3)",
        "tone_generator_oscillator__quadrature = load_same(F, 8, 4, 4, 3)",
        "tone_generator_oscillator__cosine = load_same(C, 8, 4, 4, 3)",
        "tone_generator_oscillator__sine = load_same(C, 16, 4, 4, 3)",
        "tone_generator_oscillator__turn = number_same(C, 28)",
        "tone_generator_oscillator__count = load_same(I, 0, 4, 4, 3)",
        "tone_generator_oscillator__advance = load_same(J, 0, 4, 4, 3)",
        "tone_generator_oscillator__denominator = load_same(J, 8, 4, 4, 3)",
        "tone_generator_oscillator__per_count = load_same(C, 24, 4, 4, 3)",
        "store_same(I, 0, tone_generator_oscillator__count)",
        "store_same(F, 0, tone_generator_oscillator__in_phase)",
        "store_same(F, 8, tone_generator_oscillator__quadrature)",
    ]


@hg.block
def halving(x: float) -> float:
    while x > 1.0:
        x *= 0.5
    return x


@pytest.mark.parametrize("fastmath", [True, False])
def test_what_cannot_be_said_with_registers_has_no_text(fastmath: bool) -> None:
    x = hg.Input("x", 3)
    for wire in (halving()(x), halving()(hg.Sum()(x)), hg.Delay(3)(x)):
        assert for_runs(hg.Graph(RATE, {"y": wire}), fastmath=fastmath)[1] is None


def test_whatever_a_kernel_may_call_means_something_for_runs() -> None:
    # A graph whose text holds one of the others goes run by run.
    others = {"view", "with_lane"}
    assert {*TOOLS} - {*registers.FOR_RUNS} == others
    of_runs = {"load_same", "number_same", "store_same"}
    assert {*registers.FOR_RUNS} - {*TOOLS} == of_runs
    # In steps, too, no more than this one lets a lane know of another.
    one_by_one = {"multiply_add__", "where__", "float__", "int__"}
    assert {*step_text.TOOLS} == {step_text.FIRST_LANES, *one_by_one}


def test_machine_code_is_kept_for_the_next_time() -> None:
    graph = hg.Graph(RATE, {"y": hg.Gain(3.0)(hg.Input("x"))})
    ends = graph.checked.flat.outputs
    compile_runs(graph.checked, ends, {}, fastmath=True)
    again = compile_runs(graph.checked, ends, {}, fastmath=True)
    assert again is not None
    assert again.built.cache_hit


# Registers ---------------------------------------------------------------------------------------


def numbers(lanes: int, seed: int = 0) -> npt.NDArray[np.float64]:
    """Numbers of all sizes, and zeros of both signs, for so many lanes of eight runs."""
    generator = np.random.default_rng([lanes, seed])
    values = generator.normal(size=(lanes, RUNS)) * 10.0 ** generator.integers(-9, 9, (lanes, RUNS))
    values[generator.random((lanes, RUNS)) < 0.3] = -0.0
    values[:, 0] = -0.0
    return values


def on_registers(text: str, *arrays: npt.NDArray[Any]) -> None:
    """Compile and call a function of `a`, `b`, ... in which loads and stores are those of runs."""
    names = ", ".join("abcd"[: len(arrays)])
    space: dict[str, Any] = {**registers.FOR_RUNS}
    exec(f"def function({names}):\n    {text}\n", space)
    numba.njit(space["function"])(*arrays)


@pytest.mark.parametrize("lanes", range(1, 17))
def test_lanes_are_added_up_in_the_order_of_one_run(lanes: int) -> None:
    a, b = numbers(lanes), np.zeros((1, RUNS))
    on_registers(f"put(b, 0, lane_sum(load(a, 0, {lanes}, 0), {lanes}))", a, b)
    width = next(width for width in (4, 8, 16) if width >= lanes)
    for run in range(RUNS):
        register = np.zeros(width)
        register[:lanes] = a[:, run]
        assert b[0, run].tobytes() == lane_sum(register, lanes).tobytes()


@pytest.mark.parametrize("valid", [1, 5, 8])
def test_a_tile_can_be_added_up_in_plain_order_as_far_as_it_is_valid(valid: int) -> None:
    a, b, count = numbers(8), np.zeros((2, RUNS)), np.array([valid])
    text = "put(b, {}, ordered_sum(0.0, load(a, 0, 8, 8), {}))"
    on_registers(text.format(0, valid) + "; " + text.format(1, "c[0]"), a, b, count)
    for run in range(RUNS):
        total = 0.0
        for number in a[:valid, run]:
            total += number
        assert b[0, run].tobytes() == np.float64(total).tobytes()
        assert b[1, run].tobytes() == np.float64(total).tobytes()


def test_lanes_behind_the_valid_ones_are_made_zero() -> None:
    a, b, count = numbers(8), np.ones((8, RUNS)), np.array([3])
    on_registers("store(b, 0, first_lanes(load(a, 0, 8, 8), c[0]), 8)", a, b, count)
    np.testing.assert_array_equal(b[:3], a[:3])
    assert b[3:].tobytes() == np.zeros((5, RUNS)).tobytes()


def test_one_lane_stands_for_all_lanes() -> None:
    a, b = numbers(5), np.zeros((4, RUNS))
    on_registers("store(b, 0, number(a, 4) * load(a, 0, 4, 4) + spread(2.0, 8, 4), 4)", a, b)
    np.testing.assert_array_equal(b, a[4] * a[:4] + 2.0)


def test_samples_are_for_each_run_or_for_all() -> None:
    own, shared = numbers(6).reshape(2, 3, RUNS), numbers(6)[:, 1].copy().reshape(2, 3, 1)
    b, count = np.zeros((3, RUNS)), np.array([2])
    for samples in (own, shared):
        on_registers("store(b, 0, load_row(a, 1, 0, 4, 4, 3), 3)", samples, b)
        np.testing.assert_array_equal(b, np.broadcast_to(samples[1], b.shape))
    # Of the second tile there may be less than a tile: what is behind is not read.
    b = np.zeros((8, RUNS))
    on_registers("store(b, 0, load_row(a, 1, 1, 8, 8, c[0]), 8)", own, b, count)
    np.testing.assert_array_equal(b[:2], own[1, 1:])


def test_outputs_tell_which_runs_were_not_finite() -> None:
    a, b = numbers(3), np.zeros((4, 3, 2 * RUNS))
    a[1, 2], a[2, 5] = math.inf, math.nan
    on_registers("store_row(b, 1, 0, load(a, 0, 3, 3), 3)", a, b[:, :, RUNS:])
    np.testing.assert_array_equal(b[1, :, RUNS:], a)
    broken = np.isnan(b[3])
    assert [tuple(place) for place in np.argwhere(broken)] == [(1, RUNS + 2), (2, RUNS + 5)]
    assert not b[0].any()
    assert not b[:, :, :RUNS].any()


def test_registers_of_other_numbers_of_lanes_never_meet() -> None:
    three, two, one = (Runs(numba.float64, lanes) for lanes in (3, 2, 1))
    assert three.takes(one)
    assert not three.takes(two)
    assert not one.takes(three)
