"""The graphs that train gates: their tones, their gradients, their clocks."""

import re
from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from hgedsp.blocks import PolynomialDevice
from hgedsp.errors import ParameterError
from hgedsp.graphs import CONSTANTS, GATES, GateSetup, continuous, per_epoch
from hgedsp.graphs.gate_setup import tone_periods

ELECTRODES = 7


def device():
    generator = np.random.default_rng(5)
    return PolynomialDevice(
        1e-9 * generator.normal(size=ELECTRODES), quadratic=3e-5 * generator.normal(size=ELECTRODES)
    )


def setup(**options):
    start = np.random.default_rng(6).uniform(-0.5, 0.5, ELECTRODES - 2)
    wide = np.ones(ELECTRODES)
    return GateSetup("xor", device(), -wide, wide, start, noise=0.0, **options)


def loss_of(gate, controls):
    current = gate.device.current(gate.electrode_voltages(controls))
    return 1 - np.corrcoef(current, gate.target)[0, 1]


@pytest.mark.parametrize(("count", "plateau"), [(5, 256), (6, 256), (7, 256), (9, 512)])
def test_no_product_up_to_third_order_falls_on_a_tone(count, plateau):
    """But for the trivial ones, a + b - b, which every plan has."""
    tones = [int(p) for p in tone_periods(count, plateau)]
    assert len(tones) == count
    assert max(tones) < plateau / 2
    second = [abs(a + s * b) for a, b in combinations_with_replacement(tones, 2) for s in (1, -1)]
    assert not set(second) & set(tones)
    for a, b, c in product(tones, repeat=3):
        assert a + b + c not in tones
        assert a + b - c not in tones or c in (a, b)


def test_first_step_goes_down_the_gradient_of_the_correlation_loss():
    gate = setup()
    kernel = per_epoch(gate).compile(probes={"loss.gradient": 1})
    out = kernel.process(4 * (gate.ramp + gate.plateau))
    start = np.asarray(gate.initial)
    h = 1e-6
    expected = [
        (loss_of(gate, start + h * e) - loss_of(gate, start - h * e)) / (2 * h)
        for e in np.eye(ELECTRODES - 2)
    ]
    assert out["loss"][0] == pytest.approx(loss_of(gate, start), rel=1e-2)
    # The perturbation of 20 mV shifts the mean levels, and with them the slopes of the loss.
    np.testing.assert_allclose(
        out["loss.gradient"][0], expected, rtol=0.02, atol=0.01 * np.abs(expected).max()
    )
    # Adam's first step is the learning rate against the sign of the gradient.
    step = kernel.states["updater.parameters"] - start
    np.testing.assert_allclose(step, -0.1 * np.sign(expected), rtol=1e-6)


def test_continuous_loss_gradient_is_that_of_the_squared_error():
    """Frozen controls; the demodulated loss against differences of the mean squared error."""
    gate = setup(plateau=128, ramp=0)
    graph = continuous(gate)
    kernel = graph.compile(probes={"demodulate/average.y": 512})
    kernel.parameters["updater.learning_rate"] = np.zeros(ELECTRODES - 2)
    kernel.parameters["ac_coupling.time_constant"] = 1e3
    start = np.asarray(gate.initial)
    levels = 1e9 * gate.device.current(gate.electrode_voltages(start))
    kernel.states["ac_coupling/mean.y1"] = levels.mean()
    gradient = kernel.process(512 * 40)["demodulate/average.y"][-1]

    def mean_square(controls):
        current = 1e9 * gate.device.current(gate.electrode_voltages(controls))
        return np.mean((current - levels.mean() - 12 * (gate.target - 0.5)) ** 2)

    h = 1e-6
    expected = np.array(
        [
            (mean_square(start + h * e) - mean_square(start - h * e)) / (2 * h)
            for e in np.eye(ELECTRODES - 2)
        ]
    )
    # Two poles of one cycle leave a few percent of ripple from the four unequal cases.
    scale = np.abs(expected).max()
    np.testing.assert_allclose(gradient, expected, atol=0.1 * scale)


