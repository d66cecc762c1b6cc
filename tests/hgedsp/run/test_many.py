"""Many runs at once: each one, bit for bit, as it is alone."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.extending import register_jitable

import hgedsp as hg
from hgedsp.errors import ParameterError, PathError, RateError, SampleError

RATE = 1000.0
FILE = Path(__file__).name
compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="no machine code")

UPDATERS = {"descent": hg.GradientDescent, "momentum": hg.Momentum, "adam": hg.Adam}


def loop(tones: int = 2, order: int = 1, updater: str = "descent") -> hg.Graph:
    """A closed loop with inputs of one lane and of several, a filter, sums and a clock."""
    tone = hg.ToneGenerator(np.linspace(31.0, 410.0, tones), 0.05)
    start = np.linspace(-0.5, 0.5, tones)
    update = UPDATERS[updater](1e-3, start, lower=-0.6, upper=0.6, name="updater")
    data = hg.Input("data", tones)
    vectors = [np.linspace(0.5, 1.0, tones) * scale for scale in (1.0, 0.2, 0.4)]
    device = hg.PolynomialDevice(*vectors, name="device")
    loss = hg.SquaredError()(
        device(update.parameters + tone.perturbation + data), hg.Input("target")
    )
    gradient = hg.LowPass(0.02, order, name="filter")(hg.Mixer(20.0)(loss, tone.in_phase))
    update(gradient)
    slow = hg.IntegrateAndDump(7)(gradient)
    return hg.Graph(RATE, {"loss": loss, "p": update.parameters, "slow": slow})


def drive(tones: int = 2, n: int = 200, seed: int = 0) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    return {
        "target": np.sin(np.arange(n) / 9.0),
        "data": 0.1 * generator.standard_normal((n, tones)),
    }


def own(inputs: dict[str, Any], runs: int, *names: str) -> dict[str, Any]:
    """The same inputs, some of them another for each run."""
    each = {n: hg.PerRun(v * (1 + 0.1 * r) for r in range(runs)) for n, v in inputs.items()}
    return {name: each[name] if name in names else value for name, value in inputs.items()}


def of_run(inputs: dict[str, Any], run: int) -> dict[str, Any]:
    return {n: v[run] if isinstance(v, hg.PerRun) else v for n, v in inputs.items()}


def values(tones: int, runs: int) -> dict[str, hg.PerRun]:
    """A learning rate, an amplitude, a device and a starting point for each run."""
    generator = np.random.default_rng(tones + runs)
    return {
        "updater.learning_rate": hg.PerRun(np.geomspace(1e-4, 1e-2, runs).tolist()),
        "tone_generator.amplitude": hg.PerRun(np.linspace(0.02, 0.2, runs).tolist()),
        "device.linear": hg.PerRun(generator.standard_normal((runs, tones))),
        "updater.initial_value": hg.PerRun(0.5 * generator.standard_normal((runs, tones))),
        "filter.time_constant": hg.PerRun(np.linspace(0.01, 0.05, runs).tolist()),
    }


def set_all(runs: hg.Runs, to: dict[str, hg.PerRun]) -> hg.Runs:
    for path, value in to.items():
        runs.parameters[path] = value
    runs.reset()
    return runs


def alone(graph: hg.Graph, to: dict[str, hg.PerRun], run: int, **options: Any) -> hg.Kernel:
    kernel = graph.compile(**options)
    for path, value in to.items():
        kernel.parameters[path] = value[run]
    kernel.reset()
    return kernel


def pattern(text: str) -> str:
    """What matches a whole message, on whatever line of this file the block was made."""
    return f"^{re.escape(text).replace('LINE', '[0-9]+')}$"


def assert_same_bits(many: dict[str, Any], run: int, one: dict[str, Any]) -> None:
    assert many.keys() == one.keys()
    for name, expected in one.items():
        got = many[name][run]
        assert got.shape == expected.shape
        assert got.dtype == expected.dtype
        assert got.tobytes() == expected.tobytes(), f"{name} of run {run}"


# The same bits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tones", "order", "updater", "fastmath", "runs"),
    [
        (1, 1, "descent", True, 3),
        (1, 4, "adam", False, 11),
        (2, 1, "momentum", False, 3),
        (2, 4, "adam", True, 8),
        (7, 1, "descent", True, 11),
        (7, 4, "momentum", False, 1),
        (9, 1, "adam", False, 3),
        (9, 4, "descent", True, 8),
        (20, 1, "momentum", True, 11),
        (20, 4, "adam", False, 8),
    ],
)
def test_each_run_is_what_it_is_alone(
    tones: int, order: int, updater: str, fastmath: bool, runs: int
) -> None:
    graph, inputs = loop(tones, order, updater), own(drive(tones), runs, "target")
    to = values(tones, runs)
    many = set_all(graph.compile(runs=runs, fastmath=fastmath), to)
    made = many.process(inputs)
    assert len(many) == runs
    assert made["loss"].shape == (runs, 200)
    assert made["slow"].shape == ((runs, 28, tones) if tones > 1 else (runs, 28))
    for run in range(runs):
        kernel = alone(graph, to, run, fastmath=fastmath)
        assert_same_bits(made, run, kernel.process(of_run(inputs, run)))
        for path, state in kernel.states.items():
            assert many[run].states[path].tobytes() == state.tobytes(), path


@compiled_only
@pytest.mark.parametrize("tones", [1, 2, 7, 16])
@pytest.mark.parametrize("path", ["frequency", "phase", "states"])
def test_tones_may_become_others_in_each_run(tones: int, path: str) -> None:
    graph, runs = loop(tones), 11
    inputs, to = drive(tones), values(tones, runs)
    many = set_all(graph.compile(runs=runs), to)
    kernels = [alone(graph, to, run) for run in range(runs)]
    kernel_text = many._kernels[0]
    assert re.search("load_same|number_same", many.source), "the tones are worked out once"
    for step in range(3):
        if step == 1 and path == "states":
            values_now = hg.PerRun(0.1 * np.ones(tones) * (run % 10) for run in range(runs))
            many.states["tone_generator/oscillator.quadrature"] = values_now
            for run, kernel in enumerate(kernels):
                kernel.states["tone_generator/oscillator.quadrature"] = values_now[run]
        elif step == 1:
            first = many.parameters[f"tone_generator.{path}"][0]
            each = hg.PerRun(np.broadcast_to(first, tones) + 0.25 * (run // 8) for run in range(11))
            if path == "frequency":
                each = hg.PerRun(np.broadcast_to(first, tones) + 0.25 * run for run in range(runs))
            many.parameters[f"tone_generator.{path}"] = each
            for run, kernel in enumerate(kernels):
                kernel.parameters[f"tone_generator.{path}"] = each[run]
        made = many.process(inputs)
        for run, kernel in enumerate(kernels):
            assert_same_bits(made, run, kernel.process(inputs))
            for state, expected in kernel.states.items():
                assert many[run].states[state].tobytes() == expected.tobytes(), state
    # Runs of one group of eight may share what those of another have otherwise.
    assert ("_same(" in kernel_text.source) == (path == "phase")


@compiled_only
def test_tones_that_differ_are_told_apart_after_a_saved_state_is_loaded() -> None:
    graph, inputs = loop(2), drive(2)
    many, other = (graph.compile(runs=3) for _ in range(2))
    many.parameters["tone_generator.frequency"] = hg.PerRun([[30.0, 70.0 + r] for r in range(3)])
    many.process(inputs)
    other.load_state(many.state())
    np.testing.assert_array_equal(other.process(inputs)["loss"], many.process(inputs)["loss"])


@pytest.mark.parametrize(("tones", "fastmath"), [(1, True), (7, False), (9, True), (20, True)])
def test_each_run_is_what_it_is_alone_in_float32(tones: int, fastmath: bool) -> None:
    graph, inputs, to = loop(tones, 4), own(drive(tones), 3, "target"), values(tones, 3)
    options: dict[str, Any] = {"fastmath": fastmath, "dtype": "float32"}
    made = set_all(graph.compile(runs=3, **options), to).process(inputs)
    assert made["p"].dtype == np.float32
    for run in range(3):
        assert_same_bits(made, run, alone(graph, to, run, **options).process(of_run(inputs, run)))


@compiled_only
def test_small_loops_are_run_eight_at_a_time() -> None:
    graph = loop()
    expected = "<9 runs of graph at sample 0, 8 runs at a time in the registers of one kernel>"
    assert repr(graph.compile(runs=9)) == expected
    assert "8 runs at once" in graph.compile(runs=9).source


@pytest.mark.parametrize("names", [(), ("data",), ("target", "data")])
def test_samples_are_for_all_runs_or_for_each(names: tuple[str, ...]) -> None:
    graph, inputs = loop(9), own(drive(9), 9, *names)
    made = graph.compile(runs=9).process(inputs)
    for run in range(9):
        assert_same_bits(made, run, graph.compile().process(of_run(inputs, run)))


def test_lanes_over_several_tiles_get_samples_of_their_own() -> None:
    graph, inputs = loop(20), own(drive(20), 9, "data")
    made = graph.compile(runs=9).process(inputs)
    for run in (0, 8):
        assert_same_bits(made, run, graph.compile().process(of_run(inputs, run)))


def test_a_run_whose_lanes_differ_leaves_the_others_as_they_are() -> None:
    graph = loop(20)
    rates = [1e-3, np.linspace(1e-3, 2e-3, 20), 2e-3, np.linspace(1e-3, 3e-3, 20)]
    to = {"updater.learning_rate": hg.PerRun(rates)}
    many = set_all(graph.compile(runs=4), to)
    made = many.process(drive(20))
    for run in range(4):
        assert_same_bits(made, run, alone(graph, to, run).process(drive(20)))
    more = many.process(drive(20, seed=1))
    kernel = alone(graph, to, 2)
    kernel.process(drive(20))
    assert_same_bits(more, 2, kernel.process(drive(20, seed=1)))


def test_zeros_keep_their_sign() -> None:
    x = hg.Input("x", 7)
    graph = hg.Graph(RATE, {"y": hg.Sum()(hg.Gain(1.0)(x)), "all": hg.Gain(-1.0)(x)})
    inputs = {"x": -np.zeros((3, 7))}
    made = graph.compile(runs=2).process(inputs)
    for run in range(2):
        assert_same_bits(made, run, graph.compile().process(inputs))


@register_jitable
def halved(x: float) -> float:
    return x / 2.0


@hg.block
def folded(x: float, limit: float = 0.5) -> float:
    """A step with branches, a way out and a helper."""
    if x > limit:
        return limit
    if x < -limit and x * x > 2.0 * limit:
        x = -limit
    return halved(x) if x > 0.0 else x


@hg.block
def countdown(x: float) -> float:
    """A loop of which nobody knows how long it takes."""
    while x > 1.0:
        x *= 0.5
    return x


@pytest.mark.parametrize("lanes", [1, 3])
def test_runs_take_different_branches(lanes: int) -> None:
    x = hg.Input("x", lanes)
    graph = hg.Graph(RATE, {"y": hg.OnePole(0.01)(folded()(x))})
    inputs = {"x": hg.PerRun(np.random.default_rng(3).normal(size=(5, 300, lanes)))}
    made = graph.compile(runs=5).process(inputs)
    for run in range(5):
        assert_same_bits(made, run, graph.compile().process(of_run(inputs, run)))


# Runs by themselves ------------------------------------------------------------------------------


def network() -> hg.Graph:
    """A graph with steps on arrays: a network, noise and a delay."""
    generator = np.random.default_rng(1)
    weights = [generator.standard_normal((3, 2)), generator.standard_normal((1, 3))]
    device = hg.SurrogateDevice(weights, [[0.1, 0.2, 0.3], [0.0]], name="device")
    noisy = hg.WhiteNoise(1e-6, seed=1, name="noise")(device(hg.Input("data", 2)))
    return hg.Graph(RATE, {"y": hg.Delay(3)(noisy)})


@pytest.mark.parametrize("threads", [1, 2])
def test_graphs_with_steps_on_arrays_go_run_by_run(threads: int) -> None:
    graph = network()
    many = graph.compile(runs=5, threads=threads)
    assert repr(many) == "<5 runs of graph at sample 0, each run in a kernel of its own>"
    to = {"noise.seed": hg.PerRun([3, 1, 4, 1, 5])}
    inputs = own({"data": drive()["data"]}, 5, "data")
    made = set_all(many, to).process(inputs)
    for run in range(5):
        assert_same_bits(made, run, alone(graph, to, run).process(of_run(inputs, run)))


@pytest.mark.parametrize("lanes", [1, 3])
def test_steps_with_loops_go_run_by_run(lanes: int) -> None:
    graph = hg.Graph(RATE, {"y": countdown()(hg.Input("x", lanes))})
    many = graph.compile(runs=3)
    assert repr(many).endswith("each run in a kernel of its own>")
    inputs = {"x": hg.PerRun(np.linspace(0.0, 40.0, 12 * lanes).reshape(3, 4, lanes))}
    made = many.process(inputs)
    for run in range(3):
        assert_same_bits(made, run, graph.compile().process(of_run(inputs, run)))


@compiled_only
def test_what_is_faster_in_windows_stays_in_windows() -> None:
    x, tone = hg.Input("x"), hg.ToneGenerator([100.0, 200.0], 0.1)
    graph = hg.Graph(RATE, {"y": hg.IntegrateAndDump(500)(hg.Mixer()(x, tone.in_phase))})
    inputs = {"x": hg.PerRun(np.random.default_rng(5).normal(size=(3, 1500)))}
    for windows, way in ((True, "own>"), (False, "one kernel>")):
        many = graph.compile(runs=3, windows=windows)
        assert repr(many).endswith(way)
        made = many.process(inputs)
        for run in range(3):
            one = graph.compile(windows=windows).process(of_run(inputs, run))
            assert_same_bits(made, run, one)


def test_large_graphs_go_run_by_run() -> None:
    assert repr(loop(200).compile(runs=2)).endswith("each run in a kernel of its own>")


def test_the_interpreter_and_the_checked_kernel_take_many_runs() -> None:
    graph, inputs = loop(), own(drive(n=20), 2, "target")
    for options in ({"interpret": True}, {"checked": True}):
        made = graph.compile(runs=2, **options).process(inputs)
        for run in range(2):
            assert_same_bits(made, run, graph.compile(**options).process(of_run(inputs, run)))


# Chunks and state --------------------------------------------------------------------------------


def cut(inputs: dict[str, Any], a: int, b: int) -> dict[str, Any]:
    return {
        n: hg.PerRun(one[a:b] for one in v) if isinstance(v, hg.PerRun) else v[a:b]
        for n, v in inputs.items()
    }


@settings(deadline=None, max_examples=10)
@given(cuts=st.lists(st.integers(0, 200), max_size=4), threads=st.integers(1, 3))
def test_chunks_and_threads_leave_no_trace(cuts: list[int], threads: int) -> None:
    graph, inputs = loop(), own(drive(), 11, "target")
    whole = graph.compile(runs=11).process(inputs)
    many = graph.compile(runs=11, threads=threads)
    edges = [0, *sorted(cuts), 200]
    parts = [many.process(cut(inputs, a, b)) for a, b in pairwise(edges)]
    assert many.sample == 200
    for name, expected in whole.items():
        np.testing.assert_array_equal(np.concatenate([p[name] for p in parts], 1), expected)


@pytest.mark.parametrize("make", [loop, network])
def test_saved_runs_go_on_elsewhere(make: Any, tmp_path: Path) -> None:
    graph = make()
    inputs = {"data": drive()["data"]} if make is network else drive()
    many = graph.compile(runs=3)
    if make is loop:
        many.parameters["updater.learning_rate"] = hg.PerRun([1e-3, [1e-3, 2e-3], 3e-3])
    many.process(cut(inputs, 0, 55))
    np.savez(tmp_path / "state.npz", **many.state())
    expected = many.process(cut(inputs, 55, 200))
    other = graph.compile(runs=3)
    with np.load(tmp_path / "state.npz") as saved:
        other.load_state(saved)
    assert other.sample == 55
    made = other.process(cut(inputs, 55, 200))
    for run in range(3):
        assert_same_bits(made, run, {name: v[run] for name, v in expected.items()})


def test_reset_starts_over() -> None:
    many = loop().compile(runs=3)
    first = many.process(drive())
    many.reset()
    assert many.sample == 0
    np.testing.assert_array_equal(many.process(drive())["p"], first["p"])


def test_another_number_of_runs_cannot_go_on() -> None:
    text = (
        "the saved state is that of 2 runs, not of 3\n"
        "  mend compile the graph for as many runs as were saved"
    )
    saved = loop().compile(runs=2).state()
    with pytest.raises(ParameterError, match=pattern(text)):
        loop().compile(runs=3).load_state(saved)


def test_probes_are_recorded_for_all_runs() -> None:
    graph = loop()
    many = graph.compile(runs=3, probes={"filter.y": 5})
    one = graph.compile(probes={"filter.y": 5})
    made, expected = many.process(drive()), one.process(drive())
    assert made["filter.y"].shape == (3, 40, 2)
    assert_same_bits(made, 2, expected)


# Parameters and states ---------------------------------------------------------------------------


def test_parameters_are_read_back_for_each_run() -> None:
    many = loop().compile(runs=3)
    many.parameters["updater.learning_rate"] = hg.PerRun([0.1, 0.2, 0.3])
    assert list(many.parameters["updater.learning_rate"]) == [0.1, 0.2, 0.3]
    many.parameters["updater.learning_rate"] = 0.5
    assert np.all(np.asarray(many.parameters["updater.learning_rate"]) == 0.5)
    many[1].parameters["updater.learning_rate"] = 0.7
    assert list(many.parameters["updater.learning_rate"][1:]) == [0.7, 0.5]
    assert set(many.parameters) == set(loop().compile().parameters)


def test_states_are_set_for_each_run_between_chunks() -> None:
    graph, inputs = loop(), drive()
    many = graph.compile(runs=9)
    many.process(cut(inputs, 0, 50))
    now = np.asarray(many.states["updater.parameters"])
    assert now.shape == (9, 2)
    many.states["updater.parameters"] = hg.PerRun(now * np.linspace(-1.0, 1.0, 9)[:, None])
    made = many.process(cut(inputs, 50, 200))
    for run in (0, 8):
        one = graph.compile()
        one.process(cut(inputs, 0, 50))
        one.states["updater.parameters"] = now[run] * np.linspace(-1.0, 1.0, 9)[run]
        assert_same_bits(made, run, one.process(cut(inputs, 50, 200)))


def test_changes_are_noted_run_by_run() -> None:
    many = loop().compile(runs=2)
    many.process(cut(drive(), 0, 7))
    many.parameters["updater.learning_rate"] = hg.PerRun([0.1, 0.2])
    many[1].parameters["filter.time_constant"] = 0.5
    assert [(c.sample, c.value) for c in many[0].changes] == [(7, 0.1)]
    assert [(c.sample, c.value) for c in many[1].changes] == [(7, 0.2), (7, 0.5)]
    assert [one.number for one in many] == [0, 1]
    assert many[-1].number == 1


def test_if_one_value_is_refused_none_is_set() -> None:
    many, place = loop().compile(runs=3), "filter"
    text = (
        "run 2: filter.time_constant: LowPass needs time_constant above 0 s, got -1.0 s\n"
        f"  at   {place:<24} {FILE}:LINE\n"
        "  mend give time_constant a positive number in s"
    )
    with pytest.raises(ParameterError, match=pattern(text)):
        many.parameters["filter.time_constant"] = hg.PerRun([0.1, 0.2, -1.0])
    assert list(many.parameters["filter.time_constant"]) == [0.02] * 3
    assert [one.changes for one in many] == [[], [], []]
    text = (
        "run 1: updater.parameters holds 2 values, got 3: [1.0, 2.0, 3.0]\n"
        "  mend give 2 finite numbers, or one for all"
    )
    with pytest.raises(ParameterError, match=pattern(text)):
        many.states["updater.parameters"] = hg.PerRun([0.25, [1.0, 2.0, 3.0], 0.75])
    np.testing.assert_array_equal(many.states["updater.parameters"], [[-0.5, 0.5]] * 3)


def test_there_is_a_value_for_each_run() -> None:
    text = (
        "updater.learning_rate got 2 values for 3 runs\n"
        "  mend give PerRun one value for each run, or leave PerRun out if all get the same"
    )
    with pytest.raises(ParameterError, match=pattern(text)):
        loop().compile(runs=3).parameters["updater.learning_rate"] = hg.PerRun([0.1, 0.2])


def test_names_that_lead_nowhere_are_refused() -> None:
    many = loop().compile(runs=2)
    for mapping in (many.parameters, many.states):
        with pytest.raises(PathError):
            mapping["updater.nothing"]
        with pytest.raises(PathError):
            mapping["updater.nothing"] = 1.0


# Samples that cannot be used ---------------------------------------------------------------------


def test_samples_are_refused_run_by_run() -> None:
    many = loop().compile(runs=3)
    inputs = own(drive(n=10), 3, "target")
    inputs["target"][2][4] = np.nan
    text = (
        "run 2: input target is nan at sample 4\n  mend cut these samples out or fill them in: "
        "a filter would carry them on for ever"
    )
    with pytest.raises(SampleError, match=pattern(text)):
        many.process(inputs)
    assert many.sample == 0


@pytest.mark.parametrize("make", [loop, network])
def test_samples_of_each_run_are_as_many_as_there_are_runs(make: Any) -> None:
    many = make().compile(runs=3)
    inputs = {name: drive()[name] for name in many.input_names}
    few = {**inputs, "data": hg.PerRun([drive()["data"]] * 2)}
    text = (
        "input data has samples for 2 runs, but there are 3\n"
        "  mend give PerRun the samples of every run, or leave it out if all get the same"
    )
    with pytest.raises(SampleError, match=pattern(text)):
        many.process(few)
    uneven = {**inputs, "data": hg.PerRun([drive()["data"], drive()["data"], drive(n=9)["data"]])}
    text = (
        "run 2: input data has another number of samples than in run 0\n"
        "  mend give every run the same number of samples"
    )
    with pytest.raises(SampleError, match=pattern(text)):
        many.process(uneven)


def exploding() -> hg.Graph:
    """A loop that grows without bounds where its gain is above one."""
    state = hg.Delay(1, name="state")
    grown = hg.Gain(0.5, name="grow")(state.y) + hg.Input("x")
    state(grown)
    return hg.Graph(RATE, {"y": grown})


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("runs", [3, 11])
def test_a_run_that_fails_is_named_and_all_go_back(runs: int) -> None:
    graph = exploding()
    many, one = graph.compile(runs=runs), graph.compile()
    many.process({"x": np.ones(5)})
    one.process({"x": np.ones(5)})
    before = many.state()
    many[2].parameters["grow.factor"] = one.parameters["grow.factor"] = 1e200
    with pytest.raises(SampleError) as alone_error:
        one.process({"x": np.ones(50)})
    with pytest.raises(SampleError) as error:
        many.process({"x": np.ones(50)})
    assert str(error.value) == f"run 2: {alone_error.value}"
    assert error.value.block == alone_error.value.block
    assert error.value.sample == alone_error.value.sample
    after = many.state()
    for name in before:
        if name.endswith(("_F", "_I", "_sample")):
            np.testing.assert_array_equal(after[name], before[name])
    many[2].parameters["grow.factor"] = 0.5
    made, expected = many.process({"x": np.ones(9)}), graph.compile()
    expected.process({"x": np.ones(5)})
    one_more = expected.process({"x": np.ones(9)})
    for run in range(runs):
        assert_same_bits(made, run, one_more)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_a_run_that_fails_by_itself_takes_no_other_on() -> None:
    many = network().compile(runs=3, threads=2)
    inputs = {"data": drive()["data"]}
    many.process(inputs)
    weights = many[1].parameters["device.weights"]
    many[1].parameters["device.weights"] = [1e300 * np.asarray(weight) for weight in weights]
    before = [np.asarray(many.states[path]) for path in many.states]
    with pytest.raises(SampleError, match=r"^run 1: "):
        many.process(inputs)
    assert many.sample == 200
    for path, old in zip(many.states, before, strict=True):
        np.testing.assert_array_equal(many.states[path], old)


def test_an_unknown_dtype_is_refused() -> None:
    text = "no graph is compiled to 'float16'\n  mend take one of float64, float32"
    with pytest.raises(ParameterError, match=pattern(text)):
        loop().compile(runs=2, dtype="float16")


@pytest.mark.parametrize("option", ["runs", "threads"])
def test_runs_and_threads_are_whole_numbers(option: str) -> None:
    text = (
        f"compile needs a whole number of at least 1 for {option}, got 0\n"
        f"  mend give {option} a whole number of at least 1"
    )
    with pytest.raises(ParameterError, match=pattern(text)):
        loop().compile(**{"runs": 2, option: 0})


# Whole sources -----------------------------------------------------------------------------------


def test_a_source_gives_a_record_for_each_run() -> None:
    graph, inputs = loop(), own(drive(n=2000), 3, "target")
    records = graph.compile(runs=3).run(inputs, progress=False, chunk=300)
    assert len(records) == 3
    for run, record in enumerate(records):
        expected = graph.compile().run(of_run(inputs, run), progress=False)
        assert record.samples == 2000
        for name in expected:
            assert record[name].tobytes() == expected[name].tobytes()
            np.testing.assert_array_equal(record.time(name), expected.time(name))


def test_traces_may_differ_from_run_to_run() -> None:
    graph = exploding()
    traces = [hg.Trace(np.full(30, float(r)), RATE) for r in range(2)]
    records = graph.compile(runs=2).run({"x": hg.PerRun(traces)}, progress=False)
    assert [record["y"][0] for record in records] == [0.0, 1.0]
    slow = hg.Trace(np.zeros(30), 10.0, name="slow.npy")
    text = (
        "run 1: input x was recorded at 10 Hz, but at 1 kHz in run 0\n"
        "  at   slow.npy\n  mend resample one of them, or make two graphs"
    )
    with pytest.raises(RateError, match=pattern(text)):
        graph.compile(runs=2).run({"x": hg.PerRun([traces[0], slow])}, progress=False)


def test_on_chunk_sees_all_runs_and_may_set_parameters() -> None:
    many, seen = loop().compile(runs=2), []

    def look(outputs: dict[str, Any]) -> str:
        seen.append(outputs["loss"].shape)
        many.parameters["updater.learning_rate"] = hg.PerRun([0.1, 0.2])
        return "fine"

    records = many.run(drive(), progress=False, chunk=120, on_chunk=look)
    assert seen == [(2, 120), (2, 80)]
    assert [(c.sample, c.value) for c in records[1].changes] == [(120, 0.2), (200, 0.2)]


@pytest.mark.filterwarnings("ignore:overflow")
def test_what_was_recorded_before_a_run_failed_is_kept() -> None:
    many = exploding().compile(runs=2)
    many[1].parameters["grow.factor"] = 1e100
    with pytest.raises(SampleError, match=r"^run 1: ") as error:
        many.run({"x": np.ones(50)}, progress=False, chunk=2)
    assert [len(record["y"]) for record in error.value.record] == [4, 4]


def test_no_samples_give_empty_records() -> None:
    records = loop().compile(runs=2).run(drive(), samples=0, progress=False)
    assert [record["p"].shape for record in records] == [(0, 2), (0, 2)]


def test_the_sweep_in_the_guide_finds_a_rate_that_learns() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide.md").read_text("utf-8")
    section = guide.partition("## Many runs\n")[2].partition("\n## ")[0]
    lines = [line.removeprefix("    ") for line in section.splitlines() if line[:4] == "    "]
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)
    losses = names["losses"]
    assert losses.shape == (64, 20_000)
    assert names["rates"][0] < names["best"] < names["rates"][-1]
    last = losses[:, -1000:].mean(axis=1)
    assert last.min() < 1e-2 * last[0]
