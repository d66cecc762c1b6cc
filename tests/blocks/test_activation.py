import numpy as np
import pytest

from hgedsp.blocks.activation import ACTIVATIONS, activate, slope, smooth_tanh, value

Z = np.concatenate([np.linspace(-30, 30, 241) + 1e-3, [-800.0, 800.0]])


def with_room(values):
    return np.concatenate([values, np.zeros(16)])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_steps_and_numpy_agree(name):
    sums = with_room(Z)
    activate(sums, len(Z), ACTIVATIONS.index(name))
    np.testing.assert_allclose(sums[: len(Z)], value(name, Z), rtol=1e-14, atol=1e-300)


def test_tanh_is_right_to_eight_last_digits():
    size = np.geomspace(1e-300, 700, 20_001)
    z = np.concatenate([-size, [0.0], size])
    np.testing.assert_array_max_ulp(smooth_tanh(z), np.tanh(z), maxulp=8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_is_the_derivative(name):
    h = 1e-5
    numeric = (value(name, Z + h) - value(name, Z - h)) / (2 * h)
    # h^2/6 of the third derivative, and eps |z| / h of rounding.
    np.testing.assert_allclose(slope(name, Z), numeric, atol=1e-8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_stays_nan(name):
    sums = with_room([np.nan])
    activate(sums, 1, ACTIVATIONS.index(name))
    assert np.isnan(sums[0])
    assert np.isnan(value(name, np.array([np.nan]))[0])
