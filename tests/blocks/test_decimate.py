"""From fast to slow."""

import numpy as np
import pytest

from hgedsp.blocks import Decimate, Input
from hgedsp.graph import Graph


def test_keeps_the_last_of_every_n_samples(run):
    x = np.arange(24.0).reshape(12, 2)
    np.testing.assert_array_equal(run(Decimate(4), 1.0, x), x[3::4])


def test_two_in_a_row_multiply():
    wire = Decimate(3)(Decimate(2)(Input("x")))
    kernel = Graph(1.0, {"y": wire}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process({"x": np.arange(18.0)})["y"], [5, 11, 17])


@pytest.mark.parametrize("factor", [1, 0, 2.0])
def test_refuses_factors_below_two(factor, refuses):
    with refuses(
        f"Decimate needs a whole number of at least 2 for factor, got {factor!r}",
        "give factor a whole number of at least 2",
    ):
        Decimate(factor)
