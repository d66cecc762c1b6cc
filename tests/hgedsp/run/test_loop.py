"""A whole run: sources, probes, progress, stopping."""

from __future__ import annotations

import signal
import threading
from typing import Any

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.errors import ParameterError, PathError, RateError, SampleError

RATE = 1000.0


@pytest.fixture
def kernel() -> hg.Kernel:
    x = hg.Input("x")
    smooth = hg.OnePole(0.01)(x)
    graph = hg.Graph(RATE, {"y": smooth, "mean": hg.IntegrateAndDump(10)(smooth)})
    return graph.compile(interpret=True)


X = np.random.default_rng(3).standard_normal(95)


def test_sources_of_all_kinds(kernel: hg.Kernel) -> None:
    expected = kernel.process({"x": X})
    trace = hg.Trace(X, RATE, "x.npy")
    for source in ({"x": X}, {"x": trace}, trace, {"x": list(X)}):
        kernel.reset()
        record = kernel.run(source, progress=False)
        np.testing.assert_array_equal(record["y"], expected["y"])
        np.testing.assert_array_equal(record["mean"], expected["mean"])
    assert (record.samples, record.interrupted, record.changes) == (95, False, ())
    assert list(record) == ["y", "mean"]


@pytest.mark.parametrize("chunk", [1, 7, 10, 1000])
def test_the_record_does_not_depend_on_the_chunk(kernel: hg.Kernel, chunk: int) -> None:
    expected = kernel.run({"x": X}, progress=False)
    kernel.reset()
    record = kernel.run({"x": X}, progress=False, chunk=chunk)
    for name in expected:
        np.testing.assert_array_equal(record[name], expected[name])
        np.testing.assert_array_equal(record.sample_index[name], expected.sample_index[name])


def test_a_run_ends_after_samples_or_seconds_and_the_next_goes_on(kernel: hg.Kernel) -> None:
    first = kernel.run({"x": X}, samples=33, progress=False)
    second = kernel.run({"x": X[33:]}, seconds=0.04, progress=False)
    assert (first.samples, second.samples, kernel.sample) == (33, 40, 73)
    np.testing.assert_array_equal(second.sample_index["mean"], [39, 49, 59, 69])
    np.testing.assert_allclose(second.time("mean"), [0.039, 0.049, 0.059, 0.069])
    np.testing.assert_array_equal(second.sample_index["y"], np.arange(33, 73))


def test_probes_are_recorded_on_their_own_clock(kernel: hg.Kernel) -> None:
    record = kernel.run(
        {"x": X}, probes={"one_pole": 4, "integrate_and_dump.y": 3}, progress=False, chunk=17
    )
    np.testing.assert_array_equal(record["one_pole"], record["y"][::4])
    np.testing.assert_array_equal(record.sample_index["one_pole"], np.arange(0, 95, 4))
    np.testing.assert_array_equal(record["integrate_and_dump.y"], record["mean"][::3])
    np.testing.assert_array_equal(record.sample_index["integrate_and_dump.y"], [9, 39, 69])


@pytest.mark.parametrize(
    ("probes", "kind", "what"),
    [
        ({"nothing": 1}, PathError, "no wire is named 'nothing'"),
        ({"y": 1}, PathError, "'y' is an output already"),
        ({"one_pole": 0}, ParameterError, "probe one_pole needs a whole number of at least 1"),
    ],
)
def test_bad_probes(kernel: hg.Kernel, probes: Any, kind: Any, what: str) -> None:
    with pytest.raises(kind) as caught:
        kernel.run({"x": X}, probes=probes, progress=False)
    assert str(caught.value).startswith(what)


def test_a_graph_without_inputs_needs_an_end() -> None:
    tone = hg.ToneGenerator([100.0], 1.0)
    kernel = hg.Graph(RATE, {"y": tone.in_phase}).compile(interpret=True)
    assert kernel.run(seconds=0.02, progress=False).samples == 20
    assert kernel.run(samples=0, progress=False)["y"].shape == (0,)
    with pytest.raises(SampleError) as caught:
        kernel.run(progress=False)
    assert str(caught.value) == (
        "the graph has no inputs, so a run has no end of its own\n"
        "  mend give seconds=... or samples=..."
    )


def test_a_trace_of_another_rate_is_refused(kernel: hg.Kernel) -> None:
    with pytest.raises(RateError) as caught:
        kernel.run(hg.Trace(X, 2000.0, "fast.npy"), progress=False)
    assert str(caught.value) == (
        "input x runs at 1 kHz, but the trace was recorded at 2 kHz\n"
        "  at   fast.npy\n"
        "  mend make the graph with sample_rate=2000, or resample it"
    )


def test_bad_samples_in_a_trace_are_named_by_their_place_in_the_file(kernel: hg.Kernel) -> None:
    bad = X.copy()
    bad[50] = np.nan
    with pytest.raises(SampleError) as caught:
        kernel.run(hg.Trace(bad, RATE, "bad.npy", start=1000), progress=False, chunk=20)
    assert str(caught.value) == (
        "input x is nan at sample 1050\n  at   bad.npy\n"
        "  mend cut these samples out or fill them in: a filter would carry them on for ever"
    )
    assert kernel.sample == 40


