import numpy as np

from hgedsp.studies.smoothed import smoothed_by_all, smoothed_by_one

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
    np.testing.assert_allclose(smoothed_by_one(Cubic(), POINTS, A), expected, rtol=1e-12)


def test_all_tones_add_a_quarter_of_the_cross_derivatives():
    x, y = POINTS.T
    own = 3 * x**2 + y**2 + A**2 / 8 * 6 + A**2 / 4 * 2
    expected = np.stack([own, 2 * x * y], axis=1)
    np.testing.assert_allclose(smoothed_by_all(Cubic(), POINTS, A), expected, rtol=1e-9)
