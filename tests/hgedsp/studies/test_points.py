"""Operating points stay where they belong."""

import numpy as np

from hgedsp.devices import choose_device
from hgedsp.studies.points import current_around, points_in_middle, points_in_range


def test_points_keep_an_amplitude_from_the_ends():
    device, _ = choose_device(None)
    points = points_in_range(device, 0.1, 500, seed=3)
    assert points.shape == (500, device.electrodes)
    assert np.all((points >= device.lower + 0.1) & (points <= device.upper - 0.1))
    np.testing.assert_array_equal(points, points_in_range(device, 0.1, 500, seed=3))


def test_points_in_the_middle_fill_half_of_the_range():
    device, _ = choose_device(None)
    share = points_in_middle(device, 2000, np.random.default_rng(1)) - device.lower
    share /= device.upper - device.lower
    # Of 2000 draws the outermost is within a few thousandths of the end.
    np.testing.assert_allclose(share.min(axis=0), 0.25, atol=0.005)
    np.testing.assert_allclose(share.max(axis=0), 0.75, atol=0.005)


def test_current_of_some_electrodes_is_that_of_the_device_with_the_others_at_rest():
    device, name = choose_device(None)
    assert name == "rnpu"
    (point,) = points_in_range(device, 0.1, 1, seed=5)
    moved = point.copy()
    moved[[1, 4]] = 0.2, -0.3
    current = current_around(device, point, np.array([1, 4]))
    np.testing.assert_allclose(current(np.array([[0.2, -0.3]])), device.current(moved), rtol=1e-12)
