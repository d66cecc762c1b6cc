"""Delays of whole samples."""

import numpy as np
import pytest

from hgedsp.blocks import Delay, Input
from hgedsp.compile.schedule import schedule
from hgedsp.graph import Graph


@pytest.mark.parametrize("samples", [1, 2, 7, 40])
def test_gives_each_sample_n_ticks_later(samples):
    x = np.random.default_rng(1).standard_normal((30, 2))
    wire = Delay(samples)(Input("x", width=2))
    got = Graph(1.0, {"y": wire}).compile(interpret=True).process({"x": x})["y"]
    np.testing.assert_array_equal(got, np.vstack([np.zeros((samples, 2)), x])[:30])


def test_closes_a_loop():
    delay = Delay(2)
    delay(1.0 + 0.5 * delay.y)
    kernel = Graph(1.0, {"y": delay.y}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process(7)["y"], [0, 0, 1, 1, 1.5, 1.5, 1.75])


def test_one_sample_shares_the_loop_of_its_neighbours():
    delay = Delay(1)
    delay(1.0 + 0.5 * delay.y)
    graph = Graph(1.0, {"y": delay.y})
    plan = schedule(graph.checked, graph.checked.flat.outputs, {})
    assert repr(plan) == "always x1: -> y\nalways x1: gain, add, delay"


def test_two_delays_in_a_row_are_one(run):
    x = np.arange(1.0, 11.0)
    kernel = Graph(1.0, {"y": Delay(2)(Delay(3)(Input("x")))}).compile()
    np.testing.assert_array_equal(kernel.process({"x": x})["y"], run(Delay(5), 1.0, x))


@pytest.mark.parametrize("samples", [0, -1, 1.0])
def test_refuses_delays_that_are_none(samples, refuses):
    with refuses(
        f"Delay needs a whole number of at least 1 for samples, got {samples!r}",
        "give samples a whole number of at least 1",
    ):
        Delay(samples)
