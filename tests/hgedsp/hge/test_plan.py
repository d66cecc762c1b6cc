"""Plans of tones: every promise looked at one by one."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.errors import ParameterError
from hgedsp.hge import crest_factor, noise_bandwidth_of_poles, plan_tones
from hgedsp.hge.product_counts import hits


def products_on_tones(bins, modulus=None):
    """Every k_i +- k_j, 2 k_i and +-k_a +-k_b +-k_c, but for those that cancel: (second, third)."""
    signed = np.concatenate([bins, -bins])
    number = np.concatenate([np.arange(len(bins))] * 2)
    sign = np.concatenate([np.ones(len(bins)), -np.ones(len(bins))])

    def cancels(i, j):
        return (number[i] == number[j]) & (sign[i] != sign[j])

    def on_tone(total):
        if modulus is None:
            return np.isin(total, bins)
        return np.isin(total % modulus, bins)

    i, j = np.triu_indices(len(signed))
    keep = ~cancels(i, j)
    i, j = i[keep], j[keep]
    pair = signed[i] + signed[j]
    second, third = int(on_tone(pair).sum()), 0
    for k in range(len(signed)):
        good = (k >= j) & ~cancels(i, k) & ~cancels(j, k)
        third += int(on_tone(pair[good] + signed[k]).sum())
    return second, third


@pytest.mark.parametrize("n", range(1, 41))
def test_no_product_up_to_third_order_falls_on_a_tone(n):
    plan = plan_tones(n, band=(10e3, 20e3), window=0.04 + 3.2e-4 * n * n / 2)
    assert products_on_tones(plan.bins) == (0, 0)
    assert len(plan.collisions) == 0
    assert len(set(plan.bins.tolist())) == n
    assert np.all(plan.bins % 2 == 1)
    assert plan.bins[-1] < 2 * plan.bins[0]
    assert plan.frequency.min() >= 10e3
    assert plan.frequency.max() <= 20e3


@given(
    n=st.integers(1, 16),
    low=st.floats(100.0, 5e3),
    octaves=st.floats(1.0, 2.0),
    room=st.floats(4.0, 10.0),
)
@settings(max_examples=15, deadline=None)
def test_none_in_any_band_with_room(n, low, octaves, room):
    high = low * 2**octaves
    plan = plan_tones(n, band=(low, high), window=room * (n + 3) ** 2 / high)
    assert products_on_tones(plan.bins) == (0, 0)


@given(n=st.integers(2, 12), samples=st.integers(3000, 4000), top=st.floats(0.2, 0.49))
@settings(max_examples=15, deadline=None)
def test_products_are_folded_about_the_sample_rate(n, samples, top):
    rate, window = 10e3, samples / 10e3
    plan = plan_tones(n, band=(top * rate / 2, top * rate), window=window, sample_rate=rate)
    assert plan.samples == samples
    assert products_on_tones(plan.bins, samples) == (0, 0)
    assert len(plan.collisions) == 0


def test_a_full_band_lists_what_is_left():
    plan = plan_tones(12, band=(1e3, 2e3), window=0.05, sample_rate=10e3)
    second, third = products_on_tones(plan.bins, 500)
    order = plan.collisions.order
    assert (np.sum(order == 2), np.sum(order == 3)) == (second, third)
    assert third > 0
    assert second == 0  # there are enough odd bins
    chosen = np.random.default_rng(3).choice(np.arange(51, 101, 2), (50, 12), replace=True)
    others = [products_on_tones(np.unique(bins))[1] for bins in chosen if len(set(bins)) == 12]
    assert third < min(others, default=np.inf)
    text = f"{round(plan.collisions.total[1])} products of third order fall on tones: rms error "
    assert any(line.startswith(text) for line in plan.guarantees)


@pytest.mark.parametrize("window", [0.1, 0.25])
def test_keeps_away_from_mains_and_bands(window):
    avoid = [50.0, 60.0, (1300.0, 1400.0)]
    plan = plan_tones(7, band=(1e3, 2e3), window=window, avoid=avoid, avoid_width=7.0)
    for f in plan.frequency:
        assert min(f % 50, -f % 50) >= 7 - 1e-9
        assert min(f % 60, -f % 60) >= 7 - 1e-9
        assert not 1300 <= f <= 1400
    assert products_on_tones(plan.bins) == (0, 0)
    noise = plan.noise_bins[plan.noise_bins >= 0] / window
    assert np.all(np.minimum(noise % 50, -noise % 50) >= 7 - 1e-9)


def test_same_request_same_plan():
    one, other = (plan_tones(9, band=(1e3, 2e3), window=0.2, avoid=[50.0]) for _ in range(2))
    for name in ("bins", "phase", "amplitude", "noise_bins"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def reached(bins, modulus):
    """Bins of all tones and of all products of second and third order, folded."""
    signed = np.concatenate([bins, -bins])
    two = (signed[:, np.newaxis] + signed).ravel()
    three = (two[:, np.newaxis] + signed).ravel()
    return set((np.concatenate([signed, two, three]) % modulus).tolist())


def test_empty_bins_beside_tones_are_empty():
    plan = plan_tones(7, band=(1e3, 2e3), window=0.1, sample_rate=10e3)
    taken = reached(plan.bins, 1000)
    assert np.all(plan.noise_bins >= 0)
    assert not taken & set(plan.noise_bins.ravel().tolist())
    assert np.all(np.abs(plan.noise_bins - plan.bins[:, np.newaxis]) <= 8)


def test_second_derivatives_have_bins_of_their_own():
    plan = plan_tones(7, band=(1e3, 2e3), window=0.1, sample_rate=10e3)
    second = plan.second_derivatives
    off = second.first != second.second
    assert second.sum_free.all()
    assert second.difference_free[off].all()
    bins = np.concatenate([second.sum_bin, second.difference_bin[off]])
    assert len(set(bins.tolist())) == len(bins) == 28 + 21
    assert not set(bins.tolist()) & set(plan.bins.tolist())


def test_second_derivatives_of_a_bad_comb_are_not_free():
    plan = plan_tones(25, band=(1e3, 1.5e3), window=0.05)  # every bin taken but one
    assert not plan.second_derivatives.free.all()


def test_hessian_of_a_quadratic_device_comes_out_of_the_free_bins():
    plan = plan_tones(4, band=(100, 200), window=0.2, sample_rate=2e3, amplitude=0.1)
    generator = np.random.default_rng(1)
    hessian = generator.normal(size=(4, 4))
    hessian += hessian.T
    angle = 2 * np.pi * np.outer(np.arange(400) / 400, plan.bins) + plan.phase
    u = plan.amplitude * np.sin(angle)
    spectrum = np.fft.rfft(np.einsum("ni,nj,ij->n", u, u, hessian) / 2) / 200
    s = plan.second_derivatives
    size = np.abs(spectrum[s.sum_bin]) / 0.01 * np.where(s.first == s.second, 4, 2)
    np.testing.assert_allclose(size, np.abs(hessian[s.first, s.second]), rtol=1e-10)


def test_spacing_follows_the_leakage_formula():
    """|H| = (1 + (2 pi df tau)^2)^(-n/2) at the spacing, and a mean's 1 / (pi df T)."""
    tau, order = 10e-3, 2
    plan = plan_tones(5, band=(1e3, 2e3), window=0.2, low_pass=(tau, order), leakage=0.02)
    gap = np.diff(plan.frequency).min()
    assert (1 + (2 * np.pi * gap * tau) ** 2) ** (-order / 2) <= 0.02
    assert plan.spacing == int(np.ceil(0.2 * np.sqrt(0.02 ** (-2 / order) - 1) / (2 * np.pi * tau)))
    plan = plan_tones(5, band=(1e3, 2e3), window=0.2, leakage=0.05)
    assert 1 / (np.pi * np.diff(plan.frequency).min() * 0.2) <= 0.05


