"""Windows give the numbers of the ordinary kernel, and leave no other trace."""

import math
import os
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from hgedsp.analyze.lock_in import lock_in_windows
from hgedsp.blocks import (
    Constant,
    DcBlock,
    Decimate,
    Delay,
    Gain,
    Input,
    IntegrateAndDump,
    LeadLag,
    LowPass,
    Mixer,
    PolynomialDevice,
    SosFilter,
    SquaredError,
    ToneGenerator,
)
from hgedsp.compile.windows import WindowPlan
from hgedsp.errors import SampleError
from hgedsp.graph import Graph
from hgedsp.graphs.lock_in import lock_in
from hgedsp.trace import Trace

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="the interpreter knows no windows"
)
RATE = 1e6
OFF_BINS = [1000.0, 1503.7, 250_000.0]
SAMPLES = 2500


def windows():
    return lock_in(OFF_BINS, RATE, window=300)


def low_pass():
    return lock_in(OFF_BINS, RATE, time_constant=2e-4, order=4, rate=RATE / 256)


def on_bins():
    return lock_in(RATE / 400 * np.arange(1, 120), RATE, window=400)


def beside_bins():
    """Tones on bins but for rounding: their phases wander, in a window by next to nothing."""
    return lock_in(RATE / 300 * np.arange(1, 120), RATE, window=300)


def epoch():
    """A loss of two recordings: its derivatives, and its mean."""
    tones = ToneGenerator(OFF_BINS, [0.1, 0.2, 0.3], [0.0, 1.0, 2.0], name="tones")
    loss = SquaredError()(DcBlock(1e-3)(Input("x")), Input("target"))
    mixed = 3.0 * Mixer([1.0, 2.0, 3.0])(loss, tones.in_phase)
    gradient = IntegrateAndDump(300, 20, name="gradient")(LowPass(1e-4)(mixed))
    return Graph(RATE, {"gradient": gradient, "loss": IntegrateAndDump(300, name="mean")(loss)})


def turned():
    """Both references, rotated into one another before the filters."""
    x, tones = Input("x"), ToneGenerator(OFF_BINS, 0.1)
    cosine, sine = np.cos([0.1, 0.2, 0.3]), np.sin([0.1, 0.2, 0.3])
    both = cosine * Mixer()(x, tones.in_phase) + sine * Mixer()(x, tones.quadrature)
    sos = signal.butter(5, 1e4, fs=RATE, output="sos")
    filtered = Delay()(LeadLag(1e3, 1e4)(SosFilter(sos)(both)))
    return Graph(RATE, {"y": Decimate(256)([1.0, 2.0, 3.0] * filtered)})


def device():
    tones = ToneGenerator(OFF_BINS, 0.1, name="tones")
    model = PolynomialDevice([1.0, 2.0, 3.0], [0.3, 0.1, 0.2], 0.2, offset=1.0)
    current = model(tones.perturbation + Constant([0.1, 0.2, 0.3], name="point"))
    gradient = IntegrateAndDump(500)(Mixer(20.0)(current, tones.in_phase))
    return Graph(RATE, {"gradient": gradient})


GRAPHS = (windows, low_pass, on_bins, beside_bins, epoch, turned, device)
every_graph = pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)


def samples_for(kernel, n=SAMPLES, seed=1):
    generator = np.random.default_rng(seed)
    return {name: generator.standard_normal(n) for name in kernel.input_names} or n


def piece(samples, start, stop):
    if isinstance(samples, int):
        return stop - start
    return {name: values[start:stop] for name, values in samples.items()}


def in_pieces(kernel, samples, cuts, between=None):
    """Outputs of all pieces together; `between` may give another kernel to go on with."""
    length = samples if isinstance(samples, int) else len(next(iter(samples.values())))
    parts, start = [], 0
    for stop in (*cuts, length):
        parts.append(kernel.process(piece(samples, start, stop)))
        kernel = (between and between(kernel)) or kernel
        start = stop
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def assert_same(wanted, got):
    for name, values in wanted.items():
        np.testing.assert_array_equal(got[name], values)


def assert_close(wanted, got, least=0.0):
    # Sums of a few thousand products round to 1e-14 of the largest or so; 1e-12 is promised.
    for name, values in wanted.items():
        largest = max(least, np.abs(values).max())
        assert got[name].shape == values.shape
        np.testing.assert_allclose(got[name], values, rtol=0, atol=1e-12 * largest)


@every_graph
def test_equal_the_ordinary_kernel(make):
    fast, ordinary = make().compile(), make().compile(windows=False)
    assert isinstance(fast.windows, WindowPlan)
    assert ordinary.windows == "windows are switched off"
    samples = samples_for(fast)
    assert_close(ordinary.process(samples), fast.process(samples))
    assert_close(dict(ordinary.states), dict(fast.states), least=1.0)
    assert_close(ordinary.process(samples), fast.process(samples))


