import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal, stats

from hgedsp import Graph, PerRun
from hgedsp.blocks import Input
from hgedsp.blocks.white_noise import _FIRST, _SECOND, WhiteNoise
from hgedsp.errors import ParameterError

RATE = 1e5
N = 1 << 18


def kernel_of(block, width=1, **options):
    return Graph(RATE, {"y": block(Input("x", width))}).compile(**options)


def noise_of(block, n, width=1, **options):
    return kernel_of(block, width, **options).process({"x": np.zeros((n, width))})["y"]


@pytest.fixture(scope="module")
def deviates():
    """A unit variance: density 2/rate."""
    return noise_of(WhiteNoise(2 / RATE, seed=1), N)


def test_density_is_flat_and_one_sided():
    density = 3e-21
    y = noise_of(WhiteNoise(density, seed=4), N)
    _, found = signal.welch(y, RATE, window="boxcar", nperseg=1024, noverlap=0)
    found = found[1:-1]  # without zero, and half the sample rate
    # 256 windows: each bin is density chi^2_512 / 512; 511 bins within 5 sigma of 6.25 %.
    assert np.abs(found / density - 1).max() < 5 * np.sqrt(1 / 256)
    # The mean over bins is 22 times as sharp.
    assert found.mean() == pytest.approx(density, rel=5 / np.sqrt(256 * 511))


def test_moments_are_those_of_a_normal_distribution(deviates):
    # Standard errors: 1/sqrt(N), sqrt(2/N), sqrt(6/N), sqrt(24/N); each within 4 of them.
    assert abs(deviates.mean()) < 4 * np.sqrt(1 / N)
    assert abs(deviates.var() - 1) < 4 * np.sqrt(2 / N)
    assert abs(stats.skew(deviates)) < 4 * np.sqrt(6 / N)
    assert abs(stats.kurtosis(deviates)) < 4 * np.sqrt(24 / N)


def test_passes_kolmogorov_and_smirnov(deviates):
    assert stats.kstest(deviates, "norm").pvalue > 1e-3


def test_pairs_and_triples_fill_the_cube_evenly(deviates):
    u = stats.norm.cdf(deviates)
    for dimension, cells in ((2, 64), (3, 16)):
        points = np.floor(u[: N // dimension * dimension].reshape(-1, dimension) * cells)
        counts, _ = np.histogramdd(points, bins=cells, range=[(0, cells)] * dimension)
        assert stats.chisquare(counts.ravel()).pvalue > 1e-3


def test_samples_and_their_squares_do_not_remember(deviates):
    for series in (deviates, deviates**2):
        series = (series - series.mean()) / series.std()
        for lag in (1, 2, 3, 7, 100):
            # A correlation of independent samples has a standard error of 1/sqrt(N).
            assert abs(np.mean(series[lag:] * series[:-lag])) < 4.5 / np.sqrt(N)


def test_lanes_are_independent_and_have_their_own_densities():
    densities = np.array([1e-6, 0.0, 4e-6, 1e-6])
    y = noise_of(WhiteNoise(densities, seed=2), 1 << 16, 4)
    assert np.all(y[:, 1] == 0)
    np.testing.assert_allclose(y.var(axis=0), densities * RATE / 2, rtol=4 * np.sqrt(2 / 2**16))
    correlation = np.corrcoef(y[:, [0, 2, 3]].T)[np.triu_indices(3, 1)]
    assert np.abs(correlation).max() < 4 / 2**8


def test_adds_to_the_signal():
    x = np.random.default_rng(1).normal(size=100)
    y = kernel_of(WhiteNoise(1e-6, seed=3)).process({"x": x})["y"]
    alone = noise_of(WhiteNoise(1e-6, seed=3), 100)
    np.testing.assert_allclose(y - x, alone, rtol=0, atol=1e-15)


def test_same_seed_same_noise_other_seed_other_noise():
    first, again, other = (noise_of(WhiteNoise(1e-6, seed=s), 4096) for s in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert abs(np.corrcoef(first, other)[0, 1]) < 4 / np.sqrt(4096)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 499), max_size=5))