def test_stays_inside_the_bandwidth_of_the_device():
    plan = plan_tones(5, band=(1e3, 4e3), window=0.1, bandwidth=1.8e3)
    assert plan.frequency.max() <= 1.8e3


def test_predicted_error():
    plan = plan_tones(3, band=(1e3, 2e3), window=0.1, amplitude=[0.01, 0.02, 0.04])
    np.testing.assert_allclose(plan.predicted_error(1e-23), 1e-11 / np.array([0.01, 0.02, 0.04]))
    np.testing.assert_allclose(plan.predicted_error(1e-23, window=0.4)[0], 5e-10)
    flicker = plan.predicted_error(lambda f: 1e-20 / f)
    np.testing.assert_allclose(flicker, np.sqrt(1e-19 / plan.frequency) / plan.amplitude)


def test_predicted_error_of_a_low_pass():
    plan = plan_tones(3, band=(1e3, 4e3), window=1.0, low_pass=(0.02, 2), amplitude=0.01)
    expected = np.sqrt(2 * 1e-23 * noise_bandwidth_of_poles(0.02, 2)) / 0.01
    np.testing.assert_allclose(plan.predicted_error(1e-23), expected)
    np.testing.assert_allclose(plan.predicted_error(1e-23, window=0.4), np.sqrt(1e-23 / 0.4) / 0.01)


