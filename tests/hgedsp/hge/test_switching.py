"""Sequences of levels: what they cancel, and what is read from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.errors import ParameterError
from hgedsp.hge.switching import (
    code_length,
    one_at_a_time,
    pairs_per_electrode,
    read_gradient,
    simultaneous,
    walsh_codes,
)

SLOPES = np.array([3.0, -1.0, 0.5])
BEND = np.array([[2.0, 1.0, -1.0], [1.0, 0.5, 3.0], [-1.0, 3.0, 1.0]])


def means(signs, amplitude):
    """Output of a device of second order at the levels."""
    v = amplitude * signs
    return 7.0 + v @ SLOPES + np.einsum("pi,ij,pj->p", v, BEND, v)


@pytest.mark.parametrize("draw", [one_at_a_time, walsh_codes])
def test_slopes_are_exact_on_a_device_of_second_order(draw):
    signs = draw(3, 2, np.random.default_rng(1))
    gradient = read_gradient(signs, means(signs, 0.1), 0.1)
    np.testing.assert_allclose(gradient, SLOPES, rtol=1e-13)


def test_cross_talk_of_spsa_has_the_variance_it_is_said_to_have():
    random = np.random.default_rng(2)
    found = []
    for _ in range(2000):
        signs = simultaneous(3, 4, random)
        found.append(read_gradient(signs, means(signs, 0.1), 0.1))
    square = (np.array(found) - SLOPES) ** 2
    expected = ((SLOPES**2).sum() - SLOPES**2) / 4
    # 2000 draws of an error that is about normal: 3 % standard deviation.
    np.testing.assert_allclose(square.mean(axis=0), expected, rtol=0.12)


@given(electrodes=st.integers(1, 20), cycles=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_levels_come_in_pairs_and_codes_are_orthogonal(electrodes, cycles, seed):
    random = np.random.default_rng(seed)
    for draw in (one_at_a_time, simultaneous, walsh_codes):
        signs = draw(electrodes, cycles, random)
        np.testing.assert_array_equal(signs[::2], -signs[1::2])
        assert np.all(pairs_per_electrode(signs) >= cycles)
    product = signs.T @ signs
    length = 2 * cycles * code_length(electrodes)
    np.testing.assert_array_equal(product, length * np.eye(electrodes))


def test_number_of_pairs_that_move_an_electrode():
    random = np.random.default_rng(0)
    assert list(pairs_per_electrode(one_at_a_time(3, 5, random))) == [5, 5, 5]
    assert list(pairs_per_electrode(simultaneous(3, 5, random))) == [5, 5, 5]
    assert list(pairs_per_electrode(walsh_codes(3, 5, random))) == [20, 20, 20]


def test_several_repeats_are_read_at_once():
    signs = one_at_a_time(3, 1, np.random.default_rng(0))
    row = means(signs, 0.1)
    np.testing.assert_allclose(
        read_gradient(signs, np.stack([row, 2 * row]), 0.1), [SLOPES, 2 * SLOPES], rtol=1e-13
    )


def test_refusals():
    with pytest.raises(ParameterError, match="electrodes"):
        one_at_a_time(0, 1, np.random.default_rng(0))
    with pytest.raises(ParameterError, match="amplitude"):
        read_gradient(np.ones((2, 1)), np.ones(2), 0.0)
