"""The integrator."""

import numpy as np
import pytest
from scipy import signal

from hgedsp.blocks import Input, Integrator
from hgedsp.graph import Graph

RATE = 1e3


def interpreted(block, x, **more):
    wires = {name: Input(name) for name in more}
    width = x.shape[1] if x.ndim == 2 else 1
    kernel = Graph(RATE, {"y": block(Input("x", width=width), **wires)}).compile(interpret=True)
    return kernel.process({"x": x, **more})["y"]


def test_adds_up_gain_over_rate_and_shows_it_one_tick_later():
    x = np.random.default_rng(1).standard_normal(100)
    expected = 2.0 + np.concatenate([[0.0], np.cumsum(3.0 / RATE * x)])[:100]
    got = interpreted(Integrator(3.0, initial_value=2.0), x)
    np.testing.assert_allclose(got, expected, rtol=1e-13)


def test_one_volt_for_one_second_makes_one_volt_second():
    assert interpreted(Integrator(), np.ones(1001))[-1] == pytest.approx(1.0, rel=1e-12)


def test_leak_is_a_pole():
    x = np.random.default_rng(2).standard_normal(200)
    decay = np.exp(-20.0 / RATE)
    expected = signal.lfilter([0.0, 5.0 / RATE], [1.0, -decay], x)
    np.testing.assert_allclose(interpreted(Integrator(5.0, leak=20.0), x), expected, rtol=1e-11)


def test_decays_by_e_in_one_over_leak():
    got = interpreted(Integrator(leak=10.0, initial_value=1.0), np.zeros(101))
    assert got[100] == pytest.approx(np.exp(-1.0), rel=1e-12)


def test_stays_within_its_limits_and_leaves_them_at_once():
    x = np.concatenate([np.ones(100), -np.ones(100)])[:, np.newaxis] * [100.0, 50.0]
    got = interpreted(Integrator(lower=[-1.0, -2.0], upper=[1.0, 0.5]), x)
    np.testing.assert_array_equal(got[50], [1.0, 0.5])
    # Nothing was wound up: the way down begins with the first sample.
    np.testing.assert_allclose(got[101], [0.9, 0.45], rtol=1e-12)
    np.testing.assert_array_equal(got[-1], [-1.0, -2.0])


def test_reset_goes_back_to_the_initial_value():
    reset = np.zeros(10)
    reset[4] = 1.0
    got = interpreted(Integrator(RATE, initial_value=7.0), np.ones(10), reset=reset)
    np.testing.assert_allclose(got, [7, 8, 9, 10, 11, 7, 8, 9, 10, 11], rtol=1e-13)


def test_closes_a_loop():
    integrator = Integrator(100.0)
    integrator(1.0 - integrator.y)
    kernel = Graph(RATE, {"y": integrator.y}).compile(interpret=True)
    # y[n+1] = y[n] + 0.1 (1 - y[n])
    np.testing.assert_allclose(kernel.process(30)["y"], 1 - 0.9 ** np.arange(30), rtol=1e-12)


def test_refuses_a_negative_leak(refuses):
    with refuses(
        "Integrator needs leak of at least 0 1/s, got -1.0 1/s",
        "give leak zero or a positive number in 1/s",
    ):
        Integrator(leak=-1.0)


def test_refuses_limits_the_wrong_way_round(refuses):
    with refuses(
        "Integrator needs lower below upper, got 1 and 0.5 at lane 1", "exchange the two bounds"
    ):
        Integrator(lower=[0.0, 1.0], upper=0.5)


def test_refuses_a_gain_that_is_not_finite(refuses):
    with refuses(
        "Integrator needs finite numbers for gain, got nan at lane 0", "give gain finite numbers"
    ):
        Integrator(np.nan)