def test_balanced_amplitudes_get_phases_of_their_own():
    plan = plan_tones(7, band=(1e3, 2e3), window=0.1)
    gradient = np.array([1.0, 0.2, 3.0, 0.1, 0.5, 2.0, 0.3])
    balanced = plan.balanced(gradient)
    kept = crest_factor(plan.bins, balanced.amplitude, plan.phase)
    assert balanced.crest < kept
    plain = plan_tones(7, band=(1e3, 2e3), window=0.1, phases="zero").balanced(gradient)
    assert not plain.phase.any()


def test_amplitudes_whose_squares_are_zero_have_a_crest_factor():
    small, plain = (plan_tones(3, (1e3, 2e3), 0.1, amplitude=a) for a in (1e-200, 0.01))
    np.testing.assert_allclose(small.phase, plain.phase)
    assert small.crest == pytest.approx(plain.crest)


def test_one_frequency_to_avoid_needs_no_list():
    one, listed = (plan_tones(5, (1e3, 2e3), 0.1, avoid=avoid) for avoid in (50, [50]))
    np.testing.assert_array_equal(one.bins, listed.bins)


def test_balanced_amplitudes_give_equal_signal_to_noise():
    plan = plan_tones(4, band=(1e3, 2e3), window=0.1)
    gradient, noise = np.array([1.0, -2.0, 4.0, 0.5]), np.array([1.0, 1.0, 4.0, 1.0]) * 1e-3
    balanced = plan.balanced(gradient, noise, largest=0.05)
    ratio = balanced.predicted_error(noise) / np.abs(gradient)
    np.testing.assert_allclose(ratio, ratio[0])
    assert balanced.amplitude.max() == pytest.approx(0.05)
    total = plan.balanced(gradient, total=0.1)
    assert np.sqrt(np.sum(total.amplitude**2)) == pytest.approx(0.1)
    zero = plan.balanced([1.0, 0.0, 1.0, 1.0], ratio=4.0)
    np.testing.assert_allclose(zero.amplitude, [0.0025, 0.01, 0.0025, 0.0025])


def test_more_collisions_than_are_listed_are_predicted_and_seen():
    plan = plan_tones(300, band=(1e4, 2e4), window=0.1)
    assert not plan.collisions.complete
    count = hits(plan.bins, 3, plan.modulus) / 6
    assert count.min() > 1000
    # Nearly all have three different tones: 1/4 a^2 each, with phases of their own.
    expected = 0.25 * 0.01**2 * np.sqrt(count / 2)
    np.testing.assert_allclose(plan.predicted_collision_error(1.0), expected, rtol=0.02)
    assert not plan.nearest_products.any()


