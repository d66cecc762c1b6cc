"""A kernel: chunks, state, and samples that cannot be used."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.errors import ParameterError, PathError, SampleError
from hgedsp.run.call import call

RATE = 1000.0
FILE = Path(__file__).name


def loop(tau: float = 0.01) -> hg.Graph:
    """A closed loop with a clock, a compound, a registered output and feedback."""
    target, tone = hg.Input("target"), hg.ToneGenerator([31.0, 73.0], 0.1)
    updater = hg.GradientDescent(1e-2, [0.1, 0.2], -1.0, 1.0)
    current = hg.PolynomialDevice([1.0, 0.5], [0.3, 0.2])(updater.parameters + tone.perturbation)
    loss = hg.SquaredError()(current, target)
    updater(hg.LowPass(tau, 2)(hg.Mixer(20.0)(loss, tone.in_phase)))
    mean = hg.IntegrateAndDump(7)(loss)
    return hg.Graph(RATE, {"p": updater.parameters, "loss": loss, "mean": mean})


def drive(n: int = 200) -> dict[str, Any]:
    return {"target": np.sin(np.arange(n) / 9.0)}


def assert_same(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], name)


def pieces(kernel: hg.Kernel, x: dict[str, Any], cuts: list[int]) -> dict[str, Any]:
    parts = [
        kernel.process({name: v[a:b] for name, v in x.items()})
        for a, b in zip([0, *cuts], [*cuts, 200], strict=True)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


# Chunks and state --------------------------------------------------------------------------------


@pytest.mark.parametrize("cuts", [[1], [6, 7, 8], [0, 0, 100], list(range(1, 200))])
def test_chunks_leave_no_trace(cuts: list[int]) -> None:
    graph = loop()
    assert_same(pieces(graph.compile(), drive(), cuts), graph.compile().process(drive()))


def test_reset_starts_over() -> None:
    kernel = loop().compile()
    first = kernel.process(drive())
    assert kernel.sample == 200
    kernel.reset()
    assert kernel.sample == 0
    assert_same(kernel.process(drive()), first)


def test_reset_uses_the_initial_value_that_was_set() -> None:
    kernel = loop().compile(interpret=True)
    kernel.process(drive(5))
    kernel.parameters["gradient_descent.initial_value"] = [0.5, 0.6]
    kernel.reset()
    np.testing.assert_array_equal(kernel.states["gradient_descent.parameters"], [0.5, 0.6])
    np.testing.assert_array_equal(kernel.process(drive(1))["p"], [[0.5, 0.6]])


def test_a_saved_state_goes_on_in_a_new_kernel_also_after_changes(tmp_path: Path) -> None:
    old = loop().compile()
    old.process({"target": drive()["target"][:60]})
    old.parameters["low_pass.time_constant"] = 0.02
    old.parameters["tone_generator/amplitude.factor"] = [0.03, 0.04]
    old.parameters["mixer.gain"] = [5.0, 6.0]
    old.process({"target": drive()["target"][60:90]})
    np.savez(tmp_path / "state.npz", **old.state())
    new = loop().compile()
    with np.load(tmp_path / "state.npz") as saved:
        new.load_state(saved)
    assert new.sample == 90
    assert list(dict(new.parameters)["tone_generator/amplitude.factor"]) == [0.03, 0.04]
    assert new.parameters["low_pass.time_constant"] == 0.02
    rest = {"target": drive()["target"][90:]}
    for kernel in (old, new):  # another field of a changed block leaves the first change alone
        kernel.parameters["gradient_descent.learning_rate"] = 0.02
    assert_same(new.process(rest), old.process(rest))
    np.testing.assert_array_equal(new.parameters["mixer.gain"], [5.0, 6.0])


@pytest.mark.parametrize(
    ("rate", "factor", "kind"), [(2.0, 2, hg.OnePole), (1.0, 3, hg.OnePole), (1.0, 2, hg.LowPass)]
)
def test_a_state_of_another_graph_is_refused(rate: float, factor: int, kind: Any) -> None:
    def graph(rate: float, factor: int, kind: Any) -> hg.Kernel:
        wire = hg.Decimate(factor)(kind(1.0, name="filter")(hg.Input("x")))
        return hg.Graph(rate, {"y": wire}).compile(interpret=True)

    with pytest.raises(ParameterError) as caught:
        graph(1.0, 2, hg.OnePole).load_state(graph(rate, factor, kind).state())
    assert str(caught.value) == (
        "the saved state belongs to another graph\n"
        "  mend load it into a kernel of the graph that saved it"
    )


def test_states_are_copies_that_can_be_set() -> None:
    kernel = loop().compile(interpret=True)
    kernel.states["gradient_descent.parameters"][0] = 9.0
    kernel.states["gradient_descent.parameters"] = [0.7, 0.8]
    np.testing.assert_array_equal(kernel.process(drive(1))["p"], [[0.7, 0.8]])
    assert "tone_generator/oscillator.count" in kernel.states
    assert len(kernel.states) == len(list(kernel.states))


def test_wrong_states_are_refused() -> None:
    kernel = loop().compile(interpret=True)
    with pytest.raises(ParameterError) as caught:
        kernel.states["gradient_descent.parameters"] = [1.0, 2.0, 3.0]
    assert str(caught.value) == (
        "gradient_descent.parameters holds 2 values, got 3: [1.0, 2.0, 3.0]\n"
        "  mend give 2 finite numbers, or one for all"
    )
    with pytest.raises(PathError) as unknown:
        _ = kernel.states["gradient_descent.velocity"]
    assert str(unknown.value) == (
        "no state is named 'gradient_descent.velocity'\n"
        "  mend its names are gradient_descent.parameters"
    )


def test_an_empty_chunk_changes_nothing() -> None:
    kernel = loop().compile()
    start = kernel.state()
    r = kernel.process({"target": []})
    assert (r["p"].shape, r["loss"].shape, r["mean"].shape) == ((0, 2), (0,), (0,))
    assert_same(kernel.state(), start)


def test_a_graph_without_inputs_is_given_a_number() -> None:
    tone = hg.ToneGenerator([250.0], 1.0)
    kernel = hg.Graph(RATE, {"y": tone.in_phase}).compile(interpret=True)
    np.testing.assert_allclose(kernel.process(4)["y"], [0.0, 1.0, 0.0, -1.0], atol=1e-15)
    with pytest.raises(SampleError, match=r"^cannot process -1 samples\n  mend give a number from"):
        kernel.process(-1)


def test_chains_of_delays() -> None:
    wire = hg.Input("x", 2).x
    for samples in (1, 2, 3):
        wire = hg.Delay(samples)(wire)
    x = np.arange(40.0).reshape(20, 2)
    y = hg.Graph(1.0, {"y": wire}).compile().process({"x": x})["y"]
    np.testing.assert_array_equal(y, np.vstack([np.zeros((6, 2)), x[:-6]]))


# Samples that cannot be used ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "input a got no samples\n  mend the inputs of this graph are a, b"),
        (
            {"a": [1.0], "b": [[1.0, 2.0]], "c": 1},
            "no input is named c\n  mend the inputs of this graph are a, b",
        ),
        (5, 'the graph needs samples for a, b\n  mend process({"a": array})'),
        (
            {"a": [1.0, 2.0], "b": [[1.0, 2.0]]},
            "the inputs differ in length: a has 2, b has 1\n"
            "  mend give every input the same number of samples",
        ),
        (
            {"a": [1.0], "b": [1.0]},
            "input b has shape (1,), not (N, 2)\n  mend one row per sample, one column per lane",
        ),
        (
            {"a": [[1.0, 2.0]], "b": [[1.0, 2.0]]},
            "input a has shape (1, 2), not (N,)\n  mend one row per sample, one column per lane",
        ),
        (
            {"a": ["x"], "b": [[1.0, 2.0]]},
            "input a holds something that is no real number\n  mend give an array of real numbers",
        ),
        (
            {"a": [1j], "b": [[1.0, 2.0]]},
            "input a holds something that is no real number\n  mend give an array of real numbers",
        ),
        (
            {"a": [np.nan], "b": [[1.0, 2.0]]},
            "input a is nan at sample 3\n"
            "  mend cut these samples out or fill them in: a filter would carry them on for ever",
        ),
        (
            {"a": [1.0, 1.0], "b": [[1.0, 2.0], [1.0, -np.inf]]},
            "input b is -inf at sample 4, lane 1\n"
            "  mend cut these samples out or fill them in: a filter would carry them on for ever",
        ),
        (
            {"a": [np.nan, 1.0, np.nan], "b": np.ones((3, 2))},
            "input a is nan at sample 3 and 1 more\n"
            "  mend cut these samples out or fill them in: a filter would carry them on for ever",
        ),
    ],
)
def test_bad_samples_are_refused_and_nothing_is_lost(inputs: Any, message: str) -> None:
    a, b = hg.Input("a"), hg.Input("b", 2)
    graph = hg.Graph(RATE, {"y": hg.OnePole(0.01)(a + b)})
    kernel, other = graph.compile(interpret=True), graph.compile(interpret=True)
    good = {"a": [1.0, 2.0, 3.0], "b": np.ones((3, 2))}
    assert_same(kernel.process(good), other.process(good))
    with pytest.raises(SampleError) as caught:
        kernel.process(inputs)
    assert str(caught.value) == message
    assert_same(kernel.process(good), other.process(good))


def test_whole_number_inputs_take_no_fractions() -> None:
    kernel = hg.Graph(1.0, {"y": hg.Input("x", dtype="int64")}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process({"x": [1.0, 2.0]})["y"], [1, 2])
    with pytest.raises(SampleError) as caught:
        kernel.process({"x": [1.0, 2.5]})
    assert str(caught.value) == (
        "input x takes whole numbers, but holds fractions\n"
        '  mend round the samples, or make the Input with dtype="float64"'
    )


def test_arrays_of_all_kinds_are_taken() -> None:
    kernel = hg.Graph(1.0, {"y": 2.0 * hg.Input("x", 2)}).compile()
    x = np.arange(12.0).reshape(6, 2)
    locked = x.copy()
    locked.flags.writeable = False
    kinds = [x, locked, np.asfortranarray(x), x[::-1][::-1], x.astype(np.float32), x.tolist()]
    kinds += [
        x.astype(np.int16),
        x.astype(">f8"),
        np.repeat(x, 2, axis=1)[:, ::2],
        x.astype(object),
    ]
    for given in kinds:
        np.testing.assert_array_equal(kernel.process({"x": given})["y"], 2 * x)


def test_ctrl_c_within_a_chunk_leaves_the_state_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = hg.Graph(1.0, {"y": hg.OnePole(3.0)(hg.Input("x"))}).compile(interpret=True)
    kernel.process({"x": np.ones(5)})
    before = kernel.state()

    def interrupted(*arguments: Any) -> Any:
        call(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr("hgedsp.run.windows.call", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kernel.process({"x": np.ones(7)})
    assert_same(kernel.state(), before)


# Threads -----------------------------------------------------------------------------------------


def test_kernels_run_in_threads_at_once() -> None:
    graph = loop()
    x = {"target": np.tile(drive()["target"], 100)}
    expected = graph.compile().process(x)
    kernels = [graph.compile() for _ in range(4)]
    results: list[dict[str, Any]] = [{} for _ in kernels]

    def work(i: int) -> None:
        results[i] = kernels[i].process(x)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(kernels))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        assert_same(result, expected)


def test_one_kernel_takes_chunks_of_several_threads_in_turn() -> None:
    total = hg.Integrator()
    total(hg.Input("x"))
    kernel = hg.Graph(1.0, {"y": total.y}).compile()

    def work() -> None:
        for _ in range(20):
            kernel.process({"x": np.ones(1000)})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (kernel.sample, kernel.states["integrator.y"][0]) == (80_000, 80_000.0)
