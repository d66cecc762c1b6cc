"""A device with a known gradient, and the law of homodyne gradient extraction on it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.blocks import Input, IntegrateAndDump, Mixer, PolynomialDevice, ToneGenerator
from hgedsp.graph import Graph

LINEAR, QUADRATIC, CUBIC = [1e-9, 2e-9, -3e-9], [3e-5, 1e-5, -2e-5], [2e-4, -3e-4, 1e-4]
RATE = 1e4


def device(**given):
    return PolynomialDevice(LINEAR, **given)


def test_compiled_device_gives_its_current(run):
    voltage = np.random.default_rng(1).uniform(-1, 1, (64, 3))
    made = device(quadratic=QUADRATIC, cubic=CUBIC, offset=1e-9)
    expected = made.current(voltage)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(run(made, RATE, voltage) / scale, expected / scale, atol=1e-14)


@settings(deadline=None, max_examples=30)
@given(voltage=st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_gradient_equals_central_differences(voltage):
    made = device(quadratic=QUADRATIC, cubic=CUBIC)
    h = 1e-4
    steps = h * np.eye(3)
    difference = (made.current(voltage + steps) - made.current(voltage - steps)) / (2 * h)
    # The cubic term is left over: h^2 c^3 = 3e-19 A/V, beside rounding of 1e-9 eps / h.
    np.testing.assert_allclose(made.gradient(voltage), difference, rtol=0, atol=1e-18)


def test_current_and_gradient_take_many_voltages_at_once():
    made = device(quadratic=QUADRATIC, cubic=CUBIC)
    voltage = np.random.default_rng(2).uniform(-1, 1, (5, 3))
    for n in range(5):
        assert made.current(voltage)[n] == pytest.approx(made.current(voltage[n]), rel=1e-12)
        np.testing.assert_allclose(made.gradient(voltage)[n], made.gradient(voltage[n]), rtol=1e-12)


def test_homodyne_gradient_is_exact_on_a_quadratic_device():
    point, amplitude, window = np.array([0.3, -0.2, 0.7]), 0.05, 1024
    # No sum, difference or double of two bins is a third.
    tone = ToneGenerator(RATE * np.array([5, 7, 11]) / window, amplitude)
    made = device(quadratic=QUADRATIC)
    current = made(tone.perturbation + point)
    gradient = IntegrateAndDump(window)(Mixer(2 / amplitude)(current, tone.in_phase))
    kernel = Graph(RATE, {"gradient": gradient}).compile()
    for measured in kernel.process(3 * window)["gradient"]:
        # 1024 products, each rounded to eps of current over amplitude: 2e-8 A/V eps sqrt(1024).
        np.testing.assert_allclose(measured, made.gradient(point), rtol=1e-12)


def test_homodyne_gradient_of_a_cubic_device_is_off_by_the_third_derivative():
    point, amplitude, window = np.array([0.3, -0.2, 0.7]), 0.05, 1024
    # Bins of which no three make a fourth, either: 2i +- j, i +- j +- k, 3i.
    tone = ToneGenerator(RATE * np.array([31, 71, 127]) / window, amplitude)
    made = device(cubic=CUBIC)
    current = made(tone.perturbation + point)
    gradient = IntegrateAndDump(window)(Mixer(2 / amplitude)(current, tone.in_phase))
    measured = Graph(RATE, {"gradient": gradient}).compile(interpret=True).process(window)
    # a^2/8 f_kkk + sum over the others a^2/4 f_kjj, with f_kjj = 6 c_k c_j^2.
    c = np.array(CUBIC)
    excess = amplitude**2 * 6 * c * (c**2 / 8 + (np.sum(c**2) - c**2) / 4)
    np.testing.assert_allclose(measured["gradient"][0] - made.gradient(point), excess, rtol=1e-6)


def test_parameters_of_its_parts_follow_its_own():
    made = device(quadratic=QUADRATIC)
    kernel = Graph(RATE, {"y": made(Input("v", width=3))}).compile(interpret=True)
    kernel.parameters["polynomial_device.linear"] = [1.0, 2.0, 3.0]
    kernel.parameters["polynomial_device.quadratic"] = [0.0, 0.0, 0.0]
    assert kernel.process({"v": [[1.0, 1.0, 1.0]]})["y"][0] == 6.0


def test_refuses_vectors_of_different_lengths(refuses):
    with refuses(
        "PolynomialDevice got vectors of different lengths: linear has 3, cubic has 2",
        "give one number per lane, or a single number for all lanes",
    ):
        device(cubic=[1.0, 2.0])


def test_refuses_values_that_are_not_finite(refuses):
    with refuses(
        "PolynomialDevice needs finite numbers for quadratic, got nan at lane 0",
        "give quadratic finite numbers",
    ):
        device(quadratic=np.nan)
