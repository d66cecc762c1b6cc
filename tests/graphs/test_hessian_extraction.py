"""Second derivatives of devices, against the exact ones."""

import numba
import numpy as np
import pytest

from hgedsp.blocks import Delay, PolynomialDevice, ToneGenerator, WhiteNoise
from hgedsp.devices import load_device
from hgedsp.graphs import hessian_extraction, plan_of
from hgedsp.hge import as_matrix

RATE, WINDOW = 1e5, 500
compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="needs many samples")
BINS = np.array([51, 53, 59, 71, 87, 97, 101])
RANDOM = np.random.default_rng(2)
POINT = RANDOM.uniform(-0.5, 0.5, 7)
LINEAR, QUADRATIC = RANDOM.normal(size=(2, 7))


def tone(amplitude):
    return ToneGenerator(BINS * RATE / WINDOW, amplitude, np.arange(7.0))


def measure(device, amplitude=0.02, windows=3, **options):
    graph = hessian_extraction(
        device, POINT, tone(amplitude), sample_rate=RATE, window=WINDOW, **options
    )
    return graph.compile().process(windows * WINDOW)


def by_differences(device, h=1e-5):
    """Hessian from the exact gradient."""
    steps = h * np.eye(7)
    rows = [(device.gradient(POINT + s) - device.gradient(POINT - s)) / (2 * h) for s in steps]
    return np.array(rows)


def test_is_exact_for_a_quadratic_device():
    device = PolynomialDevice(LINEAR, QUADRATIC)
    found = measure(device, chain=[WhiteNoise(0.0, 4)])
    # Rounding of y, 1e-16, over a^2 = 4e-4.
    expected = 2 * np.outer(QUADRATIC, QUADRATIC)
    np.testing.assert_allclose(as_matrix(found["hessian"])[-1], expected, atol=1e-10)
    np.testing.assert_allclose(found["gradient"][-1], device.gradient(POINT), atol=1e-11)


def test_the_diagonal_alone_behind_a_delay():
    device = PolynomialDevice(LINEAR, QUADRATIC)
    found = measure(
        device,
        diagonal=True,
        chain=[Delay(9)],
        response=lambda f: np.exp(-2j * np.pi * f * 9 / RATE),
    )
    np.testing.assert_allclose(found["hessian"][-1], 2 * QUADRATIC**2, atol=1e-10)
    np.testing.assert_allclose(found["gradient"][-1], device.gradient(POINT), atol=1e-9)


def test_comes_near_the_hessian_of_the_smooth_surrogate():
    device = load_device("rnpu")
    expected = by_differences(device)
    scale = np.abs(expected).max()
    error = {}
    for amplitude in (0.008, 0.004):
        found = as_matrix(measure(device, amplitude)["hessian"])[-1]
        error[amplitude] = np.abs(found - expected).max() / scale
    assert error[0.008] < 0.05
    # What is left is the fourth derivatives: a quarter at half of the amplitude.
    assert error[0.004] == pytest.approx(error[0.008] / 4, rel=0.1)


@compiled_only
def test_noise_of_the_entries_is_as_planned():
    density = 1e-6
    chain = [WhiteNoise(density, 4)]
    found = measure(PolynomialDevice(LINEAR, QUADRATIC), 0.05, 1500, chain=chain)["hessian"]
    plan = plan_of(tone(0.05), sample_rate=RATE, window=WINDOW)
    expected = density * plan.variance(WINDOW / RATE)
    # A variance of 1500 values is known to 3.7 %.
    np.testing.assert_allclose(found.var(axis=0), expected, rtol=0.17)
    truth = (2 * np.outer(QUADRATIC, QUADRATIC))[np.triu_indices(7)]
    pull = (found.mean(axis=0) - truth) / np.sqrt(expected / 1500)
    assert np.abs(pull).max() < 4
