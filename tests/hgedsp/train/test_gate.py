"""Gates on simulated devices: trained, measured without noise, the same for the same seed."""

import re
from pathlib import Path

import numpy as np
import pytest

from hgedsp.blocks import PolynomialDevice, SurrogateDevice
from hgedsp.devices import load_device
from hgedsp.errors import ParameterError
from hgedsp.graphs import GATES
from hgedsp.train.gate import prepare_gate, train_gate
from hgedsp.train.result import Policy

MEASURED = Path(__file__).parents[3] / ".." / "shared" / "data" / "rnpu_surrogate.npz"


@pytest.mark.parametrize("gate", ["and", "or", "nand", "nor", "xor", "xnor"])
def test_default_device_learns_every_gate_per_epoch(gate):
    result = train_gate(gate, load_device("rnpu"), seed=1, progress=False)
    assert result.success
    assert result.margin_nA > 1.0


@pytest.mark.parametrize("loss", ["correlation-sigmoid", "fisher", "squared-error"])
def test_default_device_learns_xor_with_every_loss(loss):
    result = train_gate("xor", load_device("rnpu"), seed=1, loss=loss, progress=False)
    assert result.success


@pytest.mark.parametrize("gate", ["not-a", "b-or-not-a"])
def test_default_device_learns_other_functions(gate):
    assert train_gate(gate, load_device("rnpu"), seed=1, progress=False).success


def test_default_device_learns_xor_continuously():
    result = train_gate("xor", load_device("rnpu"), seed=1, mode="continuous", progress=False)
    assert result.success


@pytest.mark.skipif(not MEASURED.exists(), reason="the model of a measured device is not here")
@pytest.mark.parametrize("mode", ["epoch", "continuous"])
def test_model_of_a_measured_device_learns_xor(mode):
    device = SurrogateDevice.load(MEASURED)
    assert train_gate("xor", device, seed=0, mode=mode, progress=False).success


def test_margin_is_that_of_the_device_without_noise():
    device = load_device("rnpu")
    result = train_gate("and", device, seed=2, progress=False)
    voltages = result.setup.electrode_voltages(result.parameters_V)
    levels = 1e9 * device.current(voltages)
    np.testing.assert_array_equal(result.output_nA, levels)
    assert result.margin_nA == levels[3] - max(levels[:3])
    # The inputs sit at the ends of their range, the controls within theirs.
    np.testing.assert_array_equal(voltages[:, 1], device.lower[1] * np.array([1, 1, -1, -1]))
    assert np.all(voltages >= device.lower)
    assert np.all(voltages <= device.upper)


def test_learnt_input_levels_are_those_that_were_measured():
    device = load_device("rnpu")
    options = {"learn_inputs": True, "input_levels": (-0.4, 0.4)}
    result = train_gate("xor", device, seed=1, progress=False, **options)
    assert result.success
    assert not np.any(np.abs(result.input_levels_V) == 0.4)
    voltages = result.setup.electrode_voltages(result.parameters_V, result.input_levels_V)
    np.testing.assert_array_equal(result.output_nA, 1e9 * device.current(voltages))
    np.testing.assert_array_equal(voltages[:, 1], result.input_levels_V[0][[0, 0, 1, 1]])


def test_restart_begins_anew():
    training = prepare_gate("xor", load_device("rnpu"), learn_inputs=True)
    states = training.kernel.states
    fresh = {name: states[name] for name in training.fresh}
    training.kernel.process(3 * training.setup.epoch)
    assert np.all(states["updater.power1"] < 1)
    training.restart()
    for name in set(fresh) - {"updater.parameters"}:
        np.testing.assert_array_equal(states[name], fresh[name])
    assert not np.any(states["updater.parameters"][:5] == fresh["updater.parameters"][:5])
    np.testing.assert_array_equal(states["updater.parameters"][5:], [-0.5, 0.5, -0.5, 0.5])


def test_candidates_count_as_samples_and_the_best_is_taken():
    policy = Policy(candidates=16, max_epochs=1)
    training = prepare_gate("xnor", load_device("rnpu"), policy=policy, noise=0.0)
    training.run(progress=False)
    # 16 settings, four cases each, with ramps and 20 samples to average; then one epoch.
    assert training.samples == 16 * 4 * (20 + 20) + 4 * 276
    generator = np.random.default_rng(0)
    device, setup = training.device, training.setup
    controls = list(setup.controls)
    drawn = generator.uniform(device.lower[controls], device.upper[controls], (17, 5))[1:]
    losses = [
        1 - np.corrcoef(device.current(setup.electrode_voltages(each)), setup.target)[0, 1]
        for each in drawn
    ]
    np.testing.assert_array_equal(training.rows[0]["controls"], drawn[np.argmin(losses)])


def test_same_seed_gives_the_same_run():
    first, second = (
        train_gate("nor", load_device("rnpu"), seed=3, progress=False) for _ in range(2)
    )
    np.testing.assert_array_equal(first.history.controls_V, second.history.controls_V)
    assert first.epochs == second.epochs


def test_restarts_are_counted_and_failure_is_said():
    policy = Policy(max_epochs=7, epochs_per_start=3, stop_nA=1e6)
    result = train_gate("xnor", load_device("rnpu"), seed=0, policy=policy, progress=False)
    assert (result.epochs, result.starts) == (7, 3)
    np.testing.assert_array_equal(result.history.start, [0, 0, 0, 1, 1, 1, 2])
    assert result.samples == 7 * 4 * 276


def test_a_device_with_a_single_control_is_trained(tmp_path, monkeypatch):
    """Its steps take plain numbers, although the same are known for registers of five."""
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path))
    prepare_gate("or", load_device("rnpu"))
    device = SurrogateDevice([np.ones((1, 3)), np.full((1, 1), 1e-8)], [np.zeros(1)] * 2, "tanh")
    result = train_gate("or", device, progress=False)
    assert result.success
    assert result.parameters_V.shape == (1,)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            {"gate": "nxor"},
            "no gate is named 'nxor'\n  mend choose one of " + ", ".join(GATES),
        ),
        (
            {"mode": "fast"},
            "no mode of learning is named 'fast'\n  mend choose epoch or continuous",
        ),
        (
            {"seed": -1},
            "train_gate needs a whole number of at least 0 for seed, got -1\n"
            "  mend give seed a whole number of at least 0",
        ),
        (
            {"inputs": (1, 9)},
            "gate needs a whole number from 0 to 6 for input, got 9\n"
            "  mend give input a whole number from 0 to 6",
        ),
        (
            {"device": PolynomialDevice([1.0] * 7)},
            "PolynomialDevice cannot be trained to a gate: it has no current(), lower, upper\n"
            "  mend use SurrogateDevice, or give your device these three",
        ),
    ],
)
def test_refuses(call, text):
    arguments = {"gate": "xor", "device": load_device("rnpu"), **call}
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        train_gate(arguments.pop("gate"), arguments.pop("device"), **arguments)
