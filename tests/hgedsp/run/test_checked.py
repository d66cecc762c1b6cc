"""The checked kernel: the same bits, and nothing it computes goes unseen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numba
import numpy as np
import pytest
from numba.extending import register_jitable

import hgedsp as hg
from hgedsp.block import Block
from hgedsp.checks import FloatArray, IntArray
from hgedsp.errors import StepError
from hgedsp.ports import Ports
from hgedsp.run import watched

FILE = Path(__file__)


def closed_loop(lanes: int) -> hg.Graph:
    linear = np.linspace(0.2, 0.5, lanes)
    tone = hg.ToneGenerator(np.linspace(20e3, 60e3, lanes), 0.01)
    updater = hg.Adam(1e-3, np.zeros(lanes))
    current = hg.PolynomialDevice(linear, 0.3 * linear, 0.1 * linear)(
        updater.parameters + tone.perturbation
    )
    loss = hg.SquaredError()(current, hg.Constant(1.0))
    updater(hg.LowPass(1e-4, 4)(hg.Mixer(200.0)(loss, tone.in_phase)))
    return hg.Graph(1e6, {"loss": loss, "p": hg.Decimate(7)(updater.parameters)})


def many_clocks() -> hg.Graph:
    x = hg.Input("x", 2)
    slow = hg.IntegrateAndDump(5)(hg.Delay(300)(x) + hg.WhiteNoise(1e-3, 1)(hg.Select([0])(x)))
    updater = hg.Momentum(1e-2, [0.0, 0.0])
    updater(slow - hg.MovingAverage(3)(slow))
    held = hg.Hold(5)(updater.parameters)
    return hg.Graph(1e3, {"y": hg.OnePole(0.02)(x) + held, "slow": slow})


def x_of(graph: hg.Graph, n: int) -> Any:
    has_inputs = any(node.block.external for node in graph.nodes)
    return {"x": np.random.default_rng(0).standard_normal((n, 2))} if has_inputs else n


GRAPHS = {"closed": lambda: closed_loop(7), "tiles": lambda: closed_loop(40), "clocks": many_clocks}


@pytest.mark.parametrize(
    "options", [{}, {"fastmath": False}, {"interpret": True}, {"dtype": "float32"}]
)
@pytest.mark.parametrize("name", GRAPHS)
def test_computes_the_same_bits(name, options, monkeypatch) -> None:
    monkeypatch.setattr(watched, "_LONGEST", 61)
    graph = GRAPHS[name]()
    fast = graph.compile(windows=False, **options)
    checked = graph.compile(checked=True, **options)
    assert "".join(checked.input_names) == "".join(fast.input_names)
    for n in (1, 0, 61, 200):
        x = x_of(graph, n)
        wanted, got = fast.process(x), checked.process(x)
        assert wanted.keys() == got.keys()
        for key in wanted:
            np.testing.assert_array_equal(got[key], wanted[key], key)
    for key, values in fast.state().items():
        np.testing.assert_array_equal(checked.state()[key], values, key)


def test_runs_with_probes_and_goes_on_from_a_saved_state() -> None:
    graph = closed_loop(3)
    fast, checked = graph.compile(), graph.compile(checked=True, probes={"mixer.product": 10})
    fast.process(500)
    checked.load_state(fast.state())
    record = checked.run(samples=1000, chunk=170, progress=False, probes={"low_pass": 3})
    wanted = fast.run(samples=1000, progress=False, probes={"mixer.product": 10, "low_pass": 3})
    assert record.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_array_equal(record[name], wanted[name], name)
        np.testing.assert_array_equal(record.sample_index[name], wanted.sample_index[name], name)


def test_takes_parameters_that_are_set_between_chunks() -> None:
    graph = closed_loop(3)
    kernels = graph.compile(), graph.compile(checked=True)
    outputs = []
    for kernel in kernels:
        kernel.process(100)
        kernel.parameters["mixer.gain"] = [100.0, 200.0, 300.0]  # kept lane by lane from now on
        outputs.append(kernel.process(100))
    for name in outputs[0]:
        np.testing.assert_array_equal(outputs[1][name], outputs[0][name], name)


def test_slices_are_as_short_as_memory_asks(monkeypatch) -> None:
    graph = closed_loop(500)
    options: dict[str, Any] = {"fastmath": True, "interpret": True, "apart": frozenset()}
    made = watched.watch(graph.checked, graph.checked.flat.outputs, {}, **options)
    plan = made.program.plan
    size = sum(8 * plan.checked.width(source) for source in plan.ends.values())
    assert size / 2 < watched._BYTES / made.slice_length < 2 * size
    monkeypatch.setattr(watched, "_BYTES", 1)
    assert made.slice_length == 1


# Bounds ------------------------------------------------------------------------------------------


@register_jitable
def taken(x: FloatArray, k: int) -> float:
    value: float = x[k]  # here
    return value


@dataclass(frozen=True, eq=False)
class Reader(Block):
    """Reads, from sample 41 on, one lane too far."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", state="count: int64")

    @staticmethod
    def step(x: FloatArray, y: FloatArray, count: IntArray) -> None:
        for k in range(x.size):
            y[k] = 0.0 if x.size > 2 else taken(x, k + (count[0] > 40))
        count[0] += 1