def test_chunks_leave_no_trace(cuts):
    kernel = kernel_of(WhiteNoise(1e-6, seed=7), 2)
    pieces = np.split(np.zeros((500, 2)), sorted(cuts))
    parts = [kernel.process({"x": piece})["y"].reshape(-1, 2) for piece in pieces]
    kernel.reset()
    whole = kernel.process({"x": np.zeros((500, 2))})["y"]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_interpreter_equals_compiled_code_bit_for_bit():
    strict = noise_of(WhiteNoise(1e-6, seed=8), 2000, 2, fastmath=False)
    plain = noise_of(WhiteNoise(1e-6, seed=8), 2000, 2, interpret=True)
    np.testing.assert_array_equal(strict, plain)


def test_generator_equals_big_number_arithmetic():
    """Multiply-with-carry is a Lehmer generator: t <- t / 2^32 mod (a 2^32 - 1), run by a."""
    block = WhiteNoise(1e-6, seed=9)
    states = [int(word) for word in block.initial(RATE)["stream"]]
    stream = block.initial(RATE)["stream"]
    for _ in range(1000):
        block.step(np.zeros(1), np.zeros(1), stream, np.ones(1))
        states = [s * a % (a * 2**32 - 1) for s, a in zip(states, (_FIRST, _SECOND), strict=True)]
    assert stream.tolist() == states


@pytest.mark.parametrize("multiplier", [_FIRST, _SECOND])
def test_period_is_the_longest_there_is(multiplier):
    for number in (multiplier * 2**32 - 1, multiplier * 2**31 - 1):
        assert is_prime(number)


def is_prime(n):
    """Miller and Rabin; with these bases certain below 3.3e24."""
    odd = (n - 1) >> (twos := ((n - 1) & -(n - 1)).bit_length() - 1)
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41):
        powers = [pow(base, odd << k, n) for k in range(twos)]
        if powers[0] != 1 and n - 1 not in powers:
            return False
    return True


def test_refuses_a_negative_density():
    message = (
        "WhiteNoise needs a density of at least 0, got -1e-06\n"
        "  mend give the one-sided power spectral density in the unit of the wire squared per Hz"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        WhiteNoise(-1e-6, seed=1)


def test_refuses_a_seed_that_is_no_whole_number():
    message = (
        "WhiteNoise needs a whole number of at least 0 for seed, got 1.5\n"
        "  mend give seed a whole number of at least 0"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        WhiteNoise(1e-6, seed=1.5)


def test_a_seed_that_is_set_begins_its_noise():
    silence = {"x": np.zeros((100, 1))}
    kernel = kernel_of(WhiteNoise(1e-6, 1, name="noise"))
    kernel.process(silence)
    kernel.parameters["noise.seed"] = 7
    expected = noise_of(WhiteNoise(1e-6, 7), 100)
    np.testing.assert_array_equal(kernel.process(silence)["y"], expected)


def test_another_density_goes_on_with_the_same_noise():
    silence = {"x": np.zeros((100, 1))}
    kernel = kernel_of(WhiteNoise(1e-6, 1, name="noise"))
    kernel.process(silence)
    kernel.parameters["noise.density"] = 4e-6
    expected = 2 * noise_of(WhiteNoise(1e-6, 1), 200)[100:]
    np.testing.assert_allclose(kernel.process(silence)["y"], expected, rtol=1e-15)


def test_runs_have_a_seed_each():
    runs = kernel_of(WhiteNoise(1e-6, 1, name="noise"), runs=3)
    runs.parameters["noise.seed"] = PerRun([1, 2, 7])
    values = runs.process({"x": np.zeros((100, 1))})["y"]
    for run, seed in enumerate((1, 2, 7)):
        np.testing.assert_array_equal(values[run], noise_of(WhiteNoise(1e-6, seed), 100))
