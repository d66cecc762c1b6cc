"""Wires side by side."""

import numpy as np
import pytest

from hgedsp.blocks import Concatenate, Constant, Input, Sum
from hgedsp.graph import Graph


def test_puts_lanes_side_by_side(run):
    x1, x2 = np.arange(4.0).reshape(2, 2), np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(run(Concatenate(), 1.0, x1, x2), np.hstack([x1, x2]))


def test_takes_sums_and_constants():
    x = Input("x", width=2)
    wire = Concatenate(3)(Sum()(x), x, Constant([7.0, 8.0]))
    kernel = Graph(1.0, {"y": wire}).compile()
    np.testing.assert_array_equal(
        kernel.process({"x": [[1.0, 2.0]]})["y"], [[3.0, 1.0, 2.0, 7.0, 8.0]]
    )


@pytest.mark.parametrize("parts", [1, 27])
def test_refuses_too_few_or_too_many_parts(parts, refuses):
    with refuses(
        f"Concatenate needs a whole number from 2 to 26 for parts, got {parts}",
        "give parts a whole number from 2 to 26",
    ):
        Concatenate(parts)
