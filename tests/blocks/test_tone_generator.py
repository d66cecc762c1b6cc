"""Tones: an oscillator, and its amplitudes. How exact they are is tested with the oscillator."""

import numpy as np
import pytest

from hgedsp.blocks import Oscillator, ToneGenerator
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph

RATE = 1e6
FREQUENCY = np.array([10.0, 12_345.6, 333_333.25])
PHASE = np.array([0.0, 1.0, -2.0])


def kernel_of(tone):
    wires = zip(("perturbation", "in_phase", "quadrature"), tone(), strict=True)
    return Graph(RATE, dict(wires)).compile()


@pytest.fixture(scope="module")
def kernel():
    return kernel_of(ToneGenerator(FREQUENCY, [1.0, 0.5, 2.0], PHASE))


def test_perturbation_is_amplitude_times_in_phase(kernel):
    kernel.reset()
    out = kernel.process(300)
    np.testing.assert_array_equal(out["perturbation"], [1.0, 0.5, 2.0] * out["in_phase"])


def test_references_are_those_of_an_oscillator_bit_for_bit(kernel):
    kernel.reset()
    out, wires = kernel.process(300), Oscillator(FREQUENCY, PHASE)()
    alone = Graph(RATE, {wire.port: wire for wire in wires}).compile().process(300)
    for name in ("in_phase", "quadrature"):
        np.testing.assert_array_equal(out[name], alone[name])


def test_everything_can_be_set_during_a_run():
    kernel = kernel_of(ToneGenerator(FREQUENCY, [1.0, 0.5, 2.0], PHASE))
    kernel.process(777)
    kernel.parameters["tone_generator.frequency"] = new = FREQUENCY * 1.25
    kernel.parameters["tone_generator.phase"] = 0.5
    kernel.parameters["tone_generator.amplitude"] = [3.0, 4.0, 5.0]
    out = kernel.process(300)
    turns = np.outer(np.arange(777, 1077), new / RATE)
    # 450 turns are rounded by 6e-14, and radians once more.
    expected = [3.0, 4.0, 5.0] * np.sin(2 * np.pi * turns + 0.5)
    np.testing.assert_allclose(out["perturbation"], expected, rtol=0, atol=5e-12)
    np.testing.assert_array_equal(kernel.parameters["tone_generator/oscillator.frequency"], new)


def test_one_number_for_all_tones_is_given_to_each():
    tone = ToneGenerator(1e3, [1.0, 2.0, 3.0])
    for name, values in kernel_of(tone).process(4).items():
        assert values.shape == (4, 3), name
    assert tone.phase_at(7, RATE).shape == (3,)


def test_phase_at_any_sample_is_that_of_the_oscillator():
    phase = ToneGenerator(FREQUENCY, 1.0, PHASE).phase_at(10**15, RATE)
    np.testing.assert_array_equal(phase, Oscillator(FREQUENCY, PHASE).phase_at(10**15, RATE))


def test_refuses_frequencies_of_zero(refuses):
    with refuses(
        "ToneGenerator needs frequencies above 0 Hz, got 0 Hz",
        "give every tone a positive frequency in Hz",
    ):
        ToneGenerator([1.0, 0.0], 1.0)


def test_refuses_vectors_of_different_lengths(refuses):
    with refuses(
        "ToneGenerator got vectors of different lengths: frequency has 2, phase has 3",
        "give one number per lane, or a single number for all lanes",
    ):
        ToneGenerator([1.0, 2.0], 1.0, [0.0, 1.0, 2.0])


def test_refuses_an_amplitude_that_is_not_finite(refuses):
    with refuses(
        "ToneGenerator needs finite numbers for amplitude, got nan at lane 0",
        "give amplitude finite numbers in V",
    ):
        ToneGenerator([1.0], np.nan)


def test_refuses_tones_from_half_the_rate_on(refuses):
    with refuses(
        "tone 1 at 5 kHz is not below half the sample rate, 5 kHz",
        "sample faster than 10 kHz, or lower the tone",
    ):
        ToneGenerator([1e3, 5e3], 1.0).check_rate(1e4)
    with pytest.raises(ParameterError, match=r"^tone_generator/oscillator: tone 1 at 5 kHz"):
        Graph(1e4, {"y": ToneGenerator([1e3, 5e3], 1.0).in_phase})
