"""Second-order sections."""

import numpy as np
import pytest
from scipy import signal

from hgedsp.blocks import Biquad

RATE = 1e4


def test_equals_lfilter(run):
    x = np.random.default_rng(1).standard_normal((256, 2))
    b, a = signal.iirpeak(800.0, 5.0, fs=RATE)
    expected = signal.lfilter(b, a, x, axis=0)
    np.testing.assert_allclose(run(Biquad(*b, *a[1:]), RATE, x), expected, rtol=1e-12, atol=1e-14)


def test_response_equals_freqz():
    f = np.linspace(0.0, RATE / 2, 50)
    b, a = signal.iirnotch(800.0, 5.0, fs=RATE)
    _, expected = signal.freqz(b, a, f, fs=RATE)
    np.testing.assert_allclose(Biquad(*b, *a[1:]).response(f, RATE), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("a1", "a2", "radius"),
    [(-2.5, 1.0, "2"), (0.0, 1.0, "1"), (-1.0, 0.0, "1"), (0.0, -1.21, "1.1"), (1.5, 0.5, "1")],
)
def test_refuses_poles_that_are_not_inside_the_unit_circle(a1, a2, radius, refuses):
    with refuses(
        f"Biquad has a pole at radius {radius}, so its output would not fade",
        "design with all poles inside the unit circle: take a lower order, a wider band or "
        'output="sos"; to accumulate take Integrator',
    ):
        Biquad(1.0, 0.0, 0.0, a1, a2)


def test_refuses_coefficients_that_are_not_finite(refuses):
    with refuses("Biquad needs finite numbers for b1, got nan at lane 0", "give b1 finite numbers"):
        Biquad(1.0, np.nan, 0.0, 0.0, 0.0)
