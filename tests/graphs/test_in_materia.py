"""The analog loop: its parts, its gradient, and what offsets do to it."""

from dataclasses import fields

import numpy as np
import pytest

from hgedsp.blocks import SurrogateDevice
from hgedsp.graphs import AnalogParts, GateSetup, Tolerances, in_materia
from hgedsp.graphs.in_materia import part_parameters

SWING = 12.0
IDEAL = AnalogParts.draw(Tolerances(), 3, 0)


def device():
    draw = np.random.default_rng(1).normal
    return SurrogateDevice(
        [0.8 * draw(size=(6, 5)), draw(size=(1, 6))],
        [0.5 * draw(size=6), np.zeros(1)],
        "tanh",
        amplification=3e-9,
    )


def setup():
    start = [0.3, -0.2, 0.4]
    return GateSetup(
        "xor", device(), -np.ones(5), np.ones(5), start, plateau=128, ramp=0, noise=0.0
    )


@pytest.fixture(scope="module")
def kernel():
    probes = {"demodulators.y": 1}
    return in_materia(setup(), IDEAL, swing_nA=SWING).compile(probes=probes)


def slopes(kernel, parts):
    """Means over cycles, behind the R C, with the integrators held."""
    kernel.reset()
    given = part_parameters(setup(), parts, swing_nA=SWING)
    for path, value in given.items():
        kernel.parameters[path] = value
    kernel.parameters["integrator.gain"] = np.zeros(3)
    kernel.parameters["integrator.leak"] = 0.0
    kernel.process(512 * 60)
    return kernel.process(512 * 40)["demodulators.y"].mean(axis=0)


def exact_slopes():
    """d loss / d control, of the loss in units of the swing squared; controls are +-1 V."""
    gate = setup()

    def loss(controls):
        levels = 1e9 * gate.device.current(gate.electrode_voltages(controls))
        wanted = SWING * (gate.target - gate.target.mean())
        return np.mean((levels - levels.mean() - wanted) ** 2) / SWING**2

    start, h = np.asarray(gate.initial), 1e-5
    return np.array([(loss(start + h * e) - loss(start - h * e)) / (2 * h) for e in np.eye(3)])


def test_mixers_give_the_slopes_of_the_loss(kernel):
    """(2 V)^2 of loss per V of squarer, gain 4, amplitude 2 % and a half from mixing."""
    expected = 4 * 4 * 0.02 / 2 * exact_slopes()
    got = slopes(kernel, IDEAL)
    # The mean of the current is taken over two cycles, and follows the cases a little.
    np.testing.assert_allclose(got, expected, atol=0.12 * np.abs(expected).max())


def test_learns_at_the_rate_that_was_asked_for(kernel):
    gradient = slopes(kernel, IDEAL)
    gain = part_parameters(setup(), IDEAL, swing_nA=SWING, learning_rate=3.0)["integrator.gain"]
    # In halves of a range per second: an integrator's 10 V are one of them.
    np.testing.assert_allclose(
        gain * gradient / 10.0, -3.0 * gradient / (4 * 4 * 0.02 / 2), rtol=1e-12
    )


def test_offset_behind_a_mixer_is_a_slope_that_is_not_there(kernel):
    x, y, output = np.random.default_rng(5).normal(0.0, 0.02, (3, 3))
    off = {"mixer_x_offset": x, "mixer_y_offset": y, "mixer_output_offset": output}
    shift = slopes(kernel, AnalogParts(**{**vars(IDEAL), **off})) - slopes(kernel, IDEAL)
    # Behind the R C, 20 ms, the input offsets leave some of the reference and of the cases.
    np.testing.assert_allclose(shift, output + x * y / 10.0, atol=1e-4)


def test_a_reference_turned_by_half_a_turn_gives_the_slope_with_the_other_sign(kernel):
    straight = slopes(kernel, IDEAL)
    turned = slopes(kernel, AnalogParts(**{**vars(IDEAL), "phase": np.full(3, np.pi)}))
    np.testing.assert_allclose(turned, -straight, rtol=1e-9)


def test_controls_go_down_the_slopes(kernel):
    kernel.reset()
    for path, value in part_parameters(setup(), IDEAL, swing_nA=SWING).items():
        kernel.parameters[path] = value
    kernel.parameters["integrator.gain"] = np.zeros(3)
    kernel.process(512 * 20)
    before = kernel.states["integrator.y"].copy()
    kernel.parameters["integrator.gain"] = part_parameters(setup(), IDEAL, swing_nA=SWING)[
        "integrator.gain"
    ]
    kernel.process(512 * 2)
    moved = kernel.states["integrator.y"] - before
    strong = np.abs(exact_slopes()) > 0.2 * np.abs(exact_slopes()).max()
    np.testing.assert_array_equal(np.sign(moved[strong]), -np.sign(exact_slopes()[strong]))


def test_ideal_parts_are_not_off():
    for field in fields(AnalogParts):
        value = getattr(IDEAL, field.name)
        factor = field.name.endswith(("_gain", "coupling", "resistance"))
        np.testing.assert_array_equal(value, np.ones_like(value) if factor else 0.0 * value)


def test_twice_the_tolerance_is_twice_off():
    one, two = (AnalogParts.draw(Tolerances(offset=x, phase=x), 3, 7) for x in (0.01, 0.02))
    np.testing.assert_allclose(two.mixer_output_offset, 2 * one.mixer_output_offset)
    np.testing.assert_allclose(two.phase, 2 * one.phase)
    # The size of one kind of error leaves the draw of the others alone.
    gains = AnalogParts.draw(Tolerances(offset=0.01, phase=0.01, gain=0.3), 3, 7)
    np.testing.assert_array_equal(gains.phase, one.phase)
