"""The graph that trains classifiers: its voltages, its gradient, its clocks."""

import re

import numpy as np
import pytest

from hgedsp.blocks import Delay, PolynomialDevice
from hgedsp.errors import ParameterError
from hgedsp.graphs import ClassificationSetup, SignalPath, classification
from hgedsp.graphs.classification import on_electrodes, voltages

E, M = 4, 6
INPUTS = (2, 0)
POINTS = np.random.default_rng(3).uniform(-1, 1, (M, 2))
TARGET = np.arange(M) % 2


def setup(**options):
    generator = np.random.default_rng(5)
    device = PolynomialDevice(
        1e-8 * generator.normal(size=E), quadratic=1e-4 * generator.normal(size=E)
    )
    ends = np.random.default_rng(6).uniform(-0.9, 0.9, 2 * E)
    fields = {"points": POINTS, "inputs": INPUTS, "initial": ends, "noise": 0.0, **options}
    return ClassificationSetup(
        target=TARGET, device=device, lower=-np.ones(E), upper=np.ones(E), **fields
    )


def test_ends_are_the_voltages_of_minus_one_and_one():
    ends = np.arange(8.0)
    table = voltages(np.array([[-1.0, 1.0], [0.0, 0.5]]), INPUTS, ends)
    # Electrode 2 takes the first coordinate, electrode 0 the second; 1 and 3 are controls.
    np.testing.assert_allclose(table, [[4.0, 3.0, 2.0, 5.0], [3.0, 3.0, 4.0, 5.0]])


def test_first_step_goes_down_the_gradient_of_the_loss():
    made = setup()
    kernel = classification(made).compile(probes={"loss.gradient": 1})
    out = kernel.process(made.epoch)
    ends = np.asarray(made.initial)

    def loss(ends):
        return 1 - np.corrcoef(made.device.current(voltages(POINTS, INPUTS, ends)), TARGET)[0, 1]

    h = 1e-6
    expected = [(loss(ends + h * e) - loss(ends - h * e)) / (2 * h) for e in np.eye(2 * E)]
    # The perturbation of 20 mV shifts all levels by the same amount: no bias on a quadratic device.
    np.testing.assert_allclose(out["loss"][0], loss(ends), rtol=1e-9)
    np.testing.assert_allclose(out["loss.gradient"][0], expected, rtol=1e-5, atol=1e-7)
    step = kernel.states["updater.parameters"] - ends
    free = np.abs(ends - 0.1 * np.sign(expected)) < 1
    np.testing.assert_allclose(step[free], -0.1 * np.sign(expected)[free], rtol=1e-6)


def test_a_known_delay_changes_nothing():
    made = setup()
    path = SignalPath([Delay(31)], delay=31 / made.sample_rate)
    late = setup(path=path, settle=31)
    direct, delayed = (
        classification(each).compile(probes={"loss.gradient": 1}).process(4 * each.epoch)
        for each in (made, late)
    )
    for name in ("loss", "levels", "loss.gradient", "ends"):
        size = np.abs(direct[name]).max()
        np.testing.assert_allclose(delayed[name], direct[name], rtol=0, atol=1e-7 * size)
    with pytest.raises(ParameterError, match=r"(?s)late by 31 samples.*settle=31"):
        setup(path=path)


def test_takes_other_points_and_other_electrodes_between_epochs():
    made = setup(learning_rate=1e-9)
    kernel = classification(made).compile()
    kernel.process(made.epoch)
    others = np.random.default_rng(4).uniform(-1, 1, (M, 2))
    kernel.parameters["points.points"] = on_electrodes(others, (3, 1), E)
    out = kernel.process(made.epoch)
    table = voltages(others, (3, 1), out["ends"][-1])
    levels = 1e9 * made.device.current(table)
    shift = out["levels"][-1] - levels
    # All levels are shifted alike by the square of the perturbation.
    np.testing.assert_allclose(shift, shift[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"inputs": (1, 1)},
            "points of 2 coordinates need as many different inputs, got (1, 1)\n"
            "  mend name one electrode per coordinate",
        ),
        (
            {"points": POINTS[:5]},
            "a classifier needs one target per point, got 6 for points of shape (5, 2)\n"
            "  mend give points of shape (M, D) and M targets of 0 or 1",
        ),
        (
            {"initial": np.zeros(4)},
            "4 electrodes have 8 ends, got 4\n"
            "  mend give the low ends of all electrodes, then the high ones",
        ),
    ],
)
def test_refuses(options, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        setup(**options)


def test_refuses_a_loss_it_does_not_know():
    text = (
        "no loss is named 'hinge'\n"
        "  mend choose correlation, correlation-sigmoid, fisher, squared-error"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        classification(setup(loss="hinge"))
