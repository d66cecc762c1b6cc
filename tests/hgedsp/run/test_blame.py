"""What went wrong is told with block, port, lane and sample, and the values around it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numba
import numpy as np
import pytest

import hgedsp as hg
from hgedsp.block import Block
from hgedsp.checks import FloatArray, IntArray
from hgedsp.errors import SampleError
from hgedsp.ports import Ports

needs_machine_code = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT), reason="plain Python is too slow, and NumPy warns first"
)
PLANTED = 1_234_567
MODES = pytest.mark.parametrize("options", [{}, {"checked": True}], ids=["fast", "checked"])


def planter(sample: int) -> Callable[..., Any]:
    """A block that counts samples, and spoils one of them in lane `bad`."""

    @hg.block(inputs="x", outputs="y", state="count: int64", coefficients="lane: int64, bad: int64")
    def Planted(x, count, lane, bad):
        y = math.nan if count == sample and lane == bad else x
        return y, count + 1

    return lambda lanes, bad: Planted(lane=list(range(lanes)), bad=bad)


def closed_loop(lanes: int, spoil: Block | None = None) -> hg.Graph:
    """An HGE loop around a polynomial device; `spoil` stands behind the mixer."""
    linear = np.linspace(0.2, 0.5, lanes)
    tone = hg.ToneGenerator(np.linspace(20e3, 60e3, lanes), 0.01)
    updater = hg.GradientDescent(1e-5, np.zeros(lanes), -1.0, 1.0)
    current = hg.PolynomialDevice(linear, 0.3 * linear, 0.1 * linear)(
        updater.parameters + tone.perturbation
    )
    loss = hg.SquaredError()(current, hg.Constant(1.0))
    product = hg.Mixer(200.0)(loss, tone.in_phase)
    product = product if spoil is None else spoil(product)
    updater(hg.LowPass(1e-3, 2)(product))
    return hg.Graph(1e6, {"loss": loss, "slow": hg.Decimate(100)(updater.parameters)})


def fault_of(kernel: hg.Kernel, end: int, chunk: int, x: Any = None) -> SampleError:
    """The error that ends a run of `end` samples in chunks."""

    def run() -> None:
        while kernel.sample < end:
            n = min(chunk, end - kernel.sample)
            kernel.process(n if x is None else {"x": x[kernel.sample : kernel.sample + n]})

    with pytest.raises(SampleError) as caught:
        run()
    return caught.value


def facts(error: SampleError) -> tuple[Any, ...]:
    return error.block, error.port, error.lane, error.sample


# One NaN among millions --------------------------------------------------------------------------


@needs_machine_code
@MODES
def test_a_nan_in_a_closed_loop_is_reported_as_what_it_is(options: dict[str, bool]) -> None:
    spoil = planter(PLANTED)(5, 3)
    graph = closed_loop(5, spoil)
    probe = closed_loop(5).compile(probes={"mixer.product": 1})
    rows = [probe.process(PLANTED - 3), probe.process(4)][1]["mixer.product"][:, 3]
    values = [f"{value:.6g}" for value in rows]
    wide = max(map(len, values))
    table = [f"  seen  sample  {'x[3]':>{wide}}  {'y[3]':>{wide}}"]
    for i, value in enumerate(values):
        made = "nan" if i == 3 else value
        table.append(f"       {PLANTED - 3 + i}  {value:>{wide}}  {made:>{wide}}")
    for chunk in (100_000, 1_300_000):
        error = fault_of(graph.compile(**options), 1_300_000, chunk)
        assert str(error).splitlines() == [
            "planted.y became nan at sample 1234567, lane 3"
            + ("" if options else ", and output loss with it"),
            f"  at   {'planted':<24} {spoil.node.location}",
            *table,
            "  from count[3] = 1234567",
            "  mend let the step of planted return a finite number for these; the state is as "
            "before this chunk",
        ]
        assert facts(error) == ("planted", "y", 3, PLANTED)
        assert error.value is not None
        assert math.isnan(error.value)


@needs_machine_code
@MODES
@pytest.mark.parametrize("chunk", [100_000, 1_300_000])
def test_a_nan_in_an_open_graph_is_reported_as_what_it_is(
    options: dict[str, bool], chunk: int
) -> None:
    tone = hg.ToneGenerator(np.linspace(1e3, 5e3, 5), 1.0)
    graph = hg.Graph(1e5, {"y": hg.LowPass(1e-3)(planter(PLANTED)(5, 3)(tone.perturbation))})
    error = fault_of(graph.compile(**options), 1_300_000, chunk)
    assert facts(error) == ("planted", "y", 3, PLANTED)


@needs_machine_code
@MODES
def test_a_nan_in_a_tile_of_lanes_is_found(options: dict[str, bool]) -> None:
    graph = closed_loop(40, planter(12_345)(40, 37))
    for chunk in (1000, 20_000):
        error = fault_of(graph.compile(**options), 20_000, chunk)
        assert facts(error) == ("planted", "y", 37, 12_345)


@MODES
def test_slow_clocks_are_counted_in_base_samples(options: dict[str, bool]) -> None:
    x = np.ones((400, 3))
    slow = hg.IntegrateAndDump(10)(hg.Input("x", 3))
    graph = hg.Graph(1e3, {"y": hg.Hold(10)(planter(23)(3, 2)(slow))})
    for chunk in (7, 400):
        error = fault_of(graph.compile(**options), 400, chunk, x)
        assert facts(error) == ("planted", "y", 2, 239)
    assert str(error).splitlines()[2:7] == [
        "  seen sample  x[2]  y[2]",
        "          209     1     1",
        "          219     1     1",
        "          229     1     1",
        "          239     1   nan",
    ]


# States ------------------------------------------------------------------------------------------


@hg.block(inputs="x", outputs="y", state="y, count: int64", coefficients="lane: int64")
def Registered(x, y, count, lane):
    return (math.nan if count == 41 and lane == 1 else x), count + 1


@hg.block(inputs="x", outputs="y", state="memory, count: int64", coefficients="lane: int64")
def Hidden(x, memory, count, lane):
    return x, (math.nan if count == 41 and lane == 1 else memory), count + 1


@hg.block(inputs="x", outputs="y", state="memory, count: int64", coefficients="lane: int64")
def Healing(x, memory, count, lane):
    return x, (math.nan if count == 41 and lane == 1 else 0.0), count + 1


@hg.block(
    inputs="x",
    outputs="y",
    state="total, count: int64",
    coefficients="lane: int64",
    decimation=10,
)
def Window(x, position, total, count, lane):
    total = math.nan if count == 41 and lane == 1 else (0.0 if position == 0 else total) + x
    return total, total, count + 1


@dataclass(frozen=True, eq=False)
class Memory(Block):
    """A step on arrays with a memory wider than any wire."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K]", outputs="y[K], first", state="memory[8], count: int64"
    )

    @staticmethod
    def step(x: FloatArray, y: FloatArray, memory: FloatArray, count: IntArray) -> float:
        for k in range(x.size):
            y[k] = x[k]
        memory[5] = math.nan if count[0] == 41 else 1.0
        count[0] += 1
        return memory[0]


