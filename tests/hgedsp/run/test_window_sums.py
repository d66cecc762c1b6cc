"""Sums against tones equal their definition, and do not depend on the windows beside them."""

from fractions import Fraction

import numpy as np
import pytest

from hgedsp.run.window_fourier import FourierSums
from hgedsp.run.window_library import LibrarySums
from hgedsp.run.window_matrix import MatrixSums
from hgedsp.run.window_sums import window_sums
from hgedsp.run.window_tones import Fractions

# Numerators over denominators, of tones that begin again never, after a window, a quarter of one, a
# little more than one, and after a prime number of samples of which no part can be transformed.
NEVER = Fractions(np.array([12345, 77777, 1]), np.array([1000003, 314159, 2**60 + 1]))
ONCE = Fractions(np.arange(3, 203), np.full(200, 600))
FOUR_TIMES = Fractions(np.array([1, 7, 40]), np.full(3, 150))
AFTER_MORE = Fractions(np.arange(3, 253), np.full(250, 605))
PRIME = Fractions(np.arange(4, 1204) // 4, np.full(1200, 601))
# On bins, but for what 16 digits cannot say.
BESIDE = Fractions(
    10**16 // 600 * np.arange(3, 203) + np.arange(3, 203) * 2 // 3, np.full(200, 10**16)
)


def by_definition(x, weights, tones):
    n = np.arange(x.shape[1])
    phase = np.array([[float(Fraction(int(i) * p, q) % 1) for p, q in tones] for i in n])
    tone = np.exp(2j * np.pi * phase)
    return np.einsum("wn,rn,nk->wrk", x, weights, tone)


@pytest.mark.parametrize(
    ("tones", "kind"),
    [
        (NEVER, MatrixSums),
        (ONCE, FourierSums),
        (FOUR_TIMES, FourierSums),
        (AFTER_MORE, FourierSums),
        (PRIME, LibrarySums),
        (BESIDE, FourierSums),
    ],
    ids=["never", "once", "four times", "after a little more", "prime", "beside"],
)
@pytest.mark.parametrize("rows", ["flat", "skipping", "several"])
def test_sums_are_as_defined(tones, kind, rows):
    generator = np.random.default_rng(2)
    weights = np.full((1, 600), 1 / 600) if rows != "several" else generator.random((3, 600))
    if rows == "skipping":
        weights[:, :150] = 0.0
    x = generator.standard_normal((3, 600))
    sums = window_sums(weights, tones)
    assert isinstance(sums, kind)
    real, imaginary = sums(x)
    expected = by_definition(x, weights, tones)
    np.testing.assert_allclose(real + 1j * imaginary, expected, atol=1e-14 * len(x[0]))


@pytest.mark.parametrize("tones", [NEVER, ONCE, FOUR_TIMES, AFTER_MORE, PRIME, BESIDE])
def test_a_window_alone_gives_the_same_bits(tones):
    generator = np.random.default_rng(3)
    weights, x = generator.random((2, 600)), generator.standard_normal((7, 600))
    sums = window_sums(weights, tones)
    together = np.array(sums(x))
    for w in range(len(x)):
        np.testing.assert_array_equal(np.array(sums(x[w : w + 1]))[:, 0], together[:, w])


def test_sums_without_tones_are_plain():
    generator = np.random.default_rng(4)
    weights, x = generator.random((2, 300)), generator.standard_normal((5, 300))
    real, imaginary = window_sums(weights, None)(x)
    np.testing.assert_allclose(real[:, :, 0], x @ weights.T, rtol=1e-13)
    assert not imaginary.any()
