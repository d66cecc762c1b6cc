"""The exact law, against kernels, closed forms and long windows."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from hgedsp.devices import load_device
from hgedsp.errors import ParameterError
from hgedsp.hge import (
    arcsine_kernel,
    plan_expectation,
    polynomial_derivatives,
    semicircle_kernel,
    smoothed_gradient,
)


def test_kernels_have_their_variances():
    a = 0.3
    for kernel, variance in ((semicircle_kernel, a**2 / 4), (arcsine_kernel, a**2 / 2)):
        # u = a sin(x) takes away the infinite ends.
        moments = [
            integrate.quad(
                lambda x, m=m, kernel=kernel: (
                    (a * np.sin(x)) ** m * float(kernel(a * np.sin(x), a)) * a * np.cos(x)
                ),
                -np.pi / 2 + 1e-9,
                np.pi / 2 - 1e-9,
            )[0]
            for m in (0, 1, 2)
        ]
        np.testing.assert_allclose(moments, [1.0, 0.0, variance], atol=1e-8)
        assert kernel(1.001 * a, a) == 0


@settings(max_examples=30, deadline=None)
@given(offset=st.floats(-1.5, 1.5), amplitude=st.floats(0.01, 2.0))
def test_kink_is_smoothed_as_the_semicircle_says(offset, amplitude):
    """d abs(v)/dv = sign(v) becomes 2/pi (arcsin(s) + s sqrt(1 - s^2)), s = v/a within +-1."""
    s = np.clip(offset, -1.0, 1.0)
    expected = 2 / np.pi * (np.arcsin(s) + s * np.sqrt(1 - s**2))
    found = smoothed_gradient(lambda v: np.abs(v[:, 0]), offset * amplitude, amplitude)
    # A grid of n phases is off by the order of n^-2 at a kink.
    np.testing.assert_allclose(found.gradient, expected, atol=5e-5)


def test_polynomials_are_exact_on_a_grid():
    rng = np.random.default_rng(4)
    linear, square, cube = rng.standard_normal((3, 3))
    point, a = rng.uniform(-1, 1, 3), np.array([0.1, 0.4, 0.3])

    def device(v):
        return v @ linear + (v @ square) ** 2 + (v @ cube) ** 3

    third = polynomial_derivatives(point, linear, square, cube).third
    second = np.einsum("kjj->kj", third) * a**2
    exact = polynomial_derivatives(point, linear, square, cube).gradient
    exact = exact + second.sum(axis=1) / 4 - np.diag(second) / 8
    found = smoothed_gradient(device, point, a, points_per_tone=6)
    np.testing.assert_allclose(found.gradient, exact, rtol=1e-12)


def test_random_points_agree_with_a_grid_within_their_error():
    def device(v):
        return np.tanh(3 * v @ [1.0, -0.5, 0.8]) + np.abs(v @ [0.3, 0.7, -0.2])

    point, a = np.array([0.1, -0.1, 0.2]), np.array([0.3, 0.2, 0.4])
    grid = smoothed_gradient(device, point, a)
    drawn = smoothed_gradient(device, point, a, points_per_tone=0, random_points=512, seed=5)
    assert np.all(drawn.standard_error > 0)
    assert np.all(drawn.standard_error < 0.01)
    # Five standard errors, of eight sets.
    assert np.all(np.abs(drawn.gradient - grid.gradient) < 5 * drawn.standard_error + 1e-4)


def test_random_points_in_64_directions_are_off_by_as_much_as_they_say():
    rng = np.random.default_rng(5)
    square, cube, point = rng.standard_normal((3, 64)) / 8
    a = rng.uniform(0.1, 0.3, 64)
    found = smoothed_gradient(
        lambda v: (v @ square) ** 2 + (v @ cube) ** 3, point, a, random_points=512
    )
    d = polynomial_derivatives(point, 0.0, square, cube)
    second = np.einsum("kjj->kj", d.third) * a**2
    exact = d.gradient + second.sum(axis=1) / 4 - np.diag(second) / 8
    off = (found.gradient - exact) / found.standard_error
    # Student's t of seven degrees of freedom has a standard deviation of 1.18; 64 know it to 10 %.
    assert 0.8 < off.std() < 1.6


def sum_of_kinks(rng, size):
    slope, height = rng.standard_normal((20, size)), rng.standard_normal(20)
    bend = rng.uniform(-0.3, 0.3, 20) * np.sqrt(size)
    return lambda v: np.maximum(v @ slope.T + bend, 0.0) @ height


@pytest.mark.parametrize(
    ("size", "options", "finer", "draws"),
    [
        (1, {}, {"points_per_tone": 1 << 15}, 120),
        (2, {"points_per_tone": 64}, {"points_per_tone": 400}, 40),
        (3, {"points_per_tone": 24}, {"points_per_tone": 80}, 24),
        (4, {"points_per_tone": 16}, {"points_per_tone": 32}, 10),
        (7, {"random_points": 512}, {"random_points": 1 << 15}, 24),
    ],
)
def test_is_off_by_what_it_says_where_the_device_has_kinks(size, options, finer, draws):
    """One coarser grid agreed by chance: the error was up to 46 times what it said."""
    rng = np.random.default_rng(size)
    off, stated = [], []
    for seed in range(draws):
        device, a = sum_of_kinks(rng, size), rng.uniform(0.1, 0.5, size)
        law = smoothed_gradient(device, np.zeros(size), a, seed=1 << 20, **finer).gradient
        found = smoothed_gradient(device, np.zeros(size), a, seed=seed, **options)
        off.append(found.gradient - law)
        stated.append(found.standard_error)
    off, stated = np.array(off), np.array(stated)

    def rms(x):
        return np.sqrt(np.mean(np.square(x)))

    assert 0.2 < rms(off) / rms(stated) < 1.2
    assert rms(off / stated) < 1.25
    assert np.abs(off / stated).max() < 6


def test_two_sets_that_agree_along_one_voltage_do_not_hide_their_error():
    """The scatter of two numbers alone was up to a thousand times too small."""
    rng = np.random.default_rng(7)
    device = sum_of_kinks(rng, 7)
    law = smoothed_gradient(device, np.zeros(7), 0.3, random_points=1 << 15).gradient
    found = [
        smoothed_gradient(device, np.zeros(7), 0.3, random_points=128, sets=2, seed=seed)
        for seed in range(30)
    ]
    off = np.array([(each.gradient - law) / each.standard_error for each in found])
    assert np.sqrt(np.mean(off**2)) < 1.5


def test_own_kernel_and_other_kernels_on_a_product():
    """f = abs(v_0) v_1^2: the first is smoothed by the semicircle, the square gains a^2/2."""
    a = np.array([0.5, 0.2])
    point = np.array([0.1, 0.3])
    s = 0.2
    slope = 2 / np.pi * (np.arcsin(s) + s * np.sqrt(1 - s**2))
    mean = 2 / np.pi * (np.sqrt(0.25 - 0.01) + 0.1 * np.arcsin(s))  # of abs(v_0)
    found = smoothed_gradient(lambda v: np.abs(v[:, 0]) * v[:, 1] ** 2, point, a)
    expected = [slope * (0.09 + 0.02), mean * 2 * 0.3]
    np.testing.assert_allclose(found.gradient, expected, rtol=2e-4)


def test_a_planned_window_tends_to_it():
    """On a smooth device 7 Sidon tones leave little but the smoothing; a uniform comb does not."""
    device = load_device("rnpu")
    middle = (device.lower + device.upper) / 2
    law = smoothed_gradient(lambda v: 1e9 * device.current(v), middle, 0.1, random_points=1024)
    exact = 1e9 * device.gradient(middle)
    phase = np.random.default_rng(2).uniform(0, 2 * np.pi, 7)

    def left(bins):
        estimate = plan_expectation(
            lambda v: 1e9 * device.current(v), middle, 0.1, bins, phase, 1024
        )
        return np.linalg.norm(estimate - law.gradient)

    bias = np.linalg.norm(law.gradient - exact)
    planned, comb = left([51, 53, 59, 71, 87, 97, 101]), left(np.arange(51, 58))
    assert planned < 0.15 * bias
    assert comb > 3 * planned


def test_refuses_what_it_cannot_use():
    def device(v):
        return v[:, 0]

    text = "needs 1 amplitudes above 0 V"
    for amplitude in (0.0, [0.1, 0.2]):
        with pytest.raises(ParameterError, match=re.escape(text)):
            smoothed_gradient(device, 0.0, amplitude)
    with pytest.raises(ParameterError, match="even number"):
        smoothed_gradient(device, 0.0, 0.1, points_per_tone=7)
