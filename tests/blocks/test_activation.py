import numpy as np
import pytest

from hgedsp.blocks.activation import ACTIVATIONS, activate, slope, value

Z = np.concatenate([np.linspace(-30, 30, 241) + 1e-3, [-800.0, 800.0]])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_steps_and_numpy_agree(name):
    sums = Z.copy()
    activate(sums, ACTIVATIONS.index(name))
    np.testing.assert_allclose(sums, value(name, Z), rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_is_the_derivative(name):
    h = 1e-5
    numeric = (value(name, Z + h) - value(name, Z - h)) / (2 * h)
    # h^2/6 of the third derivative, and eps |z| / h of rounding.
    np.testing.assert_allclose(slope(name, Z), numeric, atol=1e-8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_stays_nan(name):
    sums = np.array([np.nan])
    activate(sums, ACTIVATIONS.index(name))
    assert np.isnan(sums[0])
    assert np.isnan(value(name, np.array([np.nan]))[0])