@every_graph
@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, SAMPLES), max_size=12).map(sorted))
def test_cuts_leave_no_trace(make, cuts):
    kernel = make().compile()
    samples = samples_for(kernel)
    whole = kernel.process(samples)
    states = dict(kernel.states)
    kernel.reset()
    assert_same(whole, in_pieces(kernel, samples, cuts))
    assert_same(states, dict(kernel.states))


@every_graph
def test_looking_at_states_leaves_no_trace(make):
    kernel, ordinary = make().compile(), make().compile(windows=False)
    samples = samples_for(kernel)
    whole = kernel.process(samples)
    kernel.reset()

    def look(kernel):
        ordinary.reset()
        ordinary.process(piece(samples, 0, kernel.sample))
        assert_close(dict(ordinary.states), dict(kernel.states), least=1.0)

    assert_same(whole, in_pieces(kernel, samples, [1, 100, 777, 1200, 1201], look))


@every_graph
def test_goes_on_from_a_saved_state_to_the_bit(make):
    graph = make()
    kernel, other = graph.compile(), graph.compile()
    samples = samples_for(kernel)
    whole = kernel.process(samples)
    kernel.reset()

    def move(kernel):
        other.load_state(kernel.state())
        return other

    assert_same(whole, in_pieces(kernel, samples, [333], move))


@every_graph
def test_states_go_over_to_an_ordinary_kernel_and_back(make):
    graph = make()
    kernel = graph.compile()
    kinds = [graph.compile(windows=False), graph.compile()] * 2
    samples = samples_for(kernel)
    whole = kernel.process(samples)
    kernel.reset()

    def move(kernel):
        other = kinds.pop()
        other.load_state(kernel.state())
        return other

    assert_close(whole, in_pieces(kernel, samples, [333, 900, 1700], move))


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (low_pass, {"in_phase_low_pass.time_constant": 1e-4, "quadrature_mixer.gain": 3.0}),
        (windows, {"tone_generator.frequency": [900.0, 2e3, 3e3], "tone_generator.phase": 0.3}),
        (epoch, {"gradient.skip": 0, "tones.frequency": [1e3, 2e3, 4e3]}),
        (device, {"point.value": [0.3, 0.2, 0.1]}),
    ],
    ids=["filter", "tones", "average", "front"],
)
def test_a_parameter_holds_from_its_sample_on(make, changes):
    results = []
    for kernel in (make().compile(windows=False), make().compile()):
        assert isinstance(kernel.windows, WindowPlan) == bool(results)
        pending = list(changes.items())

        def change(kernel, pending=pending):
            if pending:
                name, value = pending.pop(0)
                kernel.parameters[name] = value

        results.append(in_pieces(kernel, samples_for(kernel), [700, 1350], change))
    assert_close(*results)


def test_a_state_holds_from_its_sample_on():
    results = []
    for kernel in (low_pass().compile(windows=False), low_pass().compile()):

        def change(kernel):
            kernel.states["in_phase_low_pass/pole_2.z1"] = [10.0, 20.0, 30.0]

        results.append(in_pieces(kernel, samples_for(kernel), [700], change))
    assert_close(*results)


def test_tones_that_were_moved_go_sample_by_sample():
    results = []
    for kernel in (windows().compile(windows=False), windows().compile()):

        def change(kernel):
            kernel.states["tone_generator/oscillator.count"] = 1

        results.append(in_pieces(kernel, samples_for(kernel), [700], change))
    assert_close(*results)
    assert kernel.windows == "the states of tones are not those of the clock"
    kernel.reset()
    assert isinstance(kernel.windows, WindowPlan)


def test_filters_that_differ_from_lane_to_lane_go_sample_by_sample():
    mixed = Mixer()(Input("x"), ToneGenerator(OFF_BINS, 0.1).in_phase)
    scaled = Gain(2.0, name="scale")(LowPass(1e-4)(mixed))
    kernel = Graph(RATE, {"y": Decimate(300)(LowPass(1e-4)(scaled))}).compile()
    assert isinstance(kernel.windows, WindowPlan)
    kernel.parameters["scale.factor"] = [1.0, 2.0, 3.0]
    assert kernel.windows == "filters differ from lane to lane"
    kernel.parameters["scale.factor"] = 2.0
    assert isinstance(kernel.windows, WindowPlan)


def test_a_run_with_probes_on_fast_wires_goes_sample_by_sample():
    samples, probes = samples_for(low_pass().compile()), {"in_phase_mixer.product": 100}
    results = []
    for kernel in (low_pass().compile(windows=False), low_pass().compile()):
        kernel.process(piece(samples, 0, 700))
        record = kernel.run(piece(samples, 700, 2000), probes=probes, progress=False)
        after = kernel.process(piece(samples, 2000, SAMPLES))
        joined = {name: np.concatenate([record[name], after[name]]) for name in after}
        results.append({**joined, "probe": record["in_phase_mixer.product"]})
    assert_close(*results)


@pytest.mark.parametrize("fastmath", [True, False])
def test_says_how_it_works(fastmath):
    kernel = windows().compile(fastmath=fastmath)
    if fastmath:
        assert repr(kernel) == "<Kernel of lock_in at sample 0, in windows of 300>"
    else:
        assert repr(kernel) == "<Kernel of lock_in at sample 0>"
        assert kernel.windows == "what equals the interpreter bit for bit goes sample by sample"


