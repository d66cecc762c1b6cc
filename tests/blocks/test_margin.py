"""The gap between the classes."""

import re

import numpy as np
import pytest

from hgedsp.blocks import Input, Margin
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph


def test_is_lowest_high_minus_highest_low():
    margin, outputs = Margin([0, 1, 1, 0])(Input("y"))
    kernel = Graph(1.0, {"margin": margin, "outputs": outputs}).compile()
    y = np.array([1.0, 5.0, 4.0, 2.0, 3.0, 0.0, 9.0, 1.0])
    out = kernel.process({"y": y})
    np.testing.assert_array_equal(out["margin"], [2.0, -3.0])
    np.testing.assert_array_equal(out["outputs"], y.reshape(2, 4))


def test_refuses_one_kind_of_case():
    text = (
        "Margin needs high and low cases, got only one kind\n"
        "  mend give 1 for each high case and 0 for each low one"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        Margin([1, 1])
