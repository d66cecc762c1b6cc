"""One order of all work in a tick; loops are shared."""

from __future__ import annotations

import time

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.compile.schedule import schedule


def plan(graph: hg.Graph, **every: int) -> str:
    return repr(schedule(graph.checked, graph.checked.flat.outputs, every))


def gradient_loop() -> hg.Graph:
    target, tone = hg.Input("target"), hg.ToneGenerator([3.0, 5.0, 7.0], 0.1)
    updater = hg.GradientDescent(0.1, np.zeros(3))
    loss = hg.SquaredError()(hg.Sum()(updater.parameters + tone.perturbation), target)
    updater(hg.LowPass(1.0, 2)(hg.Mixer()(loss, tone.in_phase)))
    return hg.Graph(100.0, {"loss": loss, "p": updater.parameters})


def oscillator(lanes: int) -> hg.Graph:
    cosine, sine = hg.Integrator(-1.0, initial_value=np.ones(lanes)), hg.Integrator(1.0)
    cosine(sine.y)
    sine(cosine.y)
    return hg.Graph(10.0, {"cosine": cosine.y, "sine": sine.y})


def test_neighbours_share_a_loop() -> None:
    assert plan(gradient_loop()) == (
        "always x3: -> p\n"
        "always x3: tone_generator/amplitude, add, sum\n"
        "always x1: squared_error, -> loss\n"
        "always x3: mixer, low_pass/pole_1, low_pass/pole_2, low_pass/gain, gradient_descent, "
        "tone_generator/oscillator\n"
        "127 of 128 x3: tone_generator/oscillator refreshed"
    )


@pytest.mark.parametrize("lanes", [1, 3])
def test_states_that_read_each_other_need_one_copy(lanes: int) -> None:
    assert plan(oscillator(lanes)) == (
        f"always x{lanes}: -> cosine, -> sine\n"
        f"always x{lanes}: integrator, integrator_2\n"
        "late: integrator.y"
    )


def test_readers_of_a_state_go_before_its_writer() -> None:
    delay, x = hg.Delay(2), hg.Input("x", 2)
    y = delay.y * 2.0
    delay(x)
    assert plan(hg.Graph(1.0, {"y": y})) == "always x2: gain, -> y\nalways vector: delay"


def test_clocks_keep_their_own_groups() -> None:
    slow = hg.Sum()(hg.IntegrateAndDump(6)(hg.Input("x", 2)))
    assert plan(hg.Graph(12.0, {"y": hg.Hold(3)(slow), "slow": slow}), slow=5) == (
        "always x2: integrate_and_dump\n"
        "5 of 6 x2: sum\n"
        "5 of 30 x1: -> slow\n"
        "5 of 6 x1: hold\n"
        "1 of 2 x1: -> y"
    )


def test_a_held_state_is_read_directly() -> None:
    updater = hg.GradientDescent(0.1, 0.0)
    fast = hg.Hold(2)(hg.Hold(5)(updater.parameters))
    updater(hg.Decimate(10)(fast - hg.Input("x")))
    assert plan(hg.Graph(1.0, {"fast": fast})) == (
        "always x1: -> fast\nalways x1: subtract, decimate\n9 of 10 x1: gradient_descent"
    )


def test_a_held_state_of_another_width_is_held() -> None:
    updater = hg.GradientDescent(0.1, 0.0)
    updater(hg.Decimate(2)(hg.Input("x")))
    fast = hg.Hold(2, initial_value=[1.0, 2.0])(updater.parameters)
    graph = hg.Graph(1.0, {"fast": fast})
    y = graph.compile(interpret=True).process({"x": np.ones(6)})["fast"]
    np.testing.assert_allclose(y[:, 0], [1.0, 0.0, 0.0, -0.1, -0.1, -0.2])
    np.testing.assert_allclose(y[:, 1], [2.0, 0.0, 0.0, -0.1, -0.1, -0.2])


def test_a_refresh_comes_when_all_have_read_its_block_on_the_clock_of_the_block() -> None:
    tone = hg.ToneGenerator([1.0, 2.0], 0.1)
    slow = hg.Decimate(3)(tone.in_phase * 2.0)
    assert plan(hg.Graph(12.0, {"y": slow, "x": tone.in_phase})) == (
        "always x2: -> x\n"
        "always x2: gain, decimate, tone_generator/oscillator\n"
        "2 of 3 x2: -> y\n"
        "127 of 128 x2: tone_generator/oscillator refreshed"
    )


def test_300_blocks_in_150_loops_are_ordered_in_no_time() -> None:
    wire = hg.Input("x", 2).x
    for _ in range(150):
        wire = hg.Sum()(wire) * np.ones(2)
    began = time.perf_counter()
    text = plan(hg.Graph(1.0, {"y": wire}))
    # 0.03 s; an order that looks at all pairs of tasks at every step takes many seconds.
    assert time.perf_counter() - began < 2.0
    assert text.count("\n") == 150
