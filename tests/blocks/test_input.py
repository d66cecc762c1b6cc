"""Samples from outside."""

import numpy as np
import pytest

from hgedsp.blocks import Input
from hgedsp.graph import Graph


@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_brings_samples_as_they_are(dtype):
    x = np.arange(12).reshape(4, 3).astype(dtype)
    kernel = Graph(1.0, {"y": Input("x", width=3, dtype=dtype)}).compile(interpret=True)
    got = kernel.process({"x": x})["y"]
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, x)


@pytest.mark.parametrize("name", ["", "1x", "a b", None])
def test_refuses_names_that_cannot_stand_in_python(name, refuses):
    with refuses(
        f"Input needs a name that can stand in Python, got {name!r}", 'write Input("current")'
    ):
        Input(name)


def test_refuses_no_lanes(refuses):
    with refuses(
        "Input needs a whole number of at least 1 for width, got 0",
        "give width a whole number of at least 1",
    ):
        Input("x", width=0)


def test_refuses_other_types(refuses):
    with refuses("Input takes no samples of type 'float32'", 'give dtype "float64" or "int64"'):
        Input("x", dtype="float32")
