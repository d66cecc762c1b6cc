"""The default devices: the network, its surrogate, and how near one is to the other."""

from pathlib import Path

import numpy as np
import pytest

from hgedsp import make_rnpu
from hgedsp.blocks import HoppingNetwork, SurrogateDevice
from hgedsp.devices import CATALOGUE, load_device
from hgedsp.make_rnpu import (
    DEFAULT_SEED,
    VOLTAGE_RANGE_V,
    draw_voltages,
    fit_surrogate,
    main,
)
from hgedsp.physics.fit import Effort, gradients, start
from hgedsp.physics.network import Network

QUICK = Effort(hidden=(24, 24), epochs=12, batch=100)


@pytest.fixture(scope="module")
def network() -> HoppingNetwork:
    return load_device("hopping")


@pytest.fixture(scope="module")
def surrogate() -> SurrogateDevice:
    return load_device("rnpu")


@pytest.fixture(scope="module")
def voltage() -> np.ndarray:
    return np.random.default_rng(99).uniform(-VOLTAGE_RANGE_V, VOLTAGE_RANGE_V, (500, 7))


def slopes(device, voltage, step=2e-3):
    """dI/dV, nA/V, of shape (points, electrodes)."""
    rise = [device.current(voltage + e) - device.current(voltage - e) for e in step * np.eye(7)]
    return 1e9 * np.stack(rise, axis=1) / (2 * step)


def test_surrogate_is_as_near_to_the_network_as_its_file_says(network, surrogate, voltage):
    exact, fitted = 1e9 * network.current(voltage), 1e9 * surrogate.current(voltage)
    with np.load(CATALOGUE[0].file, allow_pickle=False) as archive:
        error, spread = float(archive["fit_error_nA"]), float(archive["current_spread_nA"])
        assert f"{error:.2f} nA rms" in str(archive["note"])
    assert np.sqrt(np.mean((fitted - exact) ** 2)) == pytest.approx(error, rel=0.25)
    assert exact.std() == pytest.approx(spread, rel=0.15)
    assert error < 0.02 * spread


def test_surrogate_has_the_slopes_of_the_network(network, surrogate, voltage):
    exact, fitted = slopes(network, voltage[:80]), 1e9 * surrogate.gradient(voltage[:80])
    assert np.sqrt(np.mean((fitted - exact) ** 2) / np.mean(exact**2)) < 0.2


def test_network_is_that_of_the_seed(network):
    drawn = Network.random(DEFAULT_SEED)
    np.testing.assert_allclose(network.network.position, drawn.position, rtol=1e-12)
    np.testing.assert_allclose(network.network.level, drawn.level, rtol=1e-12)


def test_slopes_are_those_of_measured_devices(network, voltage):
    median = np.median(np.abs(slopes(network, voltage[:80])), axis=0)
    assert median.min() > 1.5
    assert median.max() < 20


def test_current_falls_with_every_electrode_at_many_points(network, voltage):
    negative = (slopes(network, voltage[:80]) < 0).mean(axis=0)
    assert negative.min() > 0.1
    assert negative.max() < 0.6


def test_a_tenth_of_the_fitted_voltages_lie_on_the_ends():
    drawn = draw_voltages(np.random.default_rng(1), 5000, 7)
    assert np.abs(drawn).max() == VOLTAGE_RANGE_V
    assert np.mean(np.abs(drawn) == VOLTAGE_RANGE_V) == pytest.approx(0.1, abs=0.01)


def test_gradients_of_the_fit_are_those_of_differences():
    generator = np.random.default_rng(1)
    parameters = [p.astype(np.float64) for p in start((3, 5, 4, 1), generator)]
    x, y = generator.standard_normal((20, 3)), generator.standard_normal(20)
    _, slope = gradients(parameters, x, y)
    for each, expected in zip(parameters, slope, strict=True):
        for place in np.ndindex(each.shape):
            kept = each[place]
            each[place] = kept + 1e-6
            above = gradients(parameters, x, y)[0]
            each[place] = kept - 1e-6
            below = gradients(parameters, x, y)[0]
            each[place] = kept
            # Half of the derivative is what the fit goes by.
            assert expected[place] == pytest.approx((above - below) / 4e-6, abs=1e-7)


def test_fit_learns_and_tells_its_error_on_other_points(monkeypatch):
    monkeypatch.setattr(make_rnpu, "TEST_POINTS", 500)
    made = fit_surrogate(Network.random(DEFAULT_SEED), QUICK, points=1500)
    assert 0.02 < made.relative_error < 0.5
    again = fit_surrogate(Network.random(DEFAULT_SEED), QUICK, points=1500)
    np.testing.assert_allclose(again.arrays["weight_1"], made.arrays["weight_1"], rtol=1e-6)


def test_script_writes_two_files_that_load(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr(make_rnpu, "TEST_POINTS", 500)
    main(tmp_path, Effort(hidden=(8,), epochs=2, batch=100), points=600)
    assert "Fitted to hopping.npz (seed 12)" in capsys.readouterr().out
    assert isinstance(load_device(str(tmp_path / "hopping.npz")), HoppingNetwork)
    device = load_device(str(tmp_path / "rnpu.npz"))
    assert isinstance(device, SurrogateDevice)
    np.testing.assert_array_equal(device.upper, np.full(7, VOLTAGE_RANGE_V))
