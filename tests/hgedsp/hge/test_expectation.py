"""Term by term, against direct sums over a window."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.blocks import PolynomialDevice
from hgedsp.errors import ParameterError
from hgedsp.hge import (
    Derivatives,
    boxcar_response,
    demodulated,
    expected_gradient,
    expected_lines,
    plan_expectation,
    polynomial_derivatives,
    window_lines,
)

SIDON = np.array([51, 53, 59, 71, 87, 97, 101])


def a_device(size, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((3, size)) / np.sqrt(size)
    device = PolynomialDevice(*vectors, offset=0.3)
    point = rng.uniform(-1, 1, size)
    return device, point, polynomial_derivatives(point, *vectors, 0.3)


def test_derivatives_of_a_polynomial():
    device, point, found = a_device(4, 1)
    np.testing.assert_allclose(found.gradient, device.gradient(point), rtol=1e-13)
    assert found.value == pytest.approx(device.current(point), rel=1e-13)
    h = 1e-3 * np.eye(4)
    # Differences of quadratics are exact; the third is differenced off the second.
    second = (device.gradient(point + h) - device.gradient(point - h)) / 2e-3
    np.testing.assert_allclose(found.hessian, second, atol=1e-10)
    third = (
        device.gradient(point + h) + device.gradient(point - h) - 2 * device.gradient(point)
    ) / 1e-6
    np.testing.assert_allclose(np.einsum("jjk->jk", found.third), third, atol=1e-8)


def test_the_two_textbook_terms():
    """Own a^2/8 f_kkk, cross a_j^2/4 f_kjj, and nothing else on a Sidon set of odd bins."""
    _, _, d = a_device(7, 2)
    a = np.linspace(0.05, 0.2, 7)
    found = expected_gradient(d, a, SIDON, sample_rate=512)
    assert found.collisions == ()
    for k in range(7):
        assert found.own[k] == pytest.approx(a[k] ** 2 / 8 * d.third[k, k, k], rel=1e-13)
        for j in set(range(7)) - {k}:
            assert found.cross[k, j] == pytest.approx(a[j] ** 2 / 4 * d.third[k, j, j], rel=1e-13)
    np.testing.assert_allclose(found.bias, found.own + found.cross.sum(axis=1), rtol=1e-13)


def test_second_order_collision_has_its_sign_and_phase():
    """f_01 a_0 a_1/2 cos(A - B) falls on tone 2 at 3 - 2 = 1 with weight sin(phi_2 - phi_AB)."""
    hessian = np.zeros((3, 3))
    hessian[0, 1] = hessian[1, 0] = 2.0
    d = Derivatives(0.0, np.zeros(3), hessian, np.zeros((3, 3, 3)))
    a, phase = np.array([0.3, 0.2, 0.1]), np.array([0.4, 1.1, 2.0])
    (found,) = expected_gradient(d, a, [7.0, 4.0, 3.0], phase).collisions
    assert (found.tone, found.tones) == (2, (1, -2))
    expected = 2.0 * 0.3 * 0.2 / 2 * np.sin(2.0 - (0.4 - 1.1)) / 0.1
    assert found.value == pytest.approx(expected, rel=1e-13)
    assert str(found) == f"tones +0 -1 on tone 2: {expected:+.4g}"


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, 6), seed=st.integers(0, 10_000), samples=st.integers(15, 80))
def test_equals_the_direct_sum_for_any_tones(size, seed, samples):
    """Collisions, folded ones too, are all there: cubic devices leave nothing else."""
    device, point, derivatives = a_device(size, seed)
    rng = np.random.default_rng(seed)
    bins = rng.choice(np.arange(1, (samples + 1) // 2), size, replace=False)
    a, phase = rng.uniform(0.05, 0.4, size), rng.uniform(0, 2 * np.pi, size)
    found = expected_gradient(derivatives, a, bins, phase, sample_rate=samples)
    exact = plan_expectation(device.current, point, a, bins, phase, samples)
    np.testing.assert_allclose(found.estimate, exact, rtol=1e-11, atol=1e-11)


def test_lines_of_64_tones_are_those_of_the_output():
    device, point, derivatives = a_device(64, 3)
    rng = np.random.default_rng(3)
    bins, phase = 101 + 2 * rng.permutation(190)[:64], rng.uniform(0, 6, 64)
    lines = window_lines(device.current, point, 0.1, bins, phase, 1024)
    expected = expected_lines(derivatives, 0.1, bins, phase, 1024)
    np.testing.assert_allclose(expected, lines, atol=1e-13)
    by_terms = expected_gradient(derivatives, 0.1, bins, phase, sample_rate=1024).estimate
    behind = demodulated(lines, 0.1, bins, phase, boxcar_response(1024), 1.0)
    np.testing.assert_allclose(behind, by_terms, atol=1e-12)


def test_a_tolerance_in_hertz_takes_in_what_is_near():
    _, _, d = a_device(2, 5)
    near = (1000.0, 2000.5)  # twice the first is half a hertz off the second
    assert not expected_gradient(d, 0.1, near).collisions
    found = expected_gradient(d, 0.1, near, [0.3, 0.4], tolerance=1.0).collisions
    assert {c.tones for c in found} == {(1, 1), (1, -2)}


def test_prints_as_a_table():
    _, _, d = a_device(3, 6)
    text = str(expected_gradient(d, 0.1, [1.0, 2.0, 3.0], [0.1, 0.2, 0.4]))
    head, *rows = text.splitlines()
    assert head.split() == ["tone", "gradient", "own", "cross", "collide", "estimate"]
    assert [row.split()[0] for row in rows[:3]] == ["0", "1", "2"]
    assert "products on tones" in rows[3]


@pytest.mark.parametrize(
    ("frequency", "options", "text"),
    [
        ([1.0, 1.0], {}, "cannot tell apart tones 0 from each other"),
        ([1.0, 2.0], {"tolerance": 0.6}, "cannot tell apart tones 1 from each other"),
        ([1.0, 2.0], {"sample_rate": 4.0}, "needs tones below half the sample rate"),
        ([1.0, 2.0, 3.0], {}, "has 2 derivatives and 3 frequencies"),
    ],
)
def test_refuses_tones_that_cannot_be_told_apart(frequency, options, text):
    _, _, d = a_device(2, 5)
    with pytest.raises(ParameterError, match=re.escape(text)):
        expected_gradient(d, 0.1, frequency, **options)


def test_refuses_derivatives_that_do_not_fit():
    with pytest.raises(ParameterError, match=re.escape("need hessian of shape (2, 2), got (3, 3)")):
        Derivatives(0.0, np.zeros(2), np.zeros((3, 3)), np.zeros((2, 2, 2)))


def test_curvature_is_the_bias_per_square_of_the_amplitude():
    _, _, d = a_device(7, 8)
    found = expected_gradient(d, 0.02, SIDON)
    np.testing.assert_allclose(found.bias, 0.02**2 * d.curvature, rtol=1e-12)
