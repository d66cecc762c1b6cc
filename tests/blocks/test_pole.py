"""One pole, left unscaled, and the gain that makes up for several."""

import numpy as np
import pytest
from scipy import signal

from hgedsp.blocks import OnePole
from hgedsp.blocks.pole import Pole
from hgedsp.blocks.pole_gain import PoleGain
from hgedsp.testing import check_block

RATE = 1e4
TAU = 2e-3


def test_equals_lfilter(run):
    x = np.random.default_rng(1).standard_normal((256, 2))
    (d,) = Pole(TAU).coefficients(RATE)
    expected = signal.lfilter([1.0], [1.0, -d], x, axis=0)
    np.testing.assert_allclose(run(Pole(TAU), RATE, x), expected, rtol=1e-12, atol=1e-13)


def test_with_its_gain_it_is_a_one_pole(run):
    x = np.random.default_rng(2).standard_normal(300)
    got = run(PoleGain(TAU), RATE, run(Pole(TAU), RATE, x))
    np.testing.assert_allclose(got, run(OnePole(TAU), RATE, x), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("tau", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("poles", [1, 2, 3, 4])
def test_poles_and_gain_together_pass_a_constant_as_it_is(poles, tau):
    frequency = np.zeros(1)
    whole = (
        PoleGain(tau, poles).response(frequency, RATE)
        * Pole(tau).response(frequency, RATE) ** poles
    )
    # Not rounded but for the powers: both know the same rounded d.
    np.testing.assert_allclose(whole, 1.0, rtol=1e-14)


@pytest.mark.parametrize("poles", [1, 2, 3, 4])
def test_gain_is_a_power_of_that_of_one_pole(poles, run):
    (d,) = PoleGain(TAU).coefficients(RATE)
    np.testing.assert_allclose(run(PoleGain(TAU, poles), RATE, np.ones(3)), (1 - d) ** poles)


@pytest.mark.parametrize("block", [Pole(TAU), Pole(TAU, 3), PoleGain(TAU), PoleGain(TAU, 4)])
def test_keeps_the_laws_of_all_blocks(block):
    check_block(block, rate=RATE)


@pytest.mark.parametrize("tau", [0.0, -1.0, np.nan, np.inf])
@pytest.mark.parametrize("block", [Pole, PoleGain])
def test_refuses_time_constants_that_are_not_positive(tau, block, refuses):
    with refuses(
        f"{block.__name__} needs time_constant above 0 s, got {tau!r} s",
        "give time_constant a positive number in s",
    ):
        block(tau)


@pytest.mark.parametrize(("block", "name"), [(Pole, "place"), (PoleGain, "poles")])
@pytest.mark.parametrize("number", [0, 5, 1.0, True])
def test_refuses_numbers_of_poles_out_of_range(block, name, number, refuses):
    with refuses(
        f"{block.__name__} needs a whole number from 1 to 4 for {name}, got {number!r}",
        f"give {name} a whole number from 1 to 4",
    ):
        block(TAU, number)
