"""Filters designed with SciPy."""

import numpy as np
import pytest
from scipy import signal

from hgedsp.blocks import Input, SosFilter
from hgedsp.graph import Graph

RATE = 1e4
DESIGNS = {
    "butterworth": signal.butter(5, 300.0, fs=RATE, output="sos"),
    "chebyshev": signal.cheby1(4, 1.0, [200.0, 900.0], "bandpass", fs=RATE, output="sos"),
    "elliptic": signal.ellip(6, 0.5, 60.0, 2e3, "highpass", fs=RATE, output="sos"),
    "notch": signal.tf2sos(*signal.iirnotch(50.0, 30.0, fs=RATE)),
}
design = pytest.mark.parametrize("sos", DESIGNS.values(), ids=DESIGNS)


@design
def test_equals_sosfilt(sos):
    x = np.random.default_rng(1).standard_normal((512, 2))
    wire = SosFilter(sos)(Input("x", width=2))
    # The interpreter does what the machine code does without fastmath, bit for bit.
    got = Graph(RATE, {"y": wire}).compile(interpret=True).process({"x": x})["y"]
    np.testing.assert_allclose(got, signal.sosfilt(sos, x, axis=0), rtol=1e-12, atol=1e-14)


@design
def test_response_equals_sosfreqz(sos):
    f = np.linspace(0.0, RATE / 2, 50)
    _, expected = signal.sosfreqz(sos, f, fs=RATE)
    np.testing.assert_allclose(SosFilter(sos).response(f, RATE), expected, atol=1e-12)


def test_takes_flat_rows_and_any_a0():
    sos = DESIGNS["butterworth"]
    np.testing.assert_allclose(
        SosFilter((2.0 * sos).ravel().tolist()).response(np.array([100.0]), RATE),
        SosFilter(sos).response(np.array([100.0]), RATE),
        rtol=1e-14,
    )


def test_another_design_can_be_set_between_chunks(run):
    x = np.random.default_rng(2).standard_normal(64)
    first, second = (signal.butter(4, f, fs=RATE, output="sos") for f in (300.0, 500.0))
    kernel = Graph(RATE, {"y": SosFilter(first)(Input("x"))}).compile(interpret=True)
    kernel.parameters["sos_filter.sos"] = second
    np.testing.assert_allclose(
        kernel.process({"x": x})["y"], signal.sosfilt(second, x), rtol=1e-12, atol=1e-14
    )


def test_refuses_an_unstable_section(refuses):
    with refuses(
        "SosFilter section 2 has a pole at radius 1.5, so its output would not fade",
        "design with all poles inside the unit circle: take a lower order, a wider band or "
        'output="sos"; to accumulate take Integrator',
    ):
        SosFilter([[1, 0, 0, 1, 0, 0], [1, 0, 0, 1, -1.5, 0]])


def test_refuses_a_section_without_a0(refuses):
    with refuses(
        "SosFilter has a0 = 0 in section 1",
        "put the sections as rows b0, b1, b2, a0, a1, a2, with a0 = 1 as SciPy does",
    ):
        SosFilter([[1, 0, 0, 0, 0, 0]])


def test_refuses_numerator_and_denominator(refuses):
    with refuses(
        "SosFilter needs rows of six numbers, got shape (2, 5)",
        'give what scipy.signal returns for output="sos", not b and a',
    ):
        SosFilter(signal.butter(4, 0.1))


def test_refuses_what_is_no_number(refuses):
    with refuses(
        "SosFilter needs rows of six numbers, got 'butter'",
        'give what scipy.signal returns for output="sos"',
    ):
        SosFilter("butter")
