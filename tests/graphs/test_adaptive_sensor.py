"""A sensor under drift: what drift is, and that the loop makes up for it."""

import re
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from hgedsp.blocks import PolynomialDevice, SurrogateDevice
from hgedsp.errors import ParameterError
from hgedsp.graphs import GateSetup, adaptive_sensor

CYCLE = 512
START = np.array([0.3, 0.0, 0.0, -0.2, 0.4])  # electrodes 1 and 2 are inputs


def setup():
    draw = np.random.default_rng(1).normal
    device = SurrogateDevice(
        [0.8 * draw(size=(6, 5)), draw(size=(1, 6))],
        [0.5 * draw(size=6), np.zeros(1)],
        "tanh",
        amplification=1e-8,
    )
    bounds = -np.ones(5), np.ones(5)
    return GateSetup("and", device, *bounds, START[[0, 3, 4]], plateau=128, ramp=0, noise=0.0)


@pytest.fixture(scope="module")
def kernel():
    return adaptive_sensor(setup(), swing_nA=8.0).compile()


@contextmanager
def still(kernel):
    """Nothing is learnt, and nothing leaks away."""
    kept = {name: kernel.parameters[name] for name in ("integrator.gain", "integrator.leak")}
    for name, value in kept.items():
        kernel.parameters[name] = 0 * value
    yield
    for name, value in kept.items():
        kernel.parameters[name] = value


def frozen(kernel, drift, shift=(0, 0, 0, 0, 0)):
    """Levels of the last of some cycles in which nothing learns."""
    kernel.reset()
    kernel.states["integrator.y"] = START + shift
    with still(kernel):
        return kernel.process({"drift": np.tile(drift, (4 * CYCLE, 1))})["levels"][-1]


@pytest.mark.parametrize("drift", [[0.1, 0, 0, -0.05, 0.2], [0, 0.1, -0.2, 0, 0]])
def test_drift_of_an_electrode_is_another_control_voltage_or_trim(kernel, drift):
    drifted = frozen(kernel, drift)
    np.testing.assert_allclose(drifted, frozen(kernel, np.zeros(5), drift), rtol=1e-9)
    assert np.abs(drifted - frozen(kernel, np.zeros(5))).max() > 0.1


def test_a_clamp_keeps_voltages_within_the_range_of_the_device(kernel):
    far = np.array([0.0, -9.0, 0.0, 0.0, 0.0])  # input 1 is low in all cases
    amplitude = kernel.parameters["tones.amplitude"]
    kernel.parameters["tones.amplitude"] = 0 * amplitude  # the clamp would cut tones in half
    levels = frozen(kernel, far)
    kernel.parameters["tones.amplitude"] = amplitude
    voltages = setup().electrode_voltages([0.3, -0.2, 0.4])
    voltages[:, 1] = -1.0
    expected = 1e9 * setup().device.current(voltages)
    np.testing.assert_allclose(levels, expected, atol=0.01)


@pytest.mark.parametrize("jump", [[0.15, 0, 0, -0.15, 0.15], [0, 0.2, 0.2, 0, 0]])
def test_loop_makes_up_for_a_jump_of_its_controls_or_inputs(kernel, jump):
    kernel.reset()
    learnt = kernel.process({"drift": np.zeros((400 * CYCLE, 5))})
    saved = kernel.state()
    adapted = kernel.process({"drift": np.tile(jump, (200 * CYCLE, 1))})
    kernel.load_state(saved)
    with still(kernel):
        alone = kernel.process({"drift": np.tile(jump, (200 * CYCLE, 1))})
    before, after, left = (out["loss"][-40:].mean() for out in (learnt, adapted, alone))
    assert after < 1.1 * before
    assert left > 1.5 * before


def test_controls_and_trims_are_what_was_learnt():
    low, high = -np.ones(5), np.array([3.0, 1.0, 1.0, 1.0, 1.0])
    graph = adaptive_sensor(replace(setup(), lower=low, upper=high), swing_nA=8.0)
    kernel = graph.compile()
    kernel.states["integrator.y"] = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    with still(kernel):
        out = kernel.process({"drift": np.zeros((CYCLE, 5))})
    np.testing.assert_allclose(out["controls"][-1], [1.1, 0.4, 0.5])  # the first around 1 V
    np.testing.assert_allclose(out["trims"][-1], [0.2, 0.3])


@pytest.mark.parametrize(("electrodes", "plateau"), [(5, 128), (8, 256), (5, 100)])
def test_every_electrode_has_a_tone_below_half_the_sample_rate(electrodes, plateau):
    device = PolynomialDevice(1e-9 * np.ones(electrodes))
    bounds = -np.ones(electrodes), np.ones(electrodes)
    wide = GateSetup("and", device, *bounds, np.zeros(electrodes - 2), plateau=plateau, ramp=0)
    kernel = adaptive_sensor(wide, swing_nA=8.0).compile()
    periods = kernel.parameters["tones.frequency"] * plateau / wide.sample_rate
    assert len(set(np.round(periods))) == electrodes
    np.testing.assert_allclose(periods, np.round(periods), rtol=1e-12)
    assert periods.max() < plateau / 2


def test_refuses_a_swing_of_nothing():
    text = "adaptive_sensor needs swing_nA above 0 nA, got 0.0 nA"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}"):
        adaptive_sensor(setup(), swing_nA=0.0)
