"""Values that never change."""

import numpy as np

from hgedsp.blocks import Add, Constant, Decimate, Input
from hgedsp.graph import Graph


def test_gives_its_value_at_every_tick():
    kernel = Graph(1.0, {"y": Constant([1.0, 2.0])}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process(3)["y"], [[1.0, 2.0]] * 3)


def test_can_be_read_at_any_rate_and_set_between_chunks():
    wire = Add()(Decimate(2)(Input("x")), Constant(10.0))
    kernel = Graph(1.0, {"y": wire}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process({"x": np.arange(4.0)})["y"], [11.0, 13.0])
    kernel.parameters["constant.value"] = 20.0
    np.testing.assert_array_equal(kernel.process({"x": np.arange(4.0)})["y"], [21.0, 23.0])


def test_refuses_values_that_are_not_finite(refuses):
    with refuses(
        "Constant needs finite numbers for value, got inf at lane 1", "give value finite numbers"
    ):
        Constant([0.0, np.inf])
