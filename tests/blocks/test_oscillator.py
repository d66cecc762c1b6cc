"""References: exact frequencies, phases that never drift."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.blocks import Oscillator
from hgedsp.blocks.oscillator import _quarter_sine, bins, exact_ratio
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph

RATE = 1e6
FREQUENCY = np.array([10.0, 12_345.6, 333_333.25])
PHASE = np.array([0.0, 1.0, -2.0])
# What the docstring promises: at most, at most below a quarter of the rate, and for half of all.
LARGEST, LARGEST_BELOW_A_QUARTER, MEDIAN = 1e-13, 4e-14, 3e-15
STARTS = [0, 10**6 + 7, 10**12 + 12_345]
PI = Fraction(31415926535897932384626433832795028841971, 10**40)


def graph_of(frequency, phase=0.0, rate=RATE):
    wires = Oscillator(frequency, phase)()
    return Graph(rate, {wire.port: wire for wire in wires})


def turns_at(samples, frequency, phase=0.0, rate=RATE):
    """Turns as exact fractions; the decimal numbers of frequency and rate mean what they say."""
    ratio = Fraction(repr(float(frequency))) / Fraction(repr(float(rate)))
    return [int(n) * ratio + Fraction(float(phase)) / (2 * PI) for n in samples]


def exact(turns):
    """Sine and cosine of exact turns, off by less than 2e-16."""
    quarter = round(4 * turns)
    angle = float(2 * PI * (turns - Fraction(quarter, 4)))
    sine, cosine = math.sin(angle), math.cos(angle)
    return ((sine, cosine), (cosine, -sine), (-sine, -cosine), (-cosine, sine))[quarter % 4]


def errors(out, start, frequency, phase):
    """Distance of both references from the exact ones, shape (samples, K, 2)."""
    got = np.stack([out["in_phase"], out["quadrature"]], axis=-1)
    samples = range(start, start + len(got))
    lanes = [
        [exact(turns) for turns in turns_at(samples, f, p)]
        for f, p in zip(frequency, phase, strict=True)
    ]
    return np.abs(got - np.array(lanes).transpose(1, 0, 2))


def jump(kernel, sample):
    """Go to any sample: a parameter that is set holds as if it had from sample 0 on."""
    kernel.sample = sample
    kernel.parameters["oscillator.phase"] = kernel.parameters["oscillator.phase"]


@pytest.fixture(scope="module")
def kernel():
    return graph_of(FREQUENCY, PHASE).compile()


# Exactness ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("fastmath", [True, False])
def test_errors_are_what_the_docstring_says_also_after_1e12_samples(fastmath):
    generator = np.random.default_rng(1)
    frequency, phase = generator.uniform(1.0, 0.4999 * RATE, 40), generator.uniform(-3.0, 3.0, 40)
    kernel = graph_of(frequency, phase).compile(fastmath=fastmath)
    for start in STARTS:
        jump(kernel, start)
        found = errors(kernel.process(400), start, frequency, phase)
        assert found.max() < LARGEST
        assert found[:, frequency < RATE / 4].max() < LARGEST_BELOW_A_QUARTER
        assert np.median(found) < MEDIAN


@pytest.mark.parametrize("start", STARTS)
def test_a_pair_made_anew_is_off_by_three_roundings_and_its_sine(kernel, start):
    jump(kernel, start)
    out = kernel.process(512)
    first = -start % 128
    anew = {name: values[first::128] for name, values in out.items()}
    for k, (frequency, phase) in enumerate(zip(FREQUENCY, PHASE, strict=True)):
        turns = turns_at(range(start + first, start + 512, 128), frequency, phase)
        expected = np.array([exact(t) for t in turns])
        limit = 3e-15 + 4e-16 + 2e-16  # phase, sine, and those of the oracle
        np.testing.assert_allclose(anew["in_phase"][:, k], expected[:, 0], rtol=0, atol=limit)
        np.testing.assert_allclose(anew["quadrature"][:, k], expected[:, 1], rtol=0, atol=limit)


def test_quarter_sine_is_exact_to_4e_16():
    s = np.linspace(-1.0, 1.0, 2001)
    expected = [exact(Fraction(value) / 4)[0] for value in s]
    np.testing.assert_allclose([_quarter_sine(v) for v in s], expected, rtol=0, atol=4e-16)


@pytest.fixture(scope="module")
def single():
    return graph_of(1e3).compile()


@settings(deadline=None, max_examples=50)
@given(share=st.floats(1e-6, 0.4999), phase=st.floats(-10.0, 10.0), start=st.integers(0, 10**15))
def test_any_tone_is_as_exact_from_any_sample_on(single, share, phase, start):
    frequency = share * RATE
    single.parameters["oscillator.frequency"] = frequency
    single.parameters["oscillator.phase"] = phase
    jump(single, start)
    out = {name: values[:, np.newaxis] for name, values in single.process(300).items()}
    assert errors(out, start, [frequency], [phase]).max() < LARGEST


def test_sine_and_cosine_keep_to_the_unit_circle(kernel):
    jump(kernel, 0)
    out = kernel.process(4096)
    radius = np.hypot(out["in_phase"], out["quadrature"])
    # 127 turns by a pair that is off by 1.1e-16, each rounded by as much.
    np.testing.assert_allclose(radius, 1.0, rtol=0, atol=128 * 2.2e-16)


# Time --------------------------------------------------------------------------------------------


def test_the_counter_comes_where_a_jump_says(kernel):
    jump(kernel, 0)
    kernel.process(54_321)
    ratios = [exact_ratio(f, RATE) for f in FREQUENCY]
    expected = [54_321 // 128 * 128 * r.numerator % r.denominator for r in ratios]
    np.testing.assert_array_equal(kernel.states["oscillator.count"], expected)
    there = Oscillator(FREQUENCY, PHASE).state_at(RATE, 54_321)
    np.testing.assert_array_equal(kernel.states["oscillator.count"], there["count"])


@pytest.mark.parametrize("lanes", [1, 3, 40])
def test_repeats_bit_for_bit_after_periods_that_are_whole_refreshes_too(lanes):
    # Whole periods in 400 samples, so that 3200 samples hold whole periods and 25 refreshes.
    frequency = RATE * np.arange(3, 3 + lanes) / 400
    kernel = graph_of(frequency, np.linspace(0.0, 1.0, lanes)).compile()
    kernel.process(3200)  # the first pair of all comes from NumPy, not from the polynomial
    first = kernel.process(3200)
    for _ in range(3):
        for name, values in kernel.process(3200).items():
            np.testing.assert_array_equal(values, first[name])


@pytest.mark.parametrize("start", [1, 127, 128, 129, 1000])
def test_a_jump_meets_the_run_from_the_next_refresh_on_bit_for_bit(kernel, start):
    kernel.reset()
    run = kernel.process(1500)
    jump(kernel, start)
    jumped = kernel.process(1500 - start)
    refreshed = -start % 128 or 128  # states that are set on a refresh hold till the next
    for name in run:
        np.testing.assert_array_equal(jumped[name][refreshed:], run[name][start + refreshed :])
        np.testing.assert_allclose(jumped[name], run[name][start:], rtol=0, atol=LARGEST)


def test_a_frequency_set_during_a_run_holds_as_if_from_sample_0_on(kernel):
    kernel.reset()
    kernel.process(777)
    new = FREQUENCY * 1.25
    kernel.parameters["oscillator.frequency"] = new
    assert errors(kernel.process(300), 777, new, PHASE).max() < LARGEST
    kernel.parameters["oscillator.frequency"] = FREQUENCY


@pytest.mark.parametrize("lanes", [1, 3])
def test_machine_code_equals_the_interpreter_across_refreshes(lanes):
    graph = graph_of(FREQUENCY[:lanes], PHASE[:lanes])
    compiled, plain = graph.compile(fastmath=False), graph.compile(interpret=True)
    for n in (100, 28, 1, 300):
        a, b = compiled.process(n), plain.process(n)
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])


# Numbers -----------------------------------------------------------------------------------------


def test_decimal_numbers_mean_what_is_written():
    assert exact_ratio(0.1, 1e6) == Fraction(1, 10**7)
    assert exact_ratio(12_345.6, 1e6) == Fraction(123_456, 10**7)


def test_odd_fractions_are_off_by_less_than_2_to_the_minus_61():
    frequency = math.pi * 1e-3
    exactly = Fraction(repr(frequency)) / Fraction(repr(RATE))
    assert abs(exact_ratio(frequency, RATE) - exactly) < Fraction(1, 2**61)


def test_phase_at_any_sample_equals_the_exact_one():
    oscillator = Oscillator(FREQUENCY, PHASE)
    turns = [float(10**15 * exact_ratio(f, RATE) % 1) for f in FREQUENCY]
    expected = 2 * np.pi * np.mod(np.array(turns) + PHASE / (2 * np.pi), 1.0)
    np.testing.assert_allclose(oscillator.phase_at(10**15, RATE), expected, rtol=1e-14)


def test_as_tones_says_what_the_step_gives(kernel):
    kernel.reset()
    out, tones = kernel.process(200), Oscillator(FREQUENCY, PHASE).as_tones(RATE)
    for name, turn in tones.turn.items():
        fractions = np.arange(200)[:, np.newaxis] * tones.numerator / tones.denominator
        expected = np.sin(2 * np.pi * (fractions + turn))
        # 66 turns are rounded by 1e-14, and radians once more.
        np.testing.assert_allclose(out[name], expected, rtol=0, atol=2e-13)


def test_bins_counts_periods_or_says_there_are_none():
    np.testing.assert_array_equal(bins(np.array([1e3, 2.5e3]), 1e6, 2000), [2, 5])
    assert bins(np.array([1e3, 1.1e3]), 1e6, 2000) is None


# Refusals ----------------------------------------------------------------------------------------


def test_refuses_frequencies_of_zero(refuses):
    with refuses(
        "Oscillator needs frequencies above 0 Hz, got 0 Hz",
        "give every tone a positive frequency in Hz",
    ):
        Oscillator([1.0, 0.0])


def test_refuses_vectors_of_different_lengths(refuses):
    with refuses(
        "Oscillator got vectors of different lengths: frequency has 2, phase has 3",
        "give one number per lane, or a single number for all lanes",
    ):
        Oscillator([1.0, 2.0], [0.0, 1.0, 2.0])


def test_refuses_a_phase_that_is_not_finite(refuses):
    with refuses(
        "Oscillator needs finite numbers for phase, got nan at lane 0",
        "give phase finite numbers in rad",
    ):
        Oscillator([1.0], np.nan)


def test_refuses_tones_from_half_the_rate_on(refuses):
    with refuses(
        "tone 1 at 5 kHz is not below half the sample rate, 5 kHz",
        "sample faster than 10 kHz, or lower the tone",
    ):
        Oscillator([1e3, 5e3]).check_rate(1e4)
    with pytest.raises(ParameterError, match=r"^oscillator: tone 1 at 5 kHz"):
        Graph(1e4, {"y": Oscillator([1e3, 5e3]).in_phase})
