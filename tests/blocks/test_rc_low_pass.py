"""Resistors and capacitors, lane by lane."""

import numpy as np

from hgedsp.blocks import OnePole, RcLowPass

RATE = 1e4


def test_each_lane_is_a_one_pole_of_its_own_time_constant(run):
    x = np.random.default_rng(1).standard_normal((256, 2))
    got = run(RcLowPass([10e3, 33e3], [100e-9, 47e-9]), RATE, x, fastmath=False)
    for lane, tau in enumerate((10e3 * 100e-9, 33e3 * 47e-9)):
        alone = run(OnePole(tau), RATE, x[:, lane], fastmath=False)
        np.testing.assert_allclose(got[:, lane], alone, rtol=1e-14)


def test_response_is_that_of_a_one_pole():
    frequency = np.array([0.0, 10.0, 159.0, 3e3])
    ours = RcLowPass(10e3, 100e-9).response(frequency, RATE)
    np.testing.assert_allclose(ours, OnePole(1e-3).response(frequency, RATE), rtol=1e-14)


def test_refuses_a_capacitor_that_is_none(refuses):
    with refuses(
        "RcLowPass needs capacitance above 0 F, got 0 F",
        "give capacitance positive numbers in F",
    ):
        RcLowPass(1e3, [1e-9, 0.0])
