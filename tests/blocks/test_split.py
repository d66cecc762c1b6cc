"""Cutting lanes apart."""

import numpy as np
import pytest

from hgedsp.blocks import Concatenate, Input, Split
from hgedsp.errors import LanesError
from hgedsp.graph import Graph


def test_cuts_neighbouring_parts(run):
    x = np.arange(12.0).reshape(2, 6)
    parts = run(Split([2, 1, 3]), 1.0, x)
    np.testing.assert_array_equal(parts["y1"], x[:, :2])
    np.testing.assert_array_equal(parts["y2"], x[:, 2])
    np.testing.assert_array_equal(parts["y3"], x[:, 3:])


def test_concatenate_undoes_it():
    x = np.arange(12.0).reshape(2, 6)
    wire = Concatenate(3)(*Split([2, 1, 3])(Input("x", width=6)))
    kernel = Graph(1.0, {"y": wire}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process({"x": x})["y"], x)


def test_single_lanes_feed_lane_steps(run):
    low, high = Split([1, 1])(Input("x", width=2))
    kernel = Graph(1.0, {"y": low - 2.0 * high}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process({"x": [[5.0, 2.0]]})["y"], [1.0])


def test_refuses_a_wire_of_another_width():
    with pytest.raises(LanesError, match=r"^split\.x takes 3 lanes, but x\.x brings 4\n"):
        Graph(1.0, {"y": Split([1, 2])(Input("x", width=4)).y1})


@pytest.mark.parametrize("sizes", [[], 3])
def test_refuses_no_sizes(sizes, refuses):
    with refuses(
        f"Split needs the size of each part, got {sizes}",
        "give a list with the number of lanes of each part, such as [3, 4]",
    ):
        Split(sizes)


def test_refuses_an_empty_part(refuses):
    with refuses(
        "Split needs a whole number of at least 1 for size 2, got 0",
        "give size 2 a whole number of at least 1",
    ):
        Split([1, 0])
