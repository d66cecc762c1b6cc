"""A multiplier with the errors of a real one."""

import numpy as np
import pytest

from hgedsp.blocks import AnalogMultiplier

GENERATOR = np.random.default_rng(1)


def test_is_a_multiplier_where_nothing_is_off(run):
    x, y = 3 * GENERATOR.standard_normal((2, 64, 2))
    got = run(AnalogMultiplier(10.0, 1e3), 1e4, x, y)
    np.testing.assert_allclose(got, x * y / 10.0, rtol=1e-15)


def test_errors_stand_where_they_belong(run):
    part = AnalogMultiplier(5.0, 1e3, 0.02, x_offset=0.1, y_offset=-0.2, output_offset=0.3)
    x, y = GENERATOR.standard_normal((2, 64))
    expected = 1.02 * (x + 0.1) * (y - 0.2) / 5.0 + 0.3
    np.testing.assert_allclose(run(part, 1e4, x, y), expected, rtol=1e-13, atol=1e-15)


def test_only_output_offset_and_product_of_input_offsets_look_like_a_gradient(run):
    """x without a tone at the reference, over whole periods: all else has no mean."""
    phase = 2 * np.pi * np.arange(128) / 128
    x, reference = np.sin(7 * phase), 10 * np.sin(5 * phase)
    part = AnalogMultiplier(10.0, 1e3, 0.0, x_offset=0.03, y_offset=0.5, output_offset=0.02)
    mean = run(part, 1e4, x, reference).mean()
    assert mean == pytest.approx(0.02 + 0.03 * 0.5 / 10.0, abs=1e-14)


def test_saturates_at_its_rails(run):
    got = run(AnalogMultiplier(1.0, 10.0), 1e4, [4.0, -4.0, 1.0], [4.0, 4.0, 4.0])
    np.testing.assert_array_equal(got, [10.0, -10.0, 4.0])


def test_refuses_a_scale_of_zero(refuses):
    with refuses(
        "AnalogMultiplier needs scale above 0 V, got 0.0 V",
        "give scale a positive number in V",
    ):
        AnalogMultiplier(0.0)
