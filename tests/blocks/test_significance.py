"""A value in standard errors."""

import numpy as np

from hgedsp.blocks import Significance


def test_is_a_ratio_and_zero_without_an_error(run):
    found = run(Significance(), 1e3, [[1.0, 2.0], [3.0, -4.0]], [[2.0, 0.0], [1.0, 8.0]])
    np.testing.assert_array_equal(found, [[0.5, 0.0], [3.0, -0.5]])
