import dataclasses
import re
import time

import numpy as np
import pytest

from hgedsp import Graph
from hgedsp.blocks import HoppingNetwork, Input
from hgedsp.devices import load_device
from hgedsp.errors import ParameterError
from hgedsp.physics.network import Network
from hgedsp.physics.steady import steady
from hgedsp.train.gate import train_gate

RATE = 1e4
SILICON = {"permittivity": 11.7, "donors": 15}


def kernel_of(device, rate=RATE, **options):
    wire = device.copy()(Input("v", device.electrodes))
    return Graph(rate, {"current": wire}).compile(**options)


def run(device, v, rate=RATE, **options):
    return kernel_of(device, rate, **options).process({"v": v})["current"]


def perturbed(samples, seed=1):
    """Seven tones of 20 mV around a point, as gradient extraction has them."""
    generator = np.random.default_rng(seed)
    phase = 2 * np.pi * np.outer(np.arange(samples), (23, 25, 31, 41, 45, 51, 53)) / 256
    return generator.uniform(-0.45, 0.45, 7) + 0.02 * np.sin(phase)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_samples_are_steady_states(seed):
    device, v = HoppingNetwork.random(seed), perturbed(400, seed)
    v[200:] *= -1  # and a jump
    np.testing.assert_allclose(run(device, v), device.current(v), rtol=0, atol=1e-17)


def test_repelling_holes_are_balanced_at_every_sample():
    # There may be several such states, so the current need not be that of another way to one.
    device, v = HoppingNetwork.random(3, **SILICON), perturbed(200)
    np.testing.assert_allclose(run(device, v), device.current(v), rtol=0, atol=1e-15)


def test_cold_network_needs_exponentials_of_every_pair():
    device, v = HoppingNetwork.random(1, temperature=4.2), perturbed(30)
    np.testing.assert_allclose(run(device, v), device.current(v), rtol=0, atol=1e-13)


def test_one_step_of_newton_follows_within_a_hundredth():
    device = dataclasses.replace(HoppingNetwork.random(1), sweeps=1)
    v = perturbed(400)
    exact = device.current(v)
    error = (run(device, v) - exact)[20:]
    assert 1e-13 < error.std() < 0.05 * exact.std()


def test_slow_occupations_follow_as_one_pole():
    # One site that fills over one contact and empties over the other: the occupation relaxes with
    # the sum of its rates, 1 / (1 + dt * sum) per implicit step.
    network = Network([[0.0, 0.0]], [0.0], contacts=2, attempt_frequency=1e8)
    device = HoppingNetwork(network, quasi_static=False)
    rate = 100.0
    kernel = kernel_of(device, rate)
    kernel.states["hopping_network.occupation"] = 0.0
    left = []
    for _ in range(5):
        kernel.process({"v": np.zeros((1, 1))})
        left.append(0.5 - kernel.states["hopping_network.occupation"].item())
    total = 4 * network.prefactor[1, 0] * network.attempt_frequency
    expected = 0.5 / (1 + total / rate) ** np.arange(1, 6)
    np.testing.assert_allclose(left, expected, rtol=1e-9, atol=1e-15)


def test_fast_occupations_are_steady_whether_they_may_lag_or_not():
    device, v = HoppingNetwork.random(1), perturbed(50)
    lagging = dataclasses.replace(device, quasi_static=False)
    np.testing.assert_allclose(run(lagging, v), run(device, v), rtol=0, atol=1e-13)


def test_starts_in_equilibrium():
    device = HoppingNetwork.random(1)
    assert abs(run(device, np.zeros((3, 7)))).max() < 1e-18


def test_float32_is_near():
    device, v = HoppingNetwork.random(1), perturbed(100)
    np.testing.assert_allclose(run(device, v, dtype="float32"), device.current(v), atol=1e-12)


def test_current_takes_one_point_or_many():
    device, v = HoppingNetwork.random(1), perturbed(3)
    many = device.current(v)
    assert many.shape == (3,)
    assert isinstance(device.current(v[1]), float)
    assert device.current(v[1]) == pytest.approx(many[1], rel=1e-12)


def test_file_gives_the_same_device(tmp_path):
    device = HoppingNetwork.random(4, voltage_range=0.3)
    device.save(tmp_path / "device.npz")
    loaded = HoppingNetwork.load(tmp_path / "device.npz")
    np.testing.assert_array_equal(loaded.upper, np.full(7, 0.3))
    v = perturbed(5)
    np.testing.assert_array_equal(loaded.current(v), device.current(v))


@pytest.mark.parametrize("seed", [0, 1])
def test_xor_trains_on_it_without_a_surrogate(seed):
    result = train_gate("xor", load_device("hopping"), seed=seed, progress=False)
    assert result.success


def test_thirty_sites_take_twenty_microseconds():
    device = HoppingNetwork.random(1)
    kernel, v = kernel_of(device), perturbed(2000)
    kernel.process({"v": v})
    times = []
    for _ in range(5):
        before = time.thread_time()
        kernel.process({"v": v})
        times.append(time.thread_time() - before)
    # 12 us on one core; twice the promised 20 us, as machines that run tests are busy.
    assert min(times) / len(v) < 40e-6


def test_electrodes_all_matter():
    network = HoppingNetwork.random(1).network
    v = perturbed(1)
    moved = steady(network, v + 0.1 * np.eye(7)).currents[:, -1]
    assert np.all(np.abs(moved - steady(network, v).currents[0, -1]) > 1e-14)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"network": 3},
            "HoppingNetwork needs a Network, got 3\n"
            "  mend take HoppingNetwork.random(seed), or make a hgedsp.physics.network.Network",
        ),
        (
            {"sweeps": 0},
            "HoppingNetwork needs a whole number of at least 1 for sweeps, got 0\n"
            "  mend give sweeps a whole number of at least 1",
        ),
    ],
)
def test_refuses(change, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        dataclasses.replace(HoppingNetwork.random(1, 3), **change)
