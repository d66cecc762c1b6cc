"""Plateaus, ramps, gate: against sequences written out by hand."""

import re

import numpy as np
import pytest

from hgedsp.blocks import PlateauSequence
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph


def run(block, n):
    values, gate, point = block.values, block.gate, block.point
    graph = Graph(1e3, {"values": values, "gate": gate, "point": point})
    return graph.compile().process(n)


def test_ramps_in_straight_lines_then_stays():
    out = run(PlateauSequence([[0.0], [3.0]], plateau=2, ramp=2), 9)
    # The first ramp comes from the last point.
    expected = [2.0, 1.0, 0.0, 0.0, 1.0, 2.0, 3.0, 3.0, 2.0]
    np.testing.assert_allclose(out["values"], expected, rtol=1e-15, atol=1e-15)
    np.testing.assert_array_equal(out["gate"], [0, 0, 1, 1, 0, 0, 1, 1, 0])
    np.testing.assert_array_equal(out["point"], [0, 0, 0, 0, 1, 1, 1, 1, 0])


def test_jumps_without_a_ramp():
    block = PlateauSequence([[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]], plateau=2)
    out = run(block, 8)
    np.testing.assert_array_equal(out["values"][:, 0], [1, 1, 2, 2, 3, 3, 1, 1])
    np.testing.assert_array_equal(out["values"][:, 1], -out["values"][:, 0])
    assert out["gate"].min() == 1.0
    assert block.period == 6


def test_refuses_points_that_are_no_table():
    text = (
        "PlateauSequence needs finite points of shape (P, D), got (2,)\n"
        "  mend give a list of points, each a list of numbers"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        PlateauSequence([1.0, 2.0], plateau=3)
