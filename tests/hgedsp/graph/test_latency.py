"""Feedback loops are found with their delays."""

from __future__ import annotations

import hgedsp as hg
from hgedsp.graph.latency import FeedbackLoop, feedback_loops


def loops(outputs) -> list[FeedbackLoop]:
    return feedback_loops(hg.Graph(1e3, outputs).checked)


def test_a_graph_without_feedback_has_no_loop() -> None:
    x = hg.Input("x")
    assert loops({"y": hg.Delay(5)(hg.LowPass(0.1)(x))}) == []


def test_a_registered_output_counts_one_sample_and_a_delay_its_own() -> None:
    integrator = hg.Integrator()
    delayed = hg.Delay(7)(integrator.y + hg.Input("x"))
    integrator(hg.OnePole(0.1)(delayed))
    (loop,) = loops({"y": delayed})
    assert loop == FeedbackLoop(("integrator.y", "add.y", "delay.y", "one_pole.y"), 8)


def test_delays_by_time_count_in_samples() -> None:
    integrator = hg.Integrator()
    integrator(hg.TransportDelay(4e-3, 1e3)(integrator.y - hg.Input("x")))
    (loop,) = loops({"y": integrator.y})
    assert loop.samples == 1 + 4


def test_a_slow_clock_counts_in_base_samples() -> None:
    integrator = hg.Integrator()
    fast = hg.Hold(10)(integrator.y) + hg.Input("x")
    integrator(hg.IntegrateAndDump(10)(fast))
    (loop,) = loops({"y": fast})
    assert loop.wires == ("integrator.y", "hold.y", "add.y", "integrate_and_dump.y")
    assert loop.samples == 10


def test_every_loop_is_told_the_fastest_first_and_each_once() -> None:
    short, long = hg.Delay(2, name="short"), hg.Delay(9, name="long")
    middle = hg.Input("x") + short.y + long.y
    short(0.5 * middle)
    long(0.25 * middle)
    found = loops({"y": middle})
    assert [loop.samples for loop in found] == [2, 9]
    assert [loop.wires[0] for loop in found] == ["short.y", "long.y"]
    # Two delays in a row are one loop, though it could be told from either.
    first, second = hg.Delay(1, name="first"), hg.Delay(2, name="second")
    second(first(second.y + hg.Input("x")))
    (loop,) = loops({"y": second.y})
    assert loop.samples == 3


def test_of_two_ways_back_the_faster_counts() -> None:
    integrator = hg.Integrator()
    direct, late = 0.5 * integrator.y, hg.Delay(20)(integrator.y)
    integrator(direct + late + hg.Input("x"))
    found = loops({"y": integrator.y})
    assert [loop.samples for loop in found] == [1, 21]