@dataclass(frozen=True, eq=False)
class Writer(Block):
    """Writes beyond its memory."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y", state="ring[4]")

    @staticmethod
    def step(x: FloatArray, ring: FloatArray) -> float:
        place = int(x[0])
        ring[place] = x[0]  # and here
        return ring[0]


def line_of(mark: str) -> str:
    lines = FILE.read_text().splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if line.endswith(f"  # {mark}")]
    return f"{FILE.name}:{number}"


@pytest.mark.parametrize("fastmath", [True, False])
@pytest.mark.parametrize("chunk", [10, 100])
def test_a_step_that_leaves_an_array_is_named(fastmath, chunk) -> None:
    # Two of a kind: only the narrow one goes wrong.
    fine, broken = Reader(name="fine"), Reader(name="broken")
    wires = fine(hg.Input("wide", 3)), broken(2 * hg.Input("narrow", 2))
    graph = hg.Graph(1e3, dict(zip("ab", wires, strict=True)))
    kernel = graph.compile(checked=True, fastmath=fastmath)
    text = (
        "broken reads or writes outside of an array at sample 41: "
        "index 2 is out of bounds for axis 0 with size 2\n"
        f"  at   {'broken':<24} {broken.node.location}\n"
        f"  at   {'taken':<24} {line_of('here')}\n"
        "  mend keep every index from 0 to the size of the array less 1; "
        "the state is as before this chunk"
    )
    x = {"wide": np.ones((100, 3)), "narrow": np.ones((100, 2))}
    with pytest.raises(StepError, match=f"^{re.escape(text)}$"):
        kernel.run(x, chunk=chunk, progress=False)
    assert kernel.sample == 41 - 41 % chunk
    np.testing.assert_array_equal(kernel.states["broken.count"], kernel.sample)


def test_a_write_outside_of_an_array_changes_nothing() -> None:
    kernel = hg.Graph(1e3, {"y": Writer()(hg.Input("x", 2))}).compile(checked=True)
    kernel.process({"x": np.array([[1.0, 0.0], [3.0, 0.0]])})
    before = kernel.state()
    text = "writer reads or writes outside of an array at sample 3: index 4 is out of bounds"
    with pytest.raises(StepError, match=f"^{text}") as caught:
        kernel.process({"x": np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 0.0]])})
    assert line_of("and here") in str(caught.value)
    for name, values in kernel.state().items():
        np.testing.assert_array_equal(values, before[name], name)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="there is no machine code to keep")
def test_checked_machine_code_is_kept_apart(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path))
    graph = hg.Graph(1e3, {"y": Reader()(hg.Input("x", 2))})
    assert not graph.compile().cache_hit
    assert not graph.compile(checked=True).cache_hit
    assert graph.compile(checked=True).cache_hit
    assert graph.compile().cache_hit
