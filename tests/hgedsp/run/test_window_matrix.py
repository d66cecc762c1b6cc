"""A window is cut into blocks of a good size."""

import pytest

from hgedsp.run.window_matrix import count_blocks


@pytest.mark.parametrize("size", [1, 100, 600, 1000, 1009, 8192, 100_000])
@pytest.mark.parametrize("rows", [1, 3, 4])
def test_blocks_are_of_a_good_size(size, rows):
    blocks = count_blocks(size, rows, many_tones=False)
    assert blocks == 1 or (blocks * rows % 8 == 0 and 32 <= size / blocks <= 512)