# Errors ------------------------------------------------------------------------------------------


def test_a_refused_chunk_leaves_no_trace():
    kernel = low_pass().compile()
    samples = samples_for(kernel)
    whole = kernel.process(samples)
    kernel.reset()
    spoiled = piece(samples, 700, 1500)["signal"].copy()
    spoiled[10] = np.nan

    def spoil(kernel):
        if kernel.sample != 700:
            return
        text = "input signal is nan at sample 710\n  mend cut these samples out or fill them in: "
        text += "a filter would carry them on for ever"
        with pytest.raises(SampleError, match=f"^{re.escape(text)}$"):
            kernel.process({"signal": spoiled})

    assert_same(whole, in_pieces(kernel, samples, [700], spoil))


def test_what_overflows_is_found_where_it_does():
    samples = samples_for(low_pass().compile())["signal"]
    samples[900] = 1.5e308  # twice that, in the mixer, is infinite
    messages = []
    for kernel in (low_pass().compile(windows=False), low_pass().compile()):
        kernel.process({"signal": samples[:700]})
        before = dict(kernel.states)
        with pytest.raises(SampleError) as caught:
            kernel.process({"signal": samples[700:]})
        assert_same(before, dict(kernel.states))
        messages.append(caught.value.what.split(" and ")[0])
    assert messages[0] == messages[1]
    assert "sample 900" in messages[1]


def test_large_numbers_come_out_as_ever():
    samples = samples_for(low_pass().compile())
    samples["signal"][900:1000] *= 1e200
    results = [low_pass().compile(windows=w).process(samples) for w in (False, True)]
    assert_close(*results)


def test_memory_of_the_caller_may_be_used_again():
    kernel = windows().compile()
    samples = samples_for(kernel)
    whole = kernel.process(samples)
    kernel.reset()
    memory, parts = np.empty(100), []
    for start in range(0, SAMPLES, 100):
        memory[:] = samples["signal"][start : start + 100]
        parts.append(kernel.process({"signal": memory})["in_phase"])
    np.testing.assert_array_equal(np.concatenate(parts), whole["in_phase"])


# Known answers -----------------------------------------------------------------------------------


def test_windows_on_bins_equal_a_fourier_transform():
    kernel = on_bins().compile()
    samples = samples_for(kernel, 4000)
    outputs = kernel.process(samples)
    spectrum = np.fft.rfft(samples["signal"].reshape(-1, 400))[:, 1:120] / 200
    found = outputs["quadrature"] - 1j * outputs["in_phase"]
    np.testing.assert_allclose(found, spectrum, rtol=0, atol=1e-15)


def test_a_low_pass_equals_sosfilt():
    kernel = low_pass().compile()
    x = samples_for(kernel, 5120)["signal"]
    n = np.arange(len(x))
    product = 2 * x[:, np.newaxis] * np.sin(2 * np.pi * n[:, np.newaxis] * OFF_BINS / RATE)
    a = -np.expm1(-1 / (2e-4 * RATE))
    sections = [[a * a, 0.0, 0.0, 1.0, -2 * (1 - a), (1 - a) ** 2]] * 2
    expected = signal.sosfilt(sections, product, axis=0)[255::256]
    # The phases of the products themselves are rounded: 2 pi 1280 turns times 1e-16.
    np.testing.assert_allclose(kernel.process({"signal": x})["in_phase"], expected, atol=1e-13)


def test_a_very_long_time_constant_loses_nothing():
    # A million samples; in extended precision the filter with the rounded d is exact.
    x = 1.0 + 0.1 * np.random.default_rng(5).standard_normal(300_000)
    graph = Graph(RATE, {"y": Decimate(500)(LowPass(1.0, 2)(Input("x")))})
    a = 1 - np.longdouble(math.exp(-1e-6))
    b, denominator = np.array([a]), np.array([np.longdouble(1), a - 1])
    exact = signal.lfilter(b, denominator, signal.lfilter(b, denominator, x.astype(a.dtype)))
    expected = exact[499::500].astype(np.float64)
    outputs = graph.compile().process({"x": x})["y"]
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-12 * expected.max())


def test_analysis_runs_in_windows():
    x = np.random.default_rng(6).standard_normal(3210)
    tones = ToneGenerator(OFF_BINS, 1.0, [0.5, 0.0, 1.0])
    estimate = lock_in_windows(Trace(x, RATE, start=77), tones, RATE, 300)
    n = 77 + np.arange(3000).reshape(-1, 300)
    phase = 2 * np.pi * n[..., np.newaxis] * OFF_BINS / RATE + [0.5, 0.0, 1.0]
    expected = 2 * np.mean(x[:3000].reshape(-1, 300, 1) * np.sin(phase), axis=1)
    np.testing.assert_allclose(estimate.in_phase, expected, rtol=0, atol=1e-12)
