"""A path with delay and bandwidth, measured through the running device and taken out again."""

import numpy as np
import pytest

from hgedsp.blocks import (
    Bandwidth,
    Delay,
    PolynomialDevice,
    ToneGenerator,
    TransportDelay,
    WhiteNoise,
)
from hgedsp.graphs import gradient_extraction, phase_calibration
from hgedsp.hge import fit_delay, fit_phase

RATE, WINDOW = 1e5, 1000
BINS = np.array([51, 53, 59, 71, 87, 97, 101])
FREQUENCY = BINS * RATE / WINDOW
RANDOM = np.random.default_rng(7)
DEVICE = {"linear": RANDOM.normal(size=7), "quadratic": RANDOM.normal(size=7)}
POINTS = RANDOM.uniform(-1, 1, (12, 7))

NO_PHASE, NO_GAIN = np.zeros(7), np.ones(7)


def tone():
    return ToneGenerator(FREQUENCY, 0.02, np.arange(7.0))


def calibrate(chain, device=None):
    device = device or PolynomialDevice(**DEVICE)
    graph = phase_calibration(
        device, POINTS, tone(), sample_rate=RATE, window=WINDOW, settle=400, chain=chain
    )
    found = graph.compile().process(len(POINTS) * (400 + WINDOW))
    return found["in_phase"] + 1j * found["quadrature"]


def gradient(chain, phase=NO_PHASE, gain=NO_GAIN):
    graph = gradient_extraction(
        PolynomialDevice(**DEVICE),
        POINTS[0],
        tone(),
        sample_rate=RATE,
        window=WINDOW,
        chain=chain,
        phase=phase,
        gain=gain,
    )
    return graph.compile().process(4 * WINDOW)["gradient"][-1]


TRUE = PolynomialDevice(**DEVICE).gradient(POINTS[0])


def test_a_delay_is_found_through_the_device_and_taken_out():
    delay = TransportDelay(1.3e-4, RATE)
    fit = fit_delay(FREQUENCY, calibrate([delay]), longest=1e-3)
    assert fit.delay == pytest.approx(delay.samples / RATE, abs=1e-14)
    raw = gradient([delay])
    assert np.any(np.sign(raw) != np.sign(TRUE))
    np.testing.assert_allclose(
        gradient([delay], phase=fit.phase(FREQUENCY)), TRUE, rtol=1e-9, atol=1e-9
    )


def test_a_bandwidth_is_measured_by_a_loop_back_and_taken_out():
    chain = [Bandwidth(6e3), Delay(20), WhiteNoise(0.0, 3)]
    loop_back = calibrate(chain, PolynomialDevice(np.ones(7), np.zeros(7)))
    delay = fit_delay(FREQUENCY, loop_back, known=0.02 * np.ones(7), longest=1e-3).delay
    fit = fit_phase(FREQUENCY, loop_back, known=0.02 * np.ones(7), delay=delay)
    response = Bandwidth(6e3).response(FREQUENCY, RATE) * Delay(20).response(FREQUENCY, RATE)
    np.testing.assert_allclose(fit.gain * np.exp(1j * fit.phase), response, rtol=1e-9)
    found = gradient(chain, phase=fit.phase, gain=fit.gain)
    np.testing.assert_allclose(found, TRUE, rtol=1e-8, atol=1e-8)
    assert np.abs(gradient(chain) / TRUE - 1).min() > 0.2


def test_phases_behind_a_noisy_path_are_right_within_their_errors():
    chain = [Bandwidth(6e3), Delay(20), WhiteNoise(1e-9, 3)]
    z = calibrate(chain)
    fit = fit_phase(FREQUENCY, z, delay=fit_delay(FREQUENCY, z, longest=1e-3).delay)
    response = Bandwidth(6e3).response(FREQUENCY, RATE) * Delay(20).response(FREQUENCY, RATE)
    wrong = np.angle(np.exp(1j * fit.phase) / response)  # half a turn off would be a wrong sign
    assert np.all(np.abs(wrong) < 5 * fit.standard_error)
    assert np.all(fit.standard_error < 0.2)
    assert not fit.doubtful.any()


def test_the_phase_can_be_set_while_it_runs():
    graph = gradient_extraction(
        PolynomialDevice(**DEVICE),
        POINTS[0],
        tone(),
        sample_rate=RATE,
        window=WINDOW,
        chain=[TransportDelay(1.3e-4, RATE)],
        phase=np.zeros(7),
    )
    kernel = graph.compile()
    assert np.abs(kernel.process(2 * WINDOW)["gradient"][-1] - TRUE).max() > 0.1
    kernel.parameters["demodulate/phase_shift.phase"] = -2 * np.pi * FREQUENCY * 13 / RATE
    np.testing.assert_allclose(kernel.process(WINDOW)["gradient"][-1], TRUE, rtol=1e-9, atol=1e-9)
