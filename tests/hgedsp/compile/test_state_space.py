"""Filters become matrices, and matrices the weights of samples."""

import numpy as np
import pytest
from scipy import signal

from hgedsp.blocks import Biquad, Decimate, Delay, Gain, Input, LeadLag, LowPass, Mixer, SosFilter
from hgedsp.blocks import ToneGenerator as Tones
from hgedsp.compile.state_space import gain_of, state_space
from hgedsp.compile.window_weights import weights_of
from hgedsp.compile.windows import plan_windows
from hgedsp.graph import Graph

RATE = 1e4
WINDOW = 300


def chain_of(*filters):
    wire = Mixer()(Input("x"), Tones([100.0, 200.0], 1.0).in_phase)
    for block in filters:
        wire = block(wire)
    checked = Graph(RATE, {"y": Decimate(WINDOW)(wire)}).checked
    plan = plan_windows(checked, checked.flat.outputs, {})
    return checked, plan.chains[0]


def space_of(*filters):
    return space_and_gain(*filters)[0]


def space_and_gain(*filters):
    checked, chain = chain_of(*filters)

    def block_of(node):
        return checked.flat.nodes[node].block

    return state_space(checked, chain, block_of), gain_of(checked, chain.sinks[0].gains, block_of)


def answer_of(space, samples):
    """The response to an impulse, tick by tick."""
    state, x, answer = np.zeros(len(space.a)), 1.0, []
    for _ in range(samples):
        answer.append(float((space.c @ state + space.d[:, 0] * x)[0]))
        state, x = space.a @ state + space.b[:, 0] * x, 0.0
    return np.array(answer)


@pytest.mark.parametrize(
    "filters",
    [
        (LowPass(2e-3, 4),),
        (SosFilter(signal.butter(5, 300.0, fs=RATE, output="sos")),),
        (LeadLag(50.0, 500.0), Biquad(0.2, 0.1, 0.05, -0.9, 0.3)),
        (Delay(), LowPass(1e-3), Delay()),
    ],
    ids=lambda filters: "-".join(type(block).__name__ for block in filters),
)
def test_matrices_answer_an_impulse_as_the_filters_say(filters):
    space, gain = space_and_gain(*filters)
    answer = gain[0] * answer_of(space, 4096)
    frequency = np.arange(0, 2049, 64) * RATE / 4096
    said = np.prod([block.response(frequency, RATE) for block in filters], axis=0)
    np.testing.assert_allclose(np.fft.rfft(answer)[::64], said, rtol=1e-12, atol=1e-12)


def test_poles_near_one_keep_their_distance():
    space = space_of(LowPass(100.0))  # a million samples
    # d itself is rounded, by 1e-16 of the 1e-6 it is away from 1.
    assert float(1 - space.a[0, 0]) == pytest.approx(-np.expm1(-1e-6), rel=1.2e-10)
    assert float(space.a[0, 0]) == np.exp(-1e-6)


@pytest.mark.parametrize("average", [np.eye(WINDOW)[-1], np.linspace(0.0, 1.0, WINDOW)])
def test_weights_are_those_of_working_through_the_window(average):
    space = space_of(SosFilter(signal.butter(3, 300.0, fs=RATE, output="sos")))
    of_samples, of_states = weights_of(space, [average])
    generator = np.random.default_rng(1)
    x, start = generator.standard_normal(WINDOW), generator.standard_normal(len(space.a))
    state, outputs = start, []
    for sample in x:
        outputs.append(float((space.c @ state + space.d[:, 0] * sample)[0]))
        state = space.a @ state + space.b[:, 0] * sample
    expected = [*map(float, state), average @ outputs]
    np.testing.assert_allclose(of_samples[0] @ x + of_states @ start, expected, atol=1e-12)


def test_filters_that_differ_from_lane_to_lane_have_no_matrices():
    assert space_of(LowPass(1e-3), Gain([1.0, 2.0]), LowPass(1e-3)) is None
    assert space_of(LowPass(1e-3), Gain([2.0, 2.0]), LowPass(1e-3)) is not None


def test_gains_multiply_lane_by_lane():
    tones = Tones([100.0, 200.0], [3.0, 5.0])
    wire = Mixer([2.0, 7.0])(Input("x"), tones.perturbation)
    checked = Graph(RATE, {"y": Decimate(WINDOW)(LowPass(1e-3)(wire))}).checked
    (chain,) = plan_windows(checked, checked.flat.outputs, {}).chains
    gain = gain_of(checked, chain.products[0].gains, lambda node: checked.flat.nodes[node].block)
    np.testing.assert_array_equal(gain, [6.0, 35.0])
