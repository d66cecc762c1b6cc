import numpy as np

from hgedsp.hge import smoothed_one_by_one
from hgedsp.studies.smoothed import smoothed_by_all

POINTS = np.array([[0.3, -0.2], [-0.5, 0.1]])
A = 0.1


class Cubic:
    """x^3 + x y^2: known third derivatives."""

    lower, upper = np.full(2, -1.0), np.full(2, 1.0)

    def current(self, voltage):
        x, y = np.moveaxis(np.asarray(voltage), -1, 0)
        return x**3 + x * y**2


def test_one_tone_adds_an_eighth_of_its_third_derivative():
    x, y = POINTS.T
    expected = np.stack([3 * x**2 + y**2 + A**2 / 8 * 6, 2 * x * y], axis=1)
    found = smoothed_one_by_one(Cubic().current, POINTS, A)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_all_tones_add_a_quarter_of_the_cross_derivatives():
    x, y = POINTS.T
    own = 3 * x**2 + y**2 + A**2 / 8 * 6 + A**2 / 4 * 2
    expected = np.stack([own, 2 * x * y], axis=1)
    found, error = smoothed_by_all(Cubic(), POINTS, A)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert error < 1e-9


def test_electrodes_without_a_tone_stay_where_they_are():
    x, y = POINTS.T
    found, _ = smoothed_by_all(Cubic(), POINTS, A, electrodes=np.array([0]))
    np.testing.assert_allclose(found[:, 0], 3 * x**2 + y**2 + A**2 / 8 * 6, rtol=1e-9)