def two_lanes(block: Any) -> hg.Graph:
    return hg.Graph(1e3, {"y": block(hg.Input("x", 2))})


@MODES
@pytest.mark.parametrize("chunk", [1, 7, 41, 42, 43, 100])
def test_a_registered_output_is_bad_from_the_sample_after_the_step(options, chunk) -> None:
    graph = two_lanes(Registered(lane=[0, 1]))
    error = fault_of(graph.compile(**options), 100, chunk, np.ones((100, 2)))
    assert facts(error) == ("registered", "y", 1, 42)
    # Made by the step of sample 41, and shown on the wire from then on.
    assert str(error).splitlines()[-3:-1] == [
        "           41     1       nan",
        "  from y[1] = 1, count[1] = 41",
    ]


@MODES
@pytest.mark.parametrize("chunk", [1, 7, 41, 42, 43, 100])
def test_a_state_that_no_wire_shows_is_found(options, chunk) -> None:
    graph = two_lanes(Hidden(lane=[0, 1]))
    error = fault_of(graph.compile(**options), 100, chunk, np.ones((100, 2)))
    assert facts(error) == ("hidden", "memory", 1, 41)
    lines = str(error).splitlines()
    assert lines[0] == "state hidden.memory became nan at sample 41, lane 1"
    assert lines[-3:-1] == [
        "           41     1     1            nan",
        "  from memory[1] = 0, count[1] = 41",
    ]


