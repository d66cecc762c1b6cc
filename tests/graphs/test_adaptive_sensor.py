"""A sensor under drift: what drift is, and that the loop makes up for it."""

import re

import numpy as np
import pytest

from hgedsp.blocks import SurrogateDevice
from hgedsp.errors import ParameterError
from hgedsp.graphs import GateSetup, adaptive_sensor

CYCLE = 512


def setup():
    draw = np.random.default_rng(1).normal
    device = SurrogateDevice(
        [0.8 * draw(size=(6, 5)), draw(size=(1, 6))],
        [0.5 * draw(size=6), np.zeros(1)],
        "tanh",
        amplification=1e-8,
    )
    start = [0.3, -0.2, 0.4]
    return GateSetup("and", device, -np.ones(5), np.ones(5), start, plateau=128, ramp=0, noise=0.0)


@pytest.fixture(scope="module")
def kernel():
    return adaptive_sensor(setup(), swing_nA=8.0).compile()


def frozen(kernel, drift, shift=0.0):
    """Levels of the last of some cycles in which nothing learns."""
    kernel.reset()
    gain, leak = kernel.parameters["integrator.gain"], kernel.parameters["integrator.leak"]
    kernel.parameters["integrator.gain"], kernel.parameters["integrator.leak"] = 0 * gain, 0.0
    kernel.states["integrator.y"] = np.array([0.3, -0.2, 0.4]) + shift
    out = kernel.process({"drift": np.tile(drift, (4 * CYCLE, 1))})
    kernel.parameters["integrator.gain"], kernel.parameters["integrator.leak"] = gain, leak
    return out["levels"][-1]


def test_drift_of_a_control_is_another_control_voltage(kernel):
    drift = np.zeros(5)
    drift[[0, 3, 4]] = 0.1, -0.05, 0.2  # the controls; 1 and 2 are inputs
    drifted = frozen(kernel, drift)
    np.testing.assert_allclose(drifted, frozen(kernel, np.zeros(5), [0.1, -0.05, 0.2]), rtol=1e-9)
    assert np.abs(drifted - frozen(kernel, np.zeros(5))).max() > 0.1


def test_a_clamp_keeps_voltages_within_the_range_of_the_device(kernel):
    far = np.array([0.0, -9.0, 0.0, 0.0, 0.0])  # input 1 is low in all cases
    levels = frozen(kernel, far)
    voltages = setup().electrode_voltages([0.3, -0.2, 0.4])
    voltages[:, 1] = -1.0
    expected = 1e9 * setup().device.current(voltages)
    np.testing.assert_allclose(levels, expected, atol=0.01)


def test_loop_makes_up_for_a_jump_of_its_controls(kernel):
    jump = np.array([0.15, 0.0, 0.0, -0.15, 0.15])
    kernel.reset()
    learnt = kernel.process({"drift": np.zeros((400 * CYCLE, 5))})
    saved = kernel.state()
    adapted = kernel.process({"drift": np.tile(jump, (200 * CYCLE, 1))})
    kernel.load_state(saved)
    gain, leak = kernel.parameters["integrator.gain"], kernel.parameters["integrator.leak"]
    kernel.parameters["integrator.gain"], kernel.parameters["integrator.leak"] = 0 * gain, 0.0
    alone = kernel.process({"drift": np.tile(jump, (200 * CYCLE, 1))})
    kernel.parameters["integrator.gain"], kernel.parameters["integrator.leak"] = gain, leak
    before, after, left = (out["loss"][-40:].mean() for out in (learnt, adapted, alone))
    assert after < 1.1 * before
    assert left > 1.5 * before


def test_refuses_a_swing_of_nothing():
    text = "adaptive_sensor needs swing_nA above 0 nA, got 0.0 nA"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}"):
        adaptive_sensor(setup(), swing_nA=0.0)