def test_gradient_of_learnt_levels_is_that_of_the_correlation_loss():
    gate = setup(learn_inputs=True, input_levels=((-0.8, 0.7), (-0.6, 0.9)))
    kernel = per_epoch(gate).compile(probes={"loss.gradient": 1})
    out = kernel.process(gate.epoch)
    start = gate.parameters(gate.initial)

    def loss(parameters):
        levels = parameters[5:].reshape(2, 2)
        current = gate.device.current(gate.electrode_voltages(parameters[:5], levels))
        return 1 - np.corrcoef(current, gate.target)[0, 1]

    h = 1e-6
    expected = [(loss(start + h * e) - loss(start - h * e)) / (2 * h) for e in np.eye(9)]
    np.testing.assert_allclose(
        out["loss.gradient"][0], expected, rtol=0.02, atol=0.01 * np.abs(expected).max()
    )
    np.testing.assert_array_equal(out["input_levels"][0], start[5:])
    step = kernel.states["updater.parameters"] - start
    np.testing.assert_allclose(step, -0.1 * np.sign(expected), rtol=1e-6)


def test_learnt_levels_do_not_meet():
    gate = setup(learn_inputs=True, input_levels=(-0.3, 0.3), learning_rate=0.2)
    out = per_epoch(gate).compile().process(30 * gate.epoch)
    low, high = out["input_levels"][:, ::2], out["input_levels"][:, 1::2]
    assert np.all((low >= -1) & (low <= -0.25) & (high >= 0.25) & (high <= 1))


def test_learnt_level_moves_its_electrode_in_its_cases_only():
    gate = setup(learn_inputs=True, ramp=0, amplitude=1e-9)
    current = per_epoch(gate).compile().process(gate.epoch)["current"]
    expected = gate.device.current(gate.electrode_voltages(gate.initial))
    np.testing.assert_allclose(current.reshape(4, -1), expected[:, np.newaxis] * np.ones(256))


RULES = {
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "nand": lambda a, b: not (a and b),
    "nor": lambda a, b: not (a or b),
    "xor": lambda a, b: a != b,
    "xnor": lambda a, b: a == b,
    "a": lambda a, b: a,
    "b": lambda a, b: b,
    "not-a": lambda a, b: not a,
    "not-b": lambda a, b: not b,
    "a-and-not-b": lambda a, b: a and not b,
    "b-and-not-a": lambda a, b: b and not a,
    "a-or-not-b": lambda a, b: a or not b,
    "b-or-not-a": lambda a, b: b or not a,
}


@pytest.mark.parametrize("gate", list(GATES))
def test_targets_follow_the_truth_table(gate):
    assert GATES[gate] == tuple(bool(RULES[gate](a, b)) for a in (0, 1) for b in (0, 1))


def test_gates_and_constants_are_all_functions_of_two_inputs():
    tables = set(GATES.values()) | {(value,) * 4 for value in CONSTANTS.values()}
    assert tables == set(product((0, 1), repeat=4))


def test_epoch_outputs_tick_once_per_epoch():
    graph = per_epoch(setup())
    epoch = 4 * 276
    out = graph.compile().process(2 * epoch + 5)
    assert {name: len(values) for name, values in out.items()} == {
        "current": 2 * epoch + 5,
        "loss": 2,
        "margin": 2,
        "levels": 2,
        "controls": 2,
    }
    assert "per epoch" in graph.describe()


def test_refuses_bounds_the_wrong_way_round():
    text = "the lower voltages are not below the upper ones\n  mend exchange lower and upper"
    wide = np.ones(ELECTRODES)
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        GateSetup("xor", device(), wide, -wide, np.zeros(5))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"input_levels": (0.5, -0.5)},
            "the input levels 0.5 and -0.5 V do not go up within the range of electrode 1, "
            "-1 to 1 V\n  mend give the low level, then the high one, both within that range",
        ),
        (
            {"input_levels": ((-1, 1), (-1, 1.5))},
            "the input levels -1 and 1.5 V do not go up within the range of electrode 2, "
            "-1 to 1 V\n  mend give the low level, then the high one, both within that range",
        ),
        (
            {"input_levels": (-1, 0, 1)},
            "a gate has a low and a high input level, got (-1, 0, 1)\n"
            "  mend give (low, high) in V, or one such pair per input",
        ),
        (
            {"input_levels": (-0.2, 1), "learn_inputs": True},
            "learnt input levels keep 25 % of the range apart, on both sides of its middle, but "
            "these start at [-0.2,  1. , -0.2,  1. ] V\n"
            "  mend start from a wider swing, or leave input_levels out",
        ),
    ],
)
def test_refuses_levels(options, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        setup(**options)
