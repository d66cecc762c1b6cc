import numpy as np
import pytest
from numba.core.errors import NumbaError

from hgedsp import Graph
from hgedsp.blocks import Gain, Input
from hgedsp.compile import build
from hgedsp.errors import StepError

REASON = "Failed in nopython mode pipeline (step: native lowering)\nsomething has vanished\nmore"


@pytest.fixture
def refusals(monkeypatch, tmp_path):
    """How many times numba refuses a kernel from here on."""
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path))
    left, compiled = [0], build._dispatched

    def dispatched(*arguments):
        if left[0] > 0:
            left[0] -= 1
            raise NumbaError(REASON)
        return compiled(*arguments)

    monkeypatch.setattr(build, "_dispatched", dispatched)
    return left


def test_a_kernel_that_is_refused_once_is_compiled_again(refusals):
    refusals[0] = 1
    kernel = Graph(1e3, {"y": Gain(3.25)(Input("x"))}).compile()
    np.testing.assert_array_equal(kernel.process({"x": np.ones(4)})["y"], 3.25)


def test_a_kernel_that_is_refused_twice_is_reported_with_the_reason(refusals):
    refusals[0] = 2
    with pytest.raises(StepError, match="native lowering\\) something has vanished\\n") as caught:
        Graph(1e3, {"y": Gain(3.5)(Input("x"))}).compile()
    assert "please report this graph" in str(caught.value)
