"""Add, Subtract, Multiply, Gain, Sum and SquaredError, and the operators that make them."""

import numpy as np
import pytest

from hgedsp.blocks import Add, Gain, Input, Multiply, SquaredError, Subtract, Sum
from hgedsp.errors import WiringError
from hgedsp.graph import Graph

GENERATOR = np.random.default_rng(1)
WIDE, OTHER = GENERATOR.standard_normal((2, 32, 3))
NARROW = GENERATOR.standard_normal((32, 1))


@pytest.mark.parametrize("second", [OTHER, NARROW], ids=["lanes", "one lane"])
@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Add, np.add),
        (Subtract, np.subtract),
        (Multiply, np.multiply),
        (SquaredError, lambda a, b: (a - b) * (a - b)),
    ],
)
def test_equals_numpy(block, expected, second, run):
    got = run(block(), 1.0, WIDE, second, fastmath=False)
    np.testing.assert_array_equal(got, expected(WIDE, second))


def test_gain_scales_each_lane(run):
    np.testing.assert_array_equal(run(Gain([1.0, 2.0, -3.0]), 1.0, WIDE), WIDE * [1.0, 2.0, -3.0])


def test_sum_adds_up_the_lanes(run):
    # Three numbers in another order differ by a few eps.
    np.testing.assert_allclose(run(Sum(), 1.0, WIDE), WIDE.sum(axis=1), rtol=1e-13, atol=1e-15)


def test_operators_make_the_blocks():
    a, b = Input("a", width=3), Input("b", width=3)
    wires = {
        "add": (a + b, WIDE + OTHER),
        "add_number": (1.5 + a, 1.5 + WIDE),
        "subtract": (a - b, WIDE - OTHER),
        "from_number": (1.5 - a, 1.5 - WIDE),
        "multiply": (a * b, WIDE * OTHER),
        "gain": (2.0 * a, 2.0 * WIDE),
        "gain_per_lane": (a * np.array([1.0, 2.0, 3.0]), WIDE * [1.0, 2.0, 3.0]),
        "divide": (a / 4.0, WIDE / 4.0),
        "negative": (-a, -WIDE),
    }
    kernel = Graph(1.0, {name: wire for name, (wire, _) in wires.items()}).compile(interpret=True)
    got = kernel.process({"a": WIDE, "b": OTHER})
    for name, (_, expected) in wires.items():
        np.testing.assert_array_equal(got[name], expected, err_msg=name)


def test_a_wire_cannot_be_divided_by_a_wire():
    with pytest.raises(WiringError, match=r"^a wire cannot be divided by a wire: it may pass"):
        Input("a") / Input("b")


def test_response_of_a_gain_is_its_factor():
    np.testing.assert_array_equal(Gain(-2.0).response(np.array([0.0, 1.0]), 1e3), [-2.0, -2.0])


def test_gain_refuses_factors_that_are_not_finite(refuses):
    with refuses(
        "Gain needs finite numbers for factor, got nan at lane 1", "give factor finite numbers"
    ):
        Gain([1.0, np.nan])


def test_gain_refuses_what_is_no_number(refuses):
    with refuses(
        "Gain needs numbers for factor, got 'two'",
        "give factor a number or a flat list of numbers",
    ):
        Gain("two")