@MODES
@pytest.mark.parametrize("chunk", [7, 100])
def test_a_state_is_found_within_the_window_of_a_slow_clock(options, chunk) -> None:
    fast = hg.Input("x", 2)
    graph = hg.Graph(1e3, {"y": Window(lane=[0, 1])(hg.Decimate(5)(fast))})
    error = fault_of(graph.compile(**options), 300, chunk, np.ones((300, 2)))
    assert facts(error) == ("window", "total", 1, 5 * 41 + 4)
    assert "  from total[1] = 1, count[1] = 41" in str(error)


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_a_state_that_heals_is_seen_by_the_checked_kernel(chunk) -> None:
    graph, x = two_lanes(Healing(lane=[0, 1])), np.ones((100, 2))
    error = fault_of(graph.compile(checked=True), 100, chunk, x)
    assert facts(error) == ("healing", "memory", 1, 41)


def test_a_state_wider_than_every_wire_is_looked_at_once_per_slice(monkeypatch) -> None:
    block = Memory()
    y, first = block(hg.Input("x", 2))
    kernel = hg.Graph(1e3, {"y": y, "first": first}).compile(checked=True)
    with pytest.raises(SampleError, match=r"^state memory\.memory became nan at sample 41, lane 5"):
        kernel.process({"x": np.ones((42, 2))})


@dataclass(frozen=True, eq=False)
class Least(Block):
    """The least of all samples: infinite, before there are any."""

    least: str = "hidden"
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", state="least[K]")

    def __post_init__(self) -> None:
        if self.least == "shown":
            shown = Ports(inputs="x[K]", outputs="least[K]", state="least[K]")
            object.__setattr__(self, "ports", shown)

    def initial(self, rate: float) -> dict[str, Any]:
        return {"least": math.inf}

    @property
    def step_function(self) -> Callable[..., Any]:
        return least if self.least == "shown" else least_and_shown


def least(x: float, least: float) -> float:
    return min(x, least)


def least_and_shown(x: float, least: float) -> tuple[float, float]:
    now = min(x, least)
    return now, now


@MODES
def test_an_infinite_state_is_no_fault(options) -> None:
    kernel = two_lanes(Least()).compile(**options)
    y = kernel.process({"x": np.array([[3.0, 2.0], [1.0, 4.0]])})["y"]
    np.testing.assert_array_equal(y, [[3.0, 2.0], [1.0, 2.0]])


def test_an_infinite_wire_is_a_fault_to_the_checked_kernel_only() -> None:
    clipped = hg.Clip(-9.0, 9.0)(Least("shown")(hg.Input("x", 2)))
    graph, x = hg.Graph(1e3, {"y": clipped}), np.ones((9, 2))
    np.testing.assert_array_equal(graph.compile().process({"x": x})["y"][:2, 0], [9.0, 1.0])
    error = fault_of(graph.compile(checked=True), 9, 9, x)
    assert facts(error) == ("least", "least", 0, 0)


def test_what_was_infinite_before_is_blamed_only_if_it_is_the_cause() -> None:
    shown = Least("shown")(hg.Input("x", 2))
    graph = hg.Graph(1e3, {"y": planter(4)(2, 1)(hg.Clip(-9.0, 9.0)(shown))})
    assert facts(fault_of(graph.compile(), 9, 9, np.ones((9, 2)))) == ("planted", "y", 1, 4)
    graph = hg.Graph(1e3, {"y": Least("shown")(hg.Input("x", 2)) * 2.0})
    error = fault_of(graph.compile(), 9, 9, np.ones((9, 2)))
    assert facts(error) == ("least", "least", 0, 0)
    # Not, if it has become finite again by the time of the fault.
    graph = hg.Graph(1e3, {"y": Bounded(lane=[0, 1])(Least("shown")(hg.Input("x", 2)))})
    assert facts(fault_of(graph.compile(), 9, 9, np.ones((9, 2)))) == ("bounded", "y", 1, 4)


@hg.block(inputs="x", outputs="y", state="count: int64", coefficients="lane: int64")
def Bounded(x, count, lane):
    return (math.nan if count == 4 and lane == 1 else min(x, 9.0)), count + 1


