"""The Fourier transform in two stages is one, for any length and any number of columns."""

import numpy as np
import pytest

from hgedsp.run.window_fourier import FourierSums, Stages, stages_of
from hgedsp.run.window_parts import Cut
from hgedsp.run.window_tones import Fractions

# Lengths that try every radix, odd numbers of columns, rows of one sample, and columns of one.
LENGTHS = [1, 2, 16, 30, 96, 97, 256, 385, 1001]
# Samples that are skipped, periods, and samples in a period, of windows with 96 samples.
CUTS = [Cut(0, 1, 96), Cut(0, 4, 24), Cut(6, 2, 45), Cut(1, 1, 95)]


def some_bins(length):
    return np.unique(np.linspace(0, length - 1, 12).astype(np.int64))


def on_bins(length):
    return Fractions(some_bins(length), np.full(len(some_bins(length)), length))


def ways(length):
    """All divisors of a length as columns, with radices for the rows."""
    for columns in (n for n in range(1, length + 1) if length % n == 0):
        rows, radices = length // columns, []
        for radix in (4, 2, 3, 5, 7, 11, 13):
            while rows % radix == 0:
                rows //= radix
                radices.append(radix)
        if rows == 1:
            yield Stages(columns, tuple(radices))


@pytest.mark.parametrize("length", LENGTHS)
def test_equals_the_transform_of_numpy(length):
    x = np.random.default_rng(1).standard_normal((3, length))
    expected = np.fft.fft(x).conj()[:, np.newaxis, some_bins(length)]
    flat, whole = np.ones((1, length)), Cut(0, 1, length)
    for stages in ways(length):
        real, imaginary = FourierSums(flat, on_bins(length), whole, length, stages)(x)
        # A few roundings for each of the samples that are added up.
        np.testing.assert_allclose(real + 1j * imaginary, expected, rtol=0, atol=2e-15 * length)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("length", [96, 120])
def test_weighs_samples_and_adds_up_periods(cut, rows, length):
    generator = np.random.default_rng(2)
    length = cut.folded if length == 96 else length
    x, weights = generator.standard_normal((3, 96)), generator.random((rows, 96))
    tones = on_bins(length)
    n = np.arange(96)[cut.first :]
    period = cut.folded * (np.arange(len(n)) // cut.folded)
    # Where tones begin again later than samples, the plan has one period only.
    phase = np.outer(n if cut.periods == 1 else n - period, some_bins(length)) / length
    kept = np.einsum("wn,rn->wrn", x[:, cut.first :], weights[:, cut.first :])
    expected = kept @ np.exp(2j * np.pi * phase)
    for stages in ways(length):
        real, imaginary = FourierSums(weights, tones, cut, length, stages)(x)
        np.testing.assert_allclose(real + 1j * imaginary, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_window_alone_gives_the_same_bits(length):
    # The last window of a trace is where registers would reach over its end.
    generator = np.random.default_rng(3)
    x, whole = generator.standard_normal((5, length)), Cut(0, 1, length)
    for weights in (np.full((1, length), 0.1), generator.random((2, length))):
        for stages in ways(length):
            sums = FourierSums(weights, on_bins(length), whole, length, stages)
            together = np.array(sums(x))
            for w in range(len(x)):
                np.testing.assert_array_equal(np.array(sums(x[w : w + 1]))[:, 0], together[:, w])


def test_nothing_is_read_behind_the_samples():
    # Beside the last columns registers meet samples of the next window, which must not count.
    x = np.random.default_rng(4).standard_normal((2, 30))
    sums = FourierSums(np.ones((1, 30)), on_bins(30), Cut(0, 1, 30), 30, Stages(15, (2,)))
    before = np.array(sums(x))[:, 0]
    x[1] *= 1e100
    np.testing.assert_array_equal(np.array(sums(x))[:, 0], before)


@pytest.mark.parametrize("tones", [1, 64, 1024])
def test_more_tones_have_fewer_columns(tones):
    stages = stages_of(4096, tones)
    assert stages.columns * stages.rows == 4096
    assert (tones, stages.columns) in {(1, 256), (64, 16), (1024, 16)}


def test_a_prime_number_of_samples_is_all_columns():
    assert stages_of(4099, 64) == Stages(4099, ())
