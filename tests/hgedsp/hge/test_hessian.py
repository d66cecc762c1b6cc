"""Second derivatives from bins of their own, told apart where they share some, and their bias."""

import re

import numpy as np
import pytest

from hgedsp.errors import ParameterError
from hgedsp.hge import as_matrix, hessian_bias, hessian_plan

SIDON = np.array([51, 53, 59, 71, 87, 97, 101])
SAMPLES = 600
RANDOM = np.random.default_rng(11)


def symmetric(size, order):
    tensor = RANDOM.normal(size=(size,) * order)
    if order == 2:
        return tensor + tensor.T
    return sum(np.transpose(tensor, p) for p in _permutations(order)) / 24


def _permutations(order):
    if order == 1:
        return [(0,)]
    return [(*p[:i], order - 1, *p[i:]) for p in _permutations(order - 1) for i in range(order)]


def perturbation(tones, amplitude, phase):
    angle = 2 * np.pi * np.outer(np.arange(SAMPLES), tones) / SAMPLES + phase
    return amplitude * np.sin(angle)


def estimate(plan, y):
    angle = 2 * np.pi * np.outer(np.arange(SAMPLES), plan.bins) / SAMPLES
    return plan.estimate(2 * y @ np.sin(angle) / SAMPLES, 2 * y @ np.cos(angle) / SAMPLES)


def quadratic(tones, **options):
    """Estimate and truth for a device with gradient and Hessian."""
    size = len(tones)
    amplitude, phase = RANDOM.uniform(0.02, 0.1, size), RANDOM.uniform(0, 6, size)
    hessian, gradient = symmetric(size, 2), RANDOM.normal(size=size)
    u = perturbation(tones, amplitude, phase)
    y = 0.7 + u @ gradient + np.einsum("ni,ij,nj->n", u, hessian, u) / 2
    plan = hessian_plan(tones, amplitude, phase, highest=SAMPLES // 2 - 1, **options)
    return plan, estimate(plan, y), hessian


def test_is_exact_for_a_quadratic_device_on_sidon_tones():
    plan, found, hessian = quadratic(SIDON)
    np.testing.assert_allclose(as_matrix(found), hessian, atol=1e-11)
    # Seven doubles, and a sum and a difference for each of 21 pairs, none of them shared.
    assert (len(plan.bins), len(plan.shared), len(plan.biased)) == (49, 0, 0)


def test_the_diagonal_needs_only_the_doubles():
    plan, found, hessian = quadratic(SIDON, diagonal=True)
    np.testing.assert_allclose(found, np.diag(hessian), atol=1e-11)
    np.testing.assert_array_equal(plan.bins, 2 * SIDON)


@pytest.mark.parametrize("tones", [[11, 13, 15], [13, 11, 15, 21], [40, 30, 110]])
def test_shared_bins_are_told_apart(tones):
    plan, found, hessian = quadratic(tones)
    np.testing.assert_allclose(as_matrix(found), hessian, atol=1e-10)
    if 15 in tones:
        assert len(plan.shared) > 0


def test_a_bin_with_third_order_products_is_used_only_where_there_is_no_other():
    # 2 x 20 is 30 + 30 - 20, and 2 x 30 is 20 + 20 + 20.
    plan, found, hessian = quadratic([20, 30, 53])
    np.testing.assert_allclose(as_matrix(found), hessian, atol=1e-10)
    assert plan.biased.tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize(("power", "entry"), [(16.0, 0), (2.0, 1)])
def test_variance_is_that_of_the_formula_and_of_noise(power, entry):
    amplitude, density = np.array([0.02, 0.05, 0.03]), 1e-6
    plan = hessian_plan(
        [51, 53, 59], amplitude, highest=200, density=lambda f: np.full(f.shape, density)
    )
    i, j = plan.pairs[entry]
    seconds = 0.1
    expected = power * density / (amplitude[i] ** 2 * amplitude[j] ** 2 * seconds)
    assert plan.variance(seconds)[entry] == pytest.approx(expected, rel=1e-9)
    sigma = np.sqrt(density / 2 * SAMPLES / seconds)
    noise = sigma * np.random.default_rng(3).standard_normal((3000, SAMPLES))
    # A variance of 3000 values is known to 2.6 %.
    assert estimate(plan, noise)[:, entry].var() == pytest.approx(expected, rel=0.1)


def test_a_noisy_difference_weighs_less():
    flat = hessian_plan([51, 53], 0.1, highest=200)
    pink = hessian_plan([51, 53], 0.1, highest=200, density=lambda f: 1 + 1e3 / f)
    assert pink.bins.tolist() == flat.bins.tolist() == [2, 102, 104, 106]
    share = np.abs(pink.weights[1, [4, 6]]) / np.abs(flat.weights[1, [4, 6]])
    # Inverse densities: 501 at bin 2, 10.6 at bin 104.
    assert share[0] == pytest.approx(2 * 10.615 / (501 + 10.615), rel=1e-3)


def test_a_response_is_taken_out():
    tones, amplitude = np.array([51, 53, 59]), 0.05
    hessian = symmetric(3, 2)
    u = perturbation(tones, amplitude, 0.0)
    y = np.roll(np.einsum("ni,ij,nj->n", u, hessian, u) / 2, 7)
    plan = hessian_plan(
        tones,
        amplitude,
        highest=299,
        spacing=1.0 / SAMPLES,  # in cycles per sample, so that the delay is in samples
        response=lambda f: np.exp(-2j * np.pi * f * 7),
    )
    np.testing.assert_allclose(as_matrix(estimate(plan, y)), hessian, atol=1e-11)


def test_fourth_derivatives_bias_it_as_the_expansion_says():
    # No product of fourth order falls on one of second order but for the trivial ones.
    tones, amplitude = np.array([68, 93, 106, 127]), np.array([0.1, 0.2, 0.15, 0.05])
    hessian, fourth = symmetric(4, 2), symmetric(4, 4)
    u = perturbation(tones, amplitude, np.arange(4.0))
    y = np.einsum("ni,ij,nj->n", u, hessian, u) / 2
    y += np.einsum("ijkl,ni,nj,nk,nl->n", fourth, u, u, u, u) / 24
    plan = hessian_plan(tones, amplitude, np.arange(4.0), highest=299)
    bias = as_matrix(estimate(plan, y)) - hessian
    np.testing.assert_allclose(bias, hessian_bias(fourth, amplitude), atol=1e-10)
    assert np.abs(bias).max() > 1e-3


def test_as_matrix_undoes_the_upper_triangle():
    matrix = symmetric(4, 2)
    np.testing.assert_array_equal(as_matrix(matrix[np.triu_indices(4)]), matrix)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: hessian_plan([10, 20], 0.1, highest=100),
            "1 second derivatives have no bins of their own: f_00\n"
            "  mend take tones on a Sidon set of odd bins within one octave, and a sample rate "
            "above four times the highest tone",
        ),
        (
            lambda: hessian_plan([10, 10], 0.1, highest=100),
            "two tones are on the same bin\n  mend give every electrode a tone of its own",
        ),
        (
            lambda: as_matrix(np.zeros(5)),
            "5 numbers are no upper triangle of a matrix\n  mend give K (K + 1) / 2 entries",
        ),
    ],
)
def test_refuses_what_cannot_be(call, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        call()
