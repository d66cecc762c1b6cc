import math

import numpy as np
import pytest

from hgedsp.blocks import PolynomialDevice
from hgedsp.hge import noise_bandwidth, poles_response
from hgedsp.studies.derivatives import Setting, lines_without_noise, measure, without_noise

LINEAR = np.array([2e-9, -5e-9, 1e-8])  # A/V


def measured(setting, count=40, seed=3):
    device = PolynomialDevice(linear=LINEAR, quadratic=np.zeros(3))
    points = np.random.default_rng(seed).uniform(-1, 1, (count, 3))
    return columns(measure(device, points, setting, seed=seed, progress=False))


def columns(pairs):
    return np.array(list(pairs)).swapaxes(0, 1)


def test_without_noise_both_ways_find_the_slopes():
    multi, single = measured(Setting(40.0, density=0.0), count=2)
    np.testing.assert_allclose(multi, np.tile(LINEAR, (2, 1)), rtol=1e-9)
    np.testing.assert_allclose(single, np.tile(LINEAR, (2, 1)), rtol=1e-9)


@pytest.mark.parametrize(("spacing", "order"), [(10.0, 0), (0.0, 0), (10.0, 4), (40.0, 4)])
def test_what_is_worked_out_without_noise_is_what_is_measured(spacing, order):
    setting = Setting(spacing, order=order, density=0.0, amplitude=0.2)
    device = PolynomialDevice(
        linear=LINEAR, quadratic=1e-8 * np.array([1.0, -2.0, 0.5]), cubic=[3e-8, 1e-8, -2e-8]
    )
    points = np.random.default_rng(3).uniform(-1, 1, (4, 3))
    multi, _ = columns(measure(device, points, setting, seed=0, progress=False))
    found = without_noise(lines_without_noise(device, points, setting), 3, setting)
    # A low-pass is read when it has forgotten all but 1e-4 of the point before.
    far = 1e-3 if order else 1e-9
    np.testing.assert_allclose(multi, found, rtol=0, atol=far * np.abs(found).max())


def test_a_single_electrode_is_both_ways():
    device = PolynomialDevice(linear=LINEAR[:1], quadratic=np.zeros(1))
    setting = Setting(40.0, density=0.0)
    found = measure(device, np.zeros((2, 1)), setting, seed=0, progress=False)
    multi, single = columns(found)
    np.testing.assert_allclose([multi, single], np.full((2, 2, 1), LINEAR[0]), rtol=1e-9)


def test_errors_of_both_ways_are_those_of_the_noise_and_independent():
    setting = Setting(40.0)
    multi, single = measured(setting)
    deviation = math.sqrt(setting.density / setting.time) / setting.amplitude
    errors = np.array([multi - LINEAR, single - LINEAR]).reshape(2, -1) / deviation
    # 120 values each: the variance is known to 13 %, the correlation to 0.09.
    assert np.all(np.abs(errors.var(axis=1) - 1) < 0.5)
    assert abs(np.corrcoef(errors)[0, 1]) < 0.35


def test_a_low_pass_lets_a_near_neighbour_through():
    near, far = (measured(Setting(f, order=4, density=0.0), count=6)[0] for f in (10.0, 200.0))
    off = [np.abs(values - LINEAR).max() for values in (near, far)]
    assert off[0] > 0.1 * LINEAR.max()
    # What a low-pass needs to forget the offset of the point before, and the ripple.
    assert off[1] < 1e-3 * LINEAR.max()


def test_the_low_pass_has_the_noise_of_the_window():
    setting = Setting(40.0, order=4)
    response = poles_response(setting.time_constant, 4)
    # A sampled low-pass differs from an analog one by (1 / (tau rate))^2.
    bandwidth = noise_bandwidth(response, setting.sample_rate)
    assert bandwidth == pytest.approx(1 / (2 * setting.time), rel=1e-3)


@pytest.mark.parametrize(("order", "taus"), [(1, 9.21), (2, 11.76), (3, 13.93), (4, 15.91)])
def test_a_low_pass_of_any_order_is_given_time_to_settle(order, taus):
    setting = Setting(40.0, order=order)
    seconds = setting.samples / setting.sample_rate
    assert seconds / setting.time_constant == pytest.approx(taus, rel=1e-3)