# Overflow ----------------------------------------------------------------------------------------


@needs_machine_code
def test_an_infinite_output_is_traced_to_the_block_that_made_it() -> None:
    x = hg.Input("x", 3)
    squared = x * x
    kernel = hg.Graph(1e3, {"slow": hg.Decimate(5)(squared * 2 + 1.0)}).compile()
    good = np.ones((7, 3))
    kernel.process({"x": good})
    bad = np.ones((9, 3))
    bad[3, 1] = 1e200
    bad[7, 1] = -1e200  # sample 14, which the output shows
    before = kernel.state()
    with pytest.raises(SampleError) as caught:
        kernel.process({"x": bad})
    assert str(caught.value).splitlines() == [
        "multiply.y became inf at sample 10, lane 1, and output slow with it",
        f"  at   {'multiply':<24} {squared.node.location}",
        "  seen sample   x1[1]   x2[1]  y[1]",
        "            7       1       1     1",
        "            8       1       1     1",
        "            9       1       1     1",
        "           10  1e+200  1e+200   inf",
        "  mend look at what multiply is fed there, lower the learning rate or amplitude before "
        "it, or bound it with Clip; the state is as before this chunk",
    ]
    for name, values in kernel.state().items():
        np.testing.assert_array_equal(values, before[name], name)


@needs_machine_code
def test_a_state_is_blamed_before_those_who_read_it() -> None:
    integrator = hg.Integrator(gain=1e300)
    outputs = {"y": 1e-300 * integrator.y}
    integrator(hg.Input("x"))
    kernel = hg.Graph(1.0, outputs).compile()
    with pytest.raises(SampleError, match=r"^integrator\.y became inf at sample 2, and output y"):
        kernel.process({"x": np.full(5, 1e8)})


@needs_machine_code
def test_a_state_that_no_output_shows_yet_is_not_left_nan() -> None:
    integrator = hg.Integrator()
    # Infinity less infinity: NaN at sample 1, and the output shows sample 9 only.
    integrator(1e200 * hg.Input("x") * (1e200 * hg.Input("x2")) - 1e200 * hg.Input("x3") * 1e200)
    kernel = hg.Graph(1.0, {"y": hg.Decimate(10)(integrator.y)}).compile()
    samples = {"x": np.ones(3), "x2": np.ones(3), "x3": np.zeros(3)}
    samples["x3"][1] = 1.0
    with pytest.raises(SampleError, match=r" and state integrator\.y with it\n"):
        kernel.process(samples)
    assert kernel.sample == 0
    np.testing.assert_array_equal(kernel.states["integrator.y"], 0.0)


def test_only_what_an_output_depends_on_is_blamed_for_it() -> None:
    x = hg.Input("x", 2)
    aside = hg.Clip(-9.0, 9.0)(hg.Gain(2.0)(Least("shown")(x)))
    graph = hg.Graph(1e3, {"aside": aside, "y": planter(4)(2, 1)(x)})
    error = fault_of(graph.compile(), 9, 9, np.ones((9, 2)))
    assert facts(error) == ("planted", "y", 1, 4)


# A chain of many lanes into few ------------------------------------------------------------------


@MODES
def test_of_other_lanes_those_with_the_largest_values_are_shown(options) -> None:
    @dataclass(frozen=True, eq=False)
    class Root(Block):
        vector: ClassVar[bool] = True
        ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y")

        @staticmethod
        def step(x: FloatArray) -> float:
            total = 0.0
            for k in range(x.size):
                total += x[k]
            return math.nan if total < 0 else total

    graph = hg.Graph(1e3, {"y": Root()(hg.Input("x", 9))})
    x = np.arange(1.0, 10.0) * np.array([[1.0], [1.0], [-1.0]])
    error = fault_of(graph.compile(**options), 3, 3, x)
    assert str(error).splitlines()[2:6] == [
        "  seen sample  x[3]  x[4]  x[5]  x[6]  x[7]  x[8]    y",
        "            0     4     5     6     7     8     9   45",
        "            1     4     5     6     7     8     9   45",
        "            2    -4    -5    -6    -7    -8    -9  nan",
    ]
