"""Many settings measured one after another: the currents are those of the device."""

import re

import numpy as np
import pytest

from hgedsp.devices import load_device
from hgedsp.errors import ParameterError
from hgedsp.graphs import GateSetup, gate_levels


def setup(noise=0.0):
    device = load_device("rnpu")
    return GateSetup("xor", device, device.lower, device.upper, np.zeros(5), noise=noise)


def voltages(seed):
    return np.random.default_rng(seed).uniform(-1, 1, (12, 7))


def test_levels_are_the_currents_of_the_device():
    gate = setup()
    kernel = gate_levels(gate, voltages(1)).compile()
    for seed in (1, 2):  # the second set takes the place of the first
        kernel.parameters["settings.points"] = voltages(seed)
        level = kernel.process(12 * (gate.ramp + 20))["level"]
        np.testing.assert_allclose(level, 1e9 * gate.device.current(voltages(seed)), rtol=1e-9)


def test_noise_is_that_of_the_plateau():
    gate, table = setup(noise=1e-23), np.zeros((500, 7))
    level = gate_levels(gate, table, plateau=50).compile().process(500 * 70)["level"]
    # sigma^2 = S / (2 T); 500 values give it within 3 sqrt(1 / 1000).
    expected = 1e9 * np.sqrt(1e-23 / (2 * 50 / gate.sample_rate))
    assert level.std() == pytest.approx(expected, rel=0.1)


def test_refuses_tables_of_another_device():
    text = (
        "gate_levels needs voltages of shape (P, 7), got (3, 6)\n"
        "  mend give one row per set of voltages, one number per electrode"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        gate_levels(setup(), np.zeros((3, 6)))