def test_what_was_recorded_before_bad_samples_is_not_lost() -> None:
    y = hg.LowPass(1.0)(hg.Input("x"))
    kernel = hg.Graph(10.0, {"y": y}).compile(interpret=True)
    x = np.ones(100)
    x[57] = np.nan
    with pytest.raises(SampleError) as caught:
        kernel.run({"x": x}, progress=False, chunk=10)
    record = caught.value.record
    assert (record.samples, kernel.sample) == (50, 50)
    expected = hg.Graph(10.0, {"y": y}).compile(interpret=True).process({"x": x[:50]})["y"]
    np.testing.assert_array_equal(record["y"], expected)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (
            {"z": X},
            {},
            "samples for z, but the inputs are x\n"
            "  mend give samples for each input of the graph, by its name",
        ),
        (
            None,
            {"samples": 3},
            "samples for nothing, but the inputs are x\n"
            "  mend give samples for each input of the graph, by its name",
        ),
        (
            {"x": X},
            {"samples": 96},
            "96 samples asked for, but the source has 95\n"
            "  mend ask for fewer, or leave samples and seconds out",
        ),
    ],
)
def test_sources_that_do_not_fit(
    kernel: hg.Kernel, source: Any, options: Any, message: str
) -> None:
    with pytest.raises(SampleError) as caught:
        kernel.run(source, progress=False, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("source", "what", "mend"),
    [
        (5, "got 5", "say what it counts: run(samples=5), or run(seconds=5)"),
        (
            np.zeros(3),
            "got ndarray",
            'name the input: run({"name": samples, ...}), or give a Trace',
        ),
    ],
)
def test_a_source_without_names(kernel: hg.Kernel, source: Any, what: str, mend: str) -> None:
    with pytest.raises(ParameterError) as error:
        kernel.run(source, progress=False)
    assert error.value.what == f"run takes samples for the inputs, by name, {what}"
    assert error.value.mend == mend


def test_inputs_of_two_lengths() -> None:
    graph = hg.Graph(RATE, {"y": hg.Input("a") + hg.Input("b")})
    source = {"a": np.ones(5), "b": np.ones(3)}
    kernel = graph.compile(interpret=True)
    with pytest.raises(SampleError) as caught:
        kernel.run(source, progress=False)
    assert str(caught.value) == (
        "the inputs differ in length: a has 5, b has 3\n"
        "  mend give samples=... to say how far to go"
    )
    assert kernel.run(source, samples=3, progress=False).samples == 3
    with pytest.raises(SampleError, match=r"^one trace for 2 inputs: a, b\n"):
        kernel.run(hg.Trace(np.ones(3)), progress=False)


# Stopping ----------------------------------------------------------------------------------------


def test_ctrl_c_ends_a_run_cleanly(kernel: hg.Kernel) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def interrupt(outputs: dict[str, Any]) -> None:
        seen.append(len(outputs["y"]))
        if len(seen) == 3:
            signal.raise_signal(signal.SIGINT)

    record = kernel.run({"x": X}, progress=False, chunk=10, on_chunk=interrupt)
    assert record.interrupted
    assert (record.samples, kernel.sample, record["y"].shape) == (30, 30, (30,))
    assert signal.getsignal(signal.SIGINT) is before
    assert kernel.run({"x": X[30:]}, progress=False).samples == 65


def test_a_second_ctrl_c_is_let_through(kernel: hg.Kernel) -> None:
    def interrupt(outputs: dict[str, Any]) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        kernel.run({"x": X}, progress=False, chunk=10, on_chunk=interrupt)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_stop_iteration_ends_a_run(kernel: hg.Kernel) -> None:
    def stop(outputs: dict[str, Any]) -> None:
        raise StopIteration

    record = kernel.run({"x": X}, progress=False, chunk=10, on_chunk=stop)
    assert (record.samples, record.interrupted) == (10, False)


def test_parameters_set_while_it_runs_are_in_the_record(kernel: hg.Kernel) -> None:
    def slower(outputs: dict[str, Any]) -> None:
        if kernel.sample == 20:
            kernel.parameters["one_pole.time_constant"] = 0.1

    record = kernel.run({"x": X}, progress=False, chunk=10, on_chunk=slower)
    assert [(c.sample, c.name, c.value) for c in record.changes] == [
        (20, "one_pole.time_constant", 0.1)
    ]


def test_it_runs_in_another_thread(kernel: hg.Kernel) -> None:
    records: list[hg.Record] = []
    thread = threading.Thread(target=lambda: records.append(kernel.run({"x": X}, progress=False)))
    thread.start()
    thread.join()
    assert records[0].samples == 95


@pytest.mark.parametrize("progress", [True, False])
def test_the_bar_shows_samples_and_the_users_words(
    kernel: hg.Kernel, progress: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel.run({"x": X}, progress=progress, chunk=10, on_chunk=lambda outputs: "loss 0.5")
    shown = capsys.readouterr().err
    assert ("95.0/95.0" in shown and "loss 0.5" in shown) == progress
    assert bool(shown) == progress
