"""All derivatives at once, against the exact gradient of the device."""

import numpy as np
import pytest

from hgedsp.blocks import PolynomialDevice, ToneGenerator
from hgedsp.errors import ParameterError
from hgedsp.graphs import gradient_extraction

RATE, WINDOW = 1e5, 1000
POINT = np.array([0.3, -0.2, 0.7])
DEVICE = {"linear": [1.0, 2.0, -1.0], "quadratic": [0.5, -0.4, 0.3]}


def tone():
    # No sum, difference or double of two of these is a third.
    return ToneGenerator(np.array([51, 53, 59]) * RATE / WINDOW, 0.05, [0.0, 1.0, 2.0])


def test_is_exact_on_a_quadratic_device():
    device = PolynomialDevice(**DEVICE)
    graph = gradient_extraction(device, POINT, tone(), sample_rate=RATE, window=WINDOW)
    gradient = graph.compile().process(3 * WINDOW)["gradient"]
    # Sums of 1000 products rounded at eps each, scaled by 2 / amplitude = 40.
    expected = np.tile(device.gradient(POINT), (3, 1))
    np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-11)


def test_moves_with_the_operating_point():
    device = PolynomialDevice(**DEVICE)
    graph = gradient_extraction(device, POINT, tone(), sample_rate=RATE, window=WINDOW)
    kernel = graph.compile()
    kernel.process(WINDOW)
    kernel.parameters["operating_point.value"] = -POINT
    gradient = kernel.process(WINDOW)["gradient"][-1]
    np.testing.assert_allclose(gradient, device.gradient(-POINT), rtol=1e-11, atol=1e-11)


def test_third_derivatives_bias_it_as_the_expansion_says():
    """g_k = f_k + a_k^2/8 f_kkk + sum_j a_j^2/4 f_kjj, exact for a cubic."""
    cubic = np.array([0.6, -0.5, 0.4])
    device = PolynomialDevice(np.zeros(3), cubic=cubic)
    graph = gradient_extraction(device, POINT, tone(), sample_rate=RATE, window=WINDOW)
    gradient = graph.compile().process(WINDOW)["gradient"][-1]
    a2 = 0.05**2
    third = 6 * np.einsum("k,j,j->kj", cubic, cubic, cubic)  # f_kjj
    own = np.diag(third)
    expected = device.gradient(POINT) + a2 / 8 * own + a2 / 4 * (third.sum(axis=1) - own)
    np.testing.assert_allclose(gradient, expected, rtol=1e-10)


def test_low_pass_settles_to_the_gradient():
    device = PolynomialDevice(**DEVICE)
    graph = gradient_extraction(
        device, POINT, tone(), sample_rate=RATE, time_constant=5e-3, order=4
    )
    gradient = graph.compile().process(20_000)["gradient"]
    # 200 ms are 40 time constants; neighbours at 200 Hz are down by (2 pi 200 5e-3)^4 = 1600, and
    # the amplitude of the leaks is at most the mean current times 40.
    np.testing.assert_allclose(gradient[-1], device.gradient(POINT), atol=0.05)


def test_refuses_no_filter():
    with pytest.raises(ParameterError, match=r"^gradient_extraction needs either a window or"):
        gradient_extraction(PolynomialDevice([1.0]), 0.0, ToneGenerator(1e3, 0.1), sample_rate=1e5)
