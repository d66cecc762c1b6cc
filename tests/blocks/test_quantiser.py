import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hgedsp import Graph
from hgedsp.blocks import Input
from hgedsp.blocks.quantiser import Quantiser
from hgedsp.errors import ParameterError

RATE = 1e4


def run(block, x):
    return Graph(RATE, {"y": block(Input("x"))}).compile().process({"x": x})["y"]


def quantised(bits, lower, upper, x):
    """The step alone, in plain Python."""
    numbers = [np.ravel(c)[0] for c in Quantiser(bits, lower, upper).coefficients(RATE)]
    return np.array([Quantiser.step(v, *numbers) for v in x])


def test_two_bits_give_four_codes_from_end_to_end():
    x = np.array([-9.0, -1.0, -0.7, -0.6, 0.0, 0.1, 0.9, 1.0, 9.0])
    third = 1 / 3
    expected = [-1, -1, -1, -third, third, third, 1, 1, 1]
    np.testing.assert_allclose(run(Quantiser(2, -1.0, 1.0), x), expected, rtol=1e-15)


def test_errs_by_half_a_step_at_most():
    block = Quantiser(12, -10.0, 10.0)
    x = np.random.default_rng(1).uniform(-10, 10, 100_000)
    (size,) = block.step_size
    assert size == 20 / 4095
    error = run(block, x) - x
    assert np.abs(error).max() <= size / 2 * (1 + 1e-9)
    # 1e5 samples of a uniform error: the variance is s^2/12 within 5 sigma, 1.4 %.
    assert np.var(error) == pytest.approx(size**2 / 12, rel=0.014)


@given(
    bits=st.integers(1, 32),
    lower=st.floats(-100, 100),
    width=st.floats(1e-3, 100),
    seed=st.integers(0, 2**32),
)
def test_is_idempotent_and_monotone(bits, lower, width, seed):
    x = np.sort(np.random.default_rng(seed).uniform(lower - width, lower + 2 * width, 50))
    once = quantised(bits, lower, lower + width, x)
    np.testing.assert_array_equal(quantised(bits, lower, lower + width, once), once)
    assert np.all(np.diff(once) >= 0)


def test_nan_stays_nan():
    assert np.isnan(quantised(8, -1.0, 1.0, [np.nan]))


def test_refuses_33_bits():
    message = (
        "Quantiser needs a whole number from 1 to 32 for bits, got 33\n"
        "  mend give bits a whole number from 1 to 32"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        Quantiser(33, -1.0, 1.0)