def test_hundreds_of_tones_collide_as_predicted():
    """Every listed product of a full band, against a simulated quadratic and cubic device."""
    plan = plan_tones(200, band=(100e3, 200e3), window=0.1, sample_rate=500e3)
    found = plan.collisions
    assert found.complete
    assert len(found) > 10_000
    one, other = np.random.default_rng(8).normal(size=(2, 200))
    spectrum = np.zeros(plan.samples // 2 + 1, dtype=complex)
    value = plan.amplitude * np.exp(1j * plan.phase) / 1j * plan.samples / 2

    def along(slope):
        spectrum[plan.bins] = slope * value
        return np.fft.irfft(spectrum, plan.samples)

    # f = (one . u)^3 / 6 + (other . u)^2 / 2
    wave = np.fft.rfft(along(one) ** 3 / 6 + along(other) ** 2 / 2)[plan.bins]
    measured = (wave / value).real
    power = np.sum((one * plan.amplitude) ** 2)
    unavoidable = one * power / 4 - one**3 * plan.amplitude**2 / 8
    predicted = found.bias(
        plan.amplitude,
        plan.phase,
        second=lambda i, j: other[i] * other[j],
        third=lambda i, j, k: one[i] * one[j] * one[k],
    )
    size = np.sqrt(np.mean(predicted**2))
    np.testing.assert_allclose(measured - unavoidable, predicted, atol=1e-9 * size)
    # What the plan says beforehand, of device and phases only in the mean.
    beforehand = np.sqrt(np.mean(plan.predicted_collision_error(1.0) ** 2))
    assert size == pytest.approx(beforehand, rel=0.3)


REFUSALS = [
    (
        {"n": 30, "band": (1e3, 2e3), "window": 0.02},
        "30 tones do not fit between 1 kHz and 2 kHz: a window of 0.02 s has 21 bins there, and "
        "room for 21 tones\n  mend take a window of 0.03221 s, a band 1.48 times as wide, or fewer "
        "tones",
    ),
    (
        {"n": 7, "band": (1e3, 60e3), "window": 0.1, "sample_rate": 100e3},
        "the band reaches 60 kHz, but half the sample rate is 50 kHz\n"
        "  mend sample at more than 120 kHz, or end the band below 50 kHz",
    ),
    (
        {"n": 7, "band": (1e3, 2e3), "window": 0.1, "sample_rate": 9999.5},
        "a window of 0.1 s holds 999.95 samples at 9.9995 kHz, which is no whole number\n"
        "  mend take a window of 0.10000500025 s, 1000 samples",
    ),
    (
        {"n": 7, "band": (1e3, 1.1e3), "window": 0.1, "leakage": 0.05},
        "7 tones do not fit between 1 kHz and 1.1 kHz: a window of 0.1 s has 11 bins there, and "
        "room for 2 tones at least 7 bins apart\n"
        "  mend take a window of 0.4595 s, a band 4 times as wide, or fewer tones",
    ),
    (
        {"n": 7, "band": (1e3, 2e3), "window": 0.1, "avoid": [10.0]},
        "7 tones do not fit between 1 kHz and 2 kHz: a window of 0.1 s has 101 bins there, 101 of "
        "them to be avoided, and room for 0 tones\n"
        "  mend take a window of 0.2144 s, a band 8 times as wide, or fewer tones",
    ),
    (
        {"n": 7, "band": (1e3, 2e3), "window": 0.1, "low_pass": (1e-3, 1)},
        "7 tones do not fit between 1 kHz and 2 kHz: a window of 0.1 s has 101 bins there, and "
        "room for 1 tones at least 1592 bins apart\n"
        "  mend let more of a neighbour come through, take a slower low-pass or a wider band, or "
        "fewer tones",
    ),
    (
        {"n": 7, "band": 1e3, "window": 0.1},
        "band is a pair of frequencies, got 1000.0\n"
        "  mend give the lowest and the highest frequency, Hz",
    ),
    (
        {"n": 7, "band": (1e3, 2e3), "window": 0.1, "low_pass": 0.1},
        "low_pass is a time constant and an order, got 0.1\n"
        "  mend give, for example, low_pass=(0.01, 2)",
    ),
    (
        {"n": 7, "band": (2e3, 1e3), "window": 0.1},
        "the band from 2 kHz to 1 kHz is empty\n  mend give the lower frequency first",
    ),
    (
        {"n": 7, "band": (1e3, 2e3), "window": 0.1, "bandwidth": 500.0},
        "the band begins at 1 kHz, but the device ends at 500 Hz\n"
        "  mend begin the band below 500 Hz",
    ),
    (
        {"n": 0, "band": (1e3, 2e3), "window": 0.1},
        "plan_tones needs a whole number of at least 1 for n, got 0\n"
        "  mend give n a whole number of at least 1",
    ),
    (
        {"n": 2, "band": (1e3, 2e3), "window": 0.1, "phases": "random"},
        "plan_tones knows no phases 'random'\n  mend take one of low crest, schroeder, zero",
    ),
    (
        {"n": 2, "band": (1e3, 2e3), "window": 0.1, "amplitude": [0.1, 0.0]},
        "plan_tones needs amplitudes above 0 V, one or 2 of them, got [0.1, 0.0]\n"
        "  mend give amplitude in V",
    ),
    (
        {"n": 2, "band": (1e3, 2e3), "window": 0.1, "leakage": 1.5},
        "leakage is a share between 0 and 1, got 1.5\n"
        "  mend give, for example, 0.01: one hundredth of a neighbour's signal",
    ),
]


@pytest.mark.parametrize(("request_", "text"), REFUSALS)
def test_refuses_and_says_what_would_do(request_, text):
    n = request_.pop("n")
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        plan_tones(n, **request_)


def test_what_would_fit_fits():
    assert len(plan_tones(30, band=(1e3, 2e3), window=0.03221)) == 30
