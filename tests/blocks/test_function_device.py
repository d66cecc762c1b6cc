import re

import numba
import numpy as np
import pytest

from hgedsp import Graph
from hgedsp.blocks import Input
from hgedsp.blocks.function_device import FunctionDevice
from hgedsp.errors import ParameterError, StepError

RATE = 1e4
X = np.random.default_rng(1).normal(size=(100, 3))


def run(device, **options):
    wire = device(Input("v", device.electrodes))
    return Graph(RATE, {"current": wire}).compile(**options).process({"v": X})["current"]


def quadratic(v):
    return 1e-9 * (v[0] * v[1] + v[2] ** 2)


def scaled(factor):
    return lambda v: factor * v[0] + 0.0 * v[1] * v[2]


def test_plain_function_runs_compiled():
    expected = 1e-9 * (X[:, 0] * X[:, 1] + X[:, 2] ** 2)
    np.testing.assert_allclose(run(FunctionDevice(quadratic, 3)), expected, rtol=1e-13, atol=1e-24)
    np.testing.assert_allclose(FunctionDevice(quadratic, 3).current(X), expected, rtol=1e-13)
    assert FunctionDevice(quadratic, 3).current([1.0, 2.0, 3.0]) == pytest.approx(11e-9)


def test_function_compiled_by_numba_is_taken_as_it_is():
    compiled = numba.njit(quadratic)
    plain = run(FunctionDevice(compiled, 3), interpret=True)
    np.testing.assert_array_equal(run(FunctionDevice(compiled, 3), fastmath=False), plain)


def test_another_constant_around_the_function_gives_another_result():
    # Two devices in one process, and one cache folder: neither may serve the other's code.
    for factor in (2.0, 3.0):
        np.testing.assert_allclose(run(FunctionDevice(scaled(factor), 3)), factor * X[:, 0])


def test_two_functions_in_one_graph_stay_apart():
    v = Input("v", 3)
    wires = {f"i{f:g}": FunctionDevice(scaled(f), 3)(v) for f in (4.0, 5.0)}
    out = Graph(RATE, wires).compile().process({"v": X})
    np.testing.assert_allclose(out["i5"], 1.25 * out["i4"])


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_function_numba_cannot_compile_is_refused():
    wire = FunctionDevice(lambda v: v.no_such_thing, 3)(Input("v", 3))
    message = (
        r"the step of function_device cannot be compiled: Unknown attribute 'no_such_thing' of "
        r"type array\(float64, 1d, C\)\n"
        r"  at   function_device +test_function_device\.py:\d+\n"
        r"  at   FunctionDevice\.step\(voltage: array\(float64, 1d, C\)\)\n"
        r"  mend write it with numbers, math functions and loops only, as numba takes them; its "
        r"arguments are inputs, state, coefficients"
    )
    with pytest.raises(StepError, match=f"^{message}$"):
        Graph(RATE, {"i": wire}).compile()


def test_refuses_what_is_no_function():
    message = (
        "FunctionDevice needs a function, got 3.0\n"
        "  mend give one written with def or lambda, or compiled with numba.njit"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        FunctionDevice(3.0, 3)


def test_refuses_voltages_of_another_width():
    message = (
        "FunctionDevice has 3 electrodes, got voltages of shape (2,)\n"
        "  mend give voltages of shape (3,) or (N, 3), in V"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        FunctionDevice(quadratic, 3).current([1.0, 2.0])
