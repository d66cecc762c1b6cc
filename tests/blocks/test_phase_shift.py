"""References, turned."""

import numpy as np

from hgedsp.blocks import Oscillator, PhaseShift
from hgedsp.graph import Graph

RATE = 1e4


def test_equals_an_oscillator_with_that_phase():
    frequency, phase = [100.0, 123.4], np.array([1.0, -2.5])
    turned = PhaseShift(phase)(*Oscillator(frequency)())
    kernel = Graph(RATE, {"i": turned.in_phase, "q": turned.quadrature}).compile()
    found = kernel.process(300)
    angle = 2 * np.pi * np.outer(np.arange(300) / RATE, frequency) + phase
    np.testing.assert_allclose(found["i"], np.sin(angle), atol=1e-13)
    np.testing.assert_allclose(found["q"], np.cos(angle), atol=1e-13)


def test_refuses_a_phase_that_is_not_finite(refuses):
    with refuses(
        "PhaseShift needs finite numbers for phase, got nan at lane 1",
        "give phase finite numbers in rad",
    ):
        PhaseShift([0.0, np.nan])
