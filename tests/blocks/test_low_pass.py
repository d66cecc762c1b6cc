"""The low-pass of a lock-in."""

import numpy as np
import pytest
from scipy import integrate, signal

from hgedsp.blocks import Input, LowPass, OnePole
from hgedsp.errors import PathError
from hgedsp.graph import Graph

RATE = 1e4
TAU = 1e-3
orders = pytest.mark.parametrize("order", [1, 2, 3, 4])


def interpreted(block, x):
    kernel = Graph(RATE, {"y": block(Input("x"))}).compile(interpret=True)
    return kernel.process({"x": x})["y"]


@orders
def test_equals_cascaded_lfilter(order):
    x = np.random.default_rng(1).standard_normal(256)
    (a,) = OnePole(TAU).coefficients(RATE)
    expected = x
    for _ in range(order):
        expected = signal.lfilter([a], [1.0, a - 1.0], expected)
    np.testing.assert_allclose(interpreted(LowPass(TAU, order), x), expected, rtol=1e-11)


@pytest.mark.parametrize(("order", "taus"), [(1, 4.6), (2, 6.6), (3, 8.4), (4, 10.0)])
def test_settles_to_one_percent_when_it_says(order, taus):
    step = interpreted(LowPass(TAU, order), np.ones(200))
    last_outside = np.flatnonzero(np.abs(step - 1.0) > 0.01)[-1] + 1
    # The numbers have two digits, the clock has ten ticks per tau; each pole delays by half one.
    assert last_outside / 10 == pytest.approx(taus, abs=0.3)


@pytest.mark.parametrize(("order", "share"), [(1, 1 / 4), (2, 1 / 8), (3, 3 / 32), (4, 5 / 64)])
def test_noise_bandwidth_is_what_it_says(order, share):
    # At 1e7 samples per second the clock does not show at the frequencies that count.
    def power(f):
        return abs(LowPass(TAU, order).response(np.array([f]), 1e7)[0]) ** 2

    # Beyond 1e5 Hz, order 1 keeps 1/(2 pi tau)^2 / 1e5 = 0.25 Hz of 250 Hz.
    found, _ = integrate.quad(power, 0, 1e5, points=[100, 1e3, 1e4], limit=500)
    assert found == pytest.approx(share / TAU, rel=2e-3)


@orders
def test_falls_by_6_db_per_octave_and_order(order):
    gain = np.abs(LowPass(TAU, order).response(np.array([1e4, 2e4]), 1e9))
    assert gain[0] / gain[1] == pytest.approx(2**order, rel=1e-3)


def test_time_constant_can_be_set_between_chunks():
    kernel = Graph(RATE, {"y": LowPass(TAU, 2)(Input("x"))}).compile(interpret=True)
    kernel.parameters["low_pass.time_constant"] = 5e-3
    x = np.random.default_rng(2).standard_normal(50)
    expected = interpreted(LowPass(5e-3, 2), x)
    np.testing.assert_array_equal(kernel.process({"x": x})["y"], expected)


@pytest.mark.parametrize("order", [1, 3, 4, 8])
def test_output_stays_where_it_is_when_the_time_constant_is_set(order):
    kernel = Graph(RATE, {"y": LowPass(TAU, order)(Input("x"))}).compile()
    before = kernel.process({"x": np.full(1000, 0.3)})["y"][-1]
    kernel.parameters["low_pass.time_constant"] = 1.0
    after = kernel.process({"x": np.full(5, 0.3)})["y"]
    # 10000 times slower, and 1e4 powers of rounding 1e-16 of d = 1 - 1e-4.
    np.testing.assert_allclose(after, before, rtol=1e-9)


@orders
def test_poles_go_on_from_their_outputs_when_the_time_constant_is_set(order):
    x = np.random.default_rng(3).standard_normal(300)
    kernel = Graph(RATE, {"y": LowPass(TAU, order)(Input("x"))}).compile()
    first = kernel.process({"x": x[:100]})["y"]
    kernel.parameters["low_pass.time_constant"] = 5 * TAU
    got = np.concatenate([first, kernel.process({"x": x[100:]})["y"]])
    expected, states = np.empty(300), np.zeros(order)
    (fast,), (slow,) = (OnePole(tau).coefficients(RATE) for tau in (TAU, 5 * TAU))
    for n, sample in enumerate(x):
        for j in range(order):
            states[j] += (fast if n < 100 else slow) * (sample - states[j])
            sample = states[j]
        expected[n] = sample
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_part_cannot_be_set_alone(dtype):
    kernel = Graph(RATE, {"y": LowPass(TAU, 2)(Input("x"))}).compile(dtype=dtype)
    own = [name for name in kernel.parameters if name.startswith("low_pass")]
    assert own == ["low_pass.time_constant", "low_pass.order"]
    with pytest.raises(PathError, match=r"^no parameter is named 'low_pass/pole_1.time_constant'"):
        kernel.parameters["low_pass/pole_1.time_constant"] = 1.0


@pytest.mark.parametrize("order", [4, 8])
def test_long_time_constants_stay_inside_float32(order):
    graph = Graph(1e6, {"y": LowPass(1.0, order)(Input("x"))})
    kernel = graph.compile(dtype="float32")
    y = kernel.process({"x": np.full(1000, 1e6)})["y"]
    assert np.all(np.isfinite(y))


def test_refuses_a_time_constant_of_zero(refuses):
    with refuses(
        "LowPass needs time_constant above 0 s, got 0.0 s",
        "give time_constant a positive number in s",
    ):
        LowPass(0.0)


@pytest.mark.parametrize("order", [0, 9, 1.0, True])
def test_refuses_orders_out_of_range(order, refuses):
    with refuses(
        f"LowPass needs a whole number from 1 to 8 for order, got {order!r}",
        "give order a whole number from 1 to 8",
    ):
        LowPass(TAU, order)
