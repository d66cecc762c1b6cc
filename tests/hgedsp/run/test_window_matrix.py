"""Products with matrices are sums as defined, in blocks of a good size."""

import numpy as np
import pytest

from hgedsp.run.window_matrix import MatrixSums, count_blocks
from hgedsp.run.window_parts import Cut
from hgedsp.run.window_tones import Fractions


@pytest.mark.parametrize("size", [1, 100, 600, 1000, 1009, 8192, 100_000])
@pytest.mark.parametrize("rows", [1, 3, 4])
def test_blocks_are_of_a_good_size(size, rows):
    blocks = count_blocks(size, rows, many_tones=False)
    assert blocks == 1 or (blocks * rows % 8 == 0 and 32 <= size / blocks <= 512)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("cut", [Cut(0, 1, 600), Cut(0, 4, 150), Cut(150, 3, 150)])
def test_products_are_sums_as_defined(cut, rows):
    generator = np.random.default_rng(1)
    x, weights = generator.standard_normal((3, 600)), generator.random((rows, 600))
    weights[:, : cut.first] = 0.0
    tones = Fractions(np.array([1, 7, 40]), np.full(3, 150))
    phase = np.outer(np.arange(600), [1, 7, 40]) % 150 / 150
    expected = np.einsum("wn,rn,nk->wrk", x, weights, np.exp(2j * np.pi * phase))
    sums = MatrixSums(weights, tones, cut)
    together = np.array(sums(x))
    np.testing.assert_allclose(together[0] + 1j * together[1], expected, rtol=0, atol=6e-12)
    for w in range(len(x)):
        np.testing.assert_array_equal(np.array(sums(x[w : w + 1]))[:, 0], together[:, w])
