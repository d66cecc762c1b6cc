"""Gates behind a path with delay and bandwidth: taken out, they learn as if it were not there."""

import numpy as np
import pytest

from hgedsp.blocks import Bandwidth, Delay, PolynomialDevice
from hgedsp.devices import load_device
from hgedsp.errors import ParameterError
from hgedsp.graphs import (
    AnalogParts,
    GateSetup,
    SignalPath,
    Tolerances,
    adaptive_sensor,
    continuous,
    gate_levels,
    in_materia,
    per_epoch,
)
from hgedsp.train.gate import train_gate

RATE = 10e3
LATE = 37  # samples
ELECTRODES = 7


def device():
    generator = np.random.default_rng(5)
    return PolynomialDevice(
        1e-9 * generator.normal(size=ELECTRODES), quadratic=3e-9 * generator.normal(size=ELECTRODES)
    )


def setup(path, **options):
    start = np.random.default_rng(6).uniform(-0.5, 0.5, ELECTRODES - 2)
    wide = np.ones(ELECTRODES)
    return GateSetup("and", device(), -wide, wide, start, noise=0.0, path=path, **options)


DELAYED = SignalPath([Delay(LATE)], delay=LATE / RATE)
DIRECT = SignalPath()
UNKNOWN = SignalPath([Delay(LATE)])


@pytest.mark.parametrize("learn_inputs", [False, True])
def test_learning_per_epoch_is_the_same_behind_a_delay(learn_inputs):
    def controls(path):
        gate = setup(path, learn_inputs=learn_inputs, settle=LATE)
        return per_epoch(gate).compile().process(12 * gate.epoch)["controls"]

    expected = controls(DIRECT)
    assert np.abs(expected[-1] - expected[0]).max() > 0.1  # it does learn
    np.testing.assert_allclose(controls(DELAYED), expected, rtol=0, atol=1e-6)
    assert np.abs(controls(UNKNOWN) - expected).max() > 0.1


def test_an_unknown_delay_costs_the_cosine_of_its_phase():
    def derivatives(path):
        gate = setup(path, settle=LATE)
        kernel = per_epoch(gate).compile(probes={"demodulate/average.y": 1})
        return kernel.process(gate.window)["demodulate/average.y"][0]

    turned = np.cos(2 * np.pi * setup(DIRECT).tones().frequency * LATE / RATE)
    assert turned.min() < 0 < turned.max()
    np.testing.assert_allclose(
        derivatives(UNKNOWN), turned * derivatives(DELAYED), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("learn_inputs", [False, True])
def test_continuous_gradient_is_the_same_behind_a_delay(learn_inputs):
    """With frozen controls, once the low-pass has settled, as many samples later."""

    def gradient(path, late):
        gate = setup(path, learn_inputs=learn_inputs, plateau=128, ramp=0)
        kernel = continuous(gate).compile(probes={"demodulate/average.y": 1})
        rate = kernel.parameters["updater.learning_rate"]
        kernel.parameters["updater.learning_rate"] = 0.0 * rate
        found = kernel.process(40 * gate.epoch + late)["demodulate/average.y"]
        return found[-gate.epoch :].mean(axis=0)

    expected = gradient(DIRECT, 0)
    size = np.abs(expected).max()
    np.testing.assert_allclose(gradient(DELAYED, LATE), expected, rtol=0, atol=2e-3 * size)
    assert np.abs(gradient(UNKNOWN, LATE) - expected).max() > 0.5 * size


def test_gain_and_phase_of_a_bandwidth_are_taken_out():
    def derivatives(path):
        gate = setup(path, settle=60)
        kernel = per_epoch(gate).compile(probes={"demodulate/average.y": 1})
        return kernel.process(gate.window)["demodulate/average.y"][0]

    bandwidth = Bandwidth(1e3)
    response = bandwidth.response(setup(DIRECT).tones().frequency, RATE)
    assert np.abs(response).max() < 0.8
    path = SignalPath([bandwidth], phase=np.angle(response), gain=np.abs(response))
    np.testing.assert_allclose(derivatives(path), derivatives(DIRECT), rtol=1e-6, atol=1e-9)


def test_an_adaptive_sensor_sees_the_same_gradient_behind_a_delay():
    def gradient(path, late):
        gate = setup(path, plateau=128, ramp=0)
        graph = adaptive_sensor(gate, swing_nA=2.0, learning_rate=0.0, leak=0.0)
        kernel = graph.compile(probes={"demodulate/average.y": 1})
        samples = 40 * gate.epoch + late
        found = kernel.process({"drift": np.zeros((samples, ELECTRODES))})["demodulate/average.y"]
        return found[-gate.epoch :].mean(axis=0)

    expected = gradient(DIRECT, 0)
    size = np.abs(expected).max()
    np.testing.assert_allclose(gradient(DELAYED, LATE), expected, rtol=0, atol=2e-3 * size)
    assert np.abs(gradient(UNKNOWN, LATE) - expected).max() > 0.5 * size


def test_levels_of_many_settings_wait_for_the_delay():
    gate = setup(DELAYED, settle=LATE)
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (5, ELECTRODES))
    found = gate_levels(gate, points).compile().process(5 * (gate.skip + 20))["level"]
    np.testing.assert_allclose(found, 1e9 * gate.device.current(points), rtol=1e-9)


@pytest.mark.parametrize("mode", ["epoch", "continuous"])
def test_a_gate_is_trained_behind_a_delay(mode):
    options = {"path": DELAYED, "settle": LATE if mode == "epoch" else 0}
    found = train_gate("xor", load_device("rnpu"), seed=1, mode=mode, progress=False, **options)
    assert found.success


def test_the_analog_circuit_refuses_what_it_cannot_take_out():
    parts = AnalogParts.draw(Tolerances(), ELECTRODES - 2, 0)
    with pytest.raises(ParameterError, match=r"no part of this circuit takes delay"):
        in_materia(setup(DELAYED), parts, swing_nA=2.0)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"delay": -1e-3}, "delay"),
        ({"delay": float("nan")}, "delay"),
        ({"gain": 0.0}, "gains above 0"),
        ({"phase": [0.0, float("inf")]}, "phase"),
    ],
)
def test_refuses(options, text):
    with pytest.raises(ParameterError, match=text):
        SignalPath(**options)


def test_refuses_phases_of_other_tones():
    with pytest.raises(ParameterError, match="3 phases for 5 tones"):
        per_epoch(setup(SignalPath(phase=np.zeros(3))))
    with pytest.raises(ParameterError, match="4 gains for 5 tones"):
        continuous(setup(SignalPath(gain=np.ones(4))))


def test_refuses_to_average_before_the_case_is_there():
    with pytest.raises(ParameterError, match=r"(?s)late by 37 samples.*settle=37"):
        per_epoch(setup(DELAYED, settle=36))
    with pytest.raises(ParameterError, match=r"(?s)late by 37 samples.*larger plateau"):
        continuous(setup(DELAYED, plateau=32))
    with pytest.raises(ParameterError, match="settle"):
        setup(DELAYED, settle=-1)
