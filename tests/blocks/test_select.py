"""Picking lanes."""

import re

import numpy as np
import pytest

from hgedsp.blocks import Input, Select
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph


def test_picks_lanes_in_any_order(run):
    x = np.arange(8.0).reshape(2, 4)
    np.testing.assert_array_equal(run(Select([3, 0, 0]), 1.0, x), x[:, [3, 0, 0]])


def test_one_lane_can_be_read_by_lane_steps():
    wire = 2.0 * Select(1)(Input("x", width=3))
    kernel = Graph(1.0, {"y": wire}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process({"x": [[1.0, 2.0, 3.0]]})["y"], [4.0])


def test_other_lanes_can_be_set_between_chunks():
    kernel = Graph(1.0, {"y": Select([0, 1])(Input("x", width=3))}).compile(interpret=True)
    kernel.parameters["select.chosen"] = [2, 0]
    np.testing.assert_array_equal(kernel.process({"x": [[1.0, 2.0, 3.0]]})["y"], [[3.0, 1.0]])


def test_refuses_a_lane_the_input_has_not():
    select = Select([0, 2])
    wire = select(Input("x", width=2))
    text = (
        "select: Select picks lane 2 of a wire that has lanes 0 to 1\n"
        f"  at   {'select':<24} {select.node.location}\n"
        "  mend pick lanes of the input, counted from 0"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        Graph(1.0, {"y": wire})


def test_a_lane_the_input_has_not_cannot_be_set_either():
    kernel = Graph(1.0, {"y": Select([0, 1])(Input("x", width=3))}).compile(interpret=True)
    with pytest.raises(
        ParameterError, match=r"Select picks lane 3 of a wire that has lanes 0 to 2"
    ):
        kernel.parameters["select.chosen"] = [0, 3]
    np.testing.assert_array_equal(kernel.process({"x": [[1.0, 2.0, 3.0]]})["y"], [[1.0, 2.0]])


@pytest.mark.parametrize("chosen", [[], [-1], [0.5], [[0, 1]], ["a"]])
def test_refuses_what_are_no_lanes(chosen, refuses):
    with refuses(
        f"Select needs lanes that are whole numbers from 0, got {chosen!r}",
        "give the numbers of the lanes, counted from 0, such as [0, 2]",
    ):
        Select(chosen)
