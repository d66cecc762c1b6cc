"""Sets with distinct sums: by definition, and against published sequences."""

import re
from itertools import combinations_with_replacement

import numpy as np
import pytest

from hgedsp.errors import ParameterError
from hgedsp.hge.sidon import bose, is_sidon, mian_chowla, primes_to, ruzsa, singer

SIZES = {
    singer: lambda p: (p + 1, p * p + p + 1),
    bose: lambda p: (p, p * p - 1),
    ruzsa: lambda p: (p - 1, p * (p - 1)),
}


@pytest.mark.parametrize("prime", [2, 3, 5, 7, 11, 31, 101])
@pytest.mark.parametrize("make", list(SIZES))
def test_constructions_have_distinct_differences_modulo_their_modulus(make, prime):
    found = make(prime)
    assert (len(found.marks), found.modulus) == SIZES[make](prime)
    differences = (found.marks[:, np.newaxis] - found.marks) % found.modulus
    off = differences[~np.eye(len(found.marks), dtype=bool)]
    assert len(set(off.tolist())) == off.size
    assert is_sidon(found.marks, found.modulus)


def test_singer_has_every_difference_once():
    found = singer(7)
    differences = (found.marks[:, np.newaxis] - found.marks) % 57
    assert sorted(set(differences.ravel().tolist())) == list(range(57))


def test_multiples_stay_sidon():
    base = singer(5)
    for factor in base.factors(8):
        assert is_sidon(base.times(factor).marks, base.modulus)


@pytest.mark.parametrize("marks", [[0, 1, 2], [1, 5, 9, 20], [3, 4, 10, 11]])
def test_is_sidon_refuses_equal_differences(marks):
    assert not is_sidon(np.array(marks))


def test_a_ruler_may_fail_only_modulo():
    assert is_sidon(np.array([0, 1, 4, 6]))
    assert not is_sidon(np.array([0, 1, 4, 6]), 12)


def test_mian_chowla_is_the_published_sequence():
    """OEIS A005282, less 1."""
    published = [1, 2, 4, 8, 13, 21, 31, 45, 66, 81, 97, 123, 148, 182, 204, 252]
    np.testing.assert_array_equal(mian_chowla(16) + 1, published)


@pytest.mark.parametrize(("count", "sums"), [(7, 3), (5, 4), (10, 2)])
def test_mian_chowla_keeps_all_sums_apart(count, sums):
    marks = mian_chowla(count, sums).tolist()
    totals = [sum(chosen) for chosen in combinations_with_replacement(marks, sums)]
    assert len(set(totals)) == len(totals)


def test_primes():
    assert primes_to(30) == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    assert primes_to(1) == []


@pytest.mark.parametrize("make", list(SIZES))
def test_refuses_what_is_no_prime(make):
    text = f"{make.__name__} needs a prime, got 9\n  mend take 7, the next below"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        make(9)
