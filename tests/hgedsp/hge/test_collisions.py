"""Products on tones: against counting one by one, and against a device that makes them."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.errors import ParameterError
from hgedsp.hge.collisions import find_collisions
from hgedsp.hge.product_counts import hits, modulus_without_folding, trivial_ways, ways

LAB = [5, 9, 13, 19, 23]
SIDON = [51, 53, 59, 71, 87, 97, 101]


def one_by_one(bins, modulus):
    """All (signed tones, target) whose sum is a tone, without pairs that cancel."""
    signed = [(k, s) for k in range(len(bins)) for s in (1, -1)]
    found = set()
    for order in (2, 3):
        for chosen in combinations_with_replacement(signed, order):
            if any((k, -s) in chosen for k, s in chosen):
                continue
            total = sum(s * int(bins[k]) for k, s in chosen)
            for target, own in enumerate(bins):
                off = total - int(own)
                if off == 0 or (modulus and off % modulus == 0):
                    found.add((tuple(sorted(chosen)), target))
    return found


def listed(found):
    rows = zip(found.tone.tolist(), found.sign.tolist(), found.target.tolist(), strict=True)
    return [
        (tuple(sorted((k, s) for k, s in zip(tone, sign, strict=True) if s)), target)
        for tone, sign, target in rows
    ]


@given(
    bins=st.lists(st.integers(1, 49), min_size=1, max_size=6, unique=True),
    modulus=st.sampled_from([None, 99, 100, 101, 128, 250]),
)
@settings(max_examples=40, deadline=None)
def test_lists_each_product_on_a_tone_once(bins, modulus):
    found = find_collisions(np.array(sorted(bins)), modulus)
    assert sorted(listed(found)) == sorted(one_by_one(sorted(bins), modulus))
    assert found.complete


@given(
    bins=st.lists(st.integers(1, 49), min_size=1, max_size=8, unique=True),
    modulus=st.sampled_from([None, 99, 100, 250]),
)
@settings(max_examples=40, deadline=None)
def test_convolution_counts_the_same(bins, modulus):
    tones = np.array(sorted(bins))
    found = find_collisions(tones, modulus)
    period = modulus or modulus_without_folding(int(tones.max()), 3)
    for order, orderings in ((2, 2), (3, 6)):
        chosen = found.order == order
        each = np.bincount(found.target[chosen], found.multiplicity[chosen], len(tones))
        np.testing.assert_allclose(hits(tones, order, period), orderings * each, atol=1e-9)
        assert found.total[order - 2] == pytest.approx(each.sum())


@pytest.mark.parametrize(
    ("bins", "second", "third"),
    [([1, 2, 3, 4, 5], 16, 35), (LAB, 0, 20), ([2, 3, 5, 9, 13, 19, 23], 3, 44), (SIDON, 0, 0)],
)
def test_known_plans(bins, second, third):
    found = find_collisions(np.array(bins))
    assert (np.sum(found.order == 2), np.sum(found.order == 3)) == (second, third)


@pytest.mark.parametrize("tones", [1, 2, 4])
@pytest.mark.parametrize("order", [1, 3, 5, 7])
def test_trivial_ways_are_those_of_tones_without_any_relation(tones, order):
    bins = 10 ** np.arange(tones)  # to base 10, sums of 8 never carry into each other
    np.testing.assert_array_equal(hits(9 * bins, order, 2 * 9 * 10**tones), 0)
    assert trivial_ways(3, tones) == 6 * tones - 3


def test_ways_of_second_order():
    np.testing.assert_array_equal(ways(np.array([1]), 2, 8, np.arange(8)), [2, 0, 1, 0, 0, 0, 1, 0])


@pytest.mark.parametrize("tones", [5, 200, 1000])
def test_ways_on_long_periods_are_exact(tones):
    # Long transforms have 32 bits; a thousand tones side by side have too many ways for that.
    bins = np.arange(1, tones + 1)
    signed = np.concatenate([np.ones(tones), [0], np.ones(tones)]).astype(np.int64)
    expected = np.convolve(np.convolve(signed, signed), signed)[3 * tones :]
    found = ways(bins, 3, 1_200_000, np.arange(3 * tones + 1))
    np.testing.assert_array_equal(found, expected)


def test_a_short_list_says_so_and_still_counts_all():
    bins = np.arange(10, 20)
    whole, part = find_collisions(bins), find_collisions(bins, most=20)
    assert whole.complete
    assert not part.complete
    np.testing.assert_allclose(part.total, whole.total, atol=1e-9)


@given(
    bins=st.lists(st.integers(1, 49), min_size=2, max_size=9, unique=True),
    modulus=st.sampled_from([None, 99, 100, 250]),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_spread_of_a_short_list_counts_all(bins, modulus, seed):
    amplitude = np.random.default_rng(seed).uniform(0.005, 0.05, len(bins))
    whole, part = (find_collisions(sorted(bins), modulus, most=most) for most in (10**6, 0))
    for order in (2, 3):
        expected = whole.spread(amplitude, order)
        np.testing.assert_allclose(
            part.spread(amplitude, order), expected, rtol=1e-9, atol=1e-9 * expected.max()
        )


def test_bias_of_a_short_list_is_refused():
    part = find_collisions(np.arange(10, 20), most=20)
    with pytest.raises(ParameterError, match=r"(?s)are listed.*most="):
        part.bias(np.ones(10), np.zeros(10))


@pytest.mark.parametrize(
    ("bins", "options", "text"),
    [
        ([1, 3, 3], {}, "same bin"),
        ([1.5, 3], {}, "whole numbers"),
        ([0, 3], {}, "whole numbers"),
        ([], {}, "whole numbers"),
        ([1, 3], {"modulus": 6}, "modulus"),
        ([1, 3], {"order": 4}, "order"),
    ],
)
def test_refuses(bins, options, text):
    with pytest.raises(ParameterError, match=text):
        find_collisions(bins, **options)


def test_ranked_puts_second_order_and_strong_products_first():
    found = find_collisions(np.array([2, 3, 5, 9, 13, 19, 23]))
    amplitude = np.linspace(0.07, 0.01, 7)
    order = found.ranked(amplitude)
    np.testing.assert_array_equal(found.order[order], np.sort(found.order))
    for m in (2, 3):
        strength = found.strength(amplitude)[order][found.order[order] == m]
        assert np.all(np.diff(strength) <= 0)


# A device with all its derivatives up to third order, over one window of samples.
def device(kinds, seed):
    generator = np.random.default_rng(seed)
    second = generator.normal(size=(kinds,) * 2)
    third = generator.normal(size=(kinds,) * 3)
    second = second + second.T
    third = sum(third.transpose(axes) for axes in [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
    third = third + third.transpose(1, 0, 2)
    return second, third


@pytest.mark.parametrize(("bins", "samples"), [(LAB, 400), ([1, 2, 3, 4, 5], 64), (LAB, 63)])
def test_bias_is_what_a_quadratic_and_cubic_device_adds(bins, samples):
    """In-phase means over a window against the sum of the listed products, to rounding."""
    bins = np.array(bins)
    generator = np.random.default_rng(4)
    amplitude, phase = generator.uniform(0.5, 2.0, len(bins)), generator.uniform(0, 6, len(bins))
    second, third = device(len(bins), 5)
    angle = 2 * np.pi * np.outer(np.arange(samples) / samples, bins) + phase
    u = amplitude * np.sin(angle)
    current = np.einsum("ni,nj,ij->n", u, u, second) / 2
    current += np.einsum("ni,nj,nk,ijk->n", u, u, u, third) / 6
    measured = 2 * np.sin(angle).T @ current / samples / amplitude
    own = np.diagonal(np.diagonal(third, axis1=1, axis2=2), 0)
    unavoidable = np.einsum("kjj,j->k", third, amplitude**2) / 4 - own * amplitude**2 / 8
    found = find_collisions(bins, samples)
    added = found.bias(
        amplitude,
        phase,
        second=lambda i, j: second[i, j],
        third=lambda i, j, k: third[i, j, k],
    )
    assert len(found) > 0
    np.testing.assert_allclose(measured - unavoidable, added, atol=1e-10)
