"""The interpreter, on graphs whose numbers can be worked out by hand."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.block import Block
from hgedsp.checks import FloatArray, IntArray
from hgedsp.compile import interpret, interpret_step
from hgedsp.ports import Ports


@dataclass(frozen=True, eq=False)
class Turn(Block):
    """A registered vector that is turned in place by what it is fed."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[3]", outputs="y[3]", state="y[3]")

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"y": np.array([1.0, 2.0, 3.0])}

    @staticmethod
    def step(x: FloatArray, y: FloatArray) -> None:
        for k in range(3):
            y[k] = x[(k + 1) % 3]


@dataclass(frozen=True, eq=False)
class Mixed(Block):
    """Arrays and numbers, in and out, of both types; an output that is written now and then."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K], scale=2",
        outputs="y[K], number: int64, largest",
        state="calls: int64",
        coefficients="limits[2], steps: int64",
    )

    def coefficients(self, rate: float) -> tuple[FloatArray, int]:
        return np.array([0.0, 10.0]), 3

    @staticmethod
    def step(
        x: FloatArray,
        scale: float,
        y: FloatArray,
        calls: IntArray,
        limits: FloatArray,
        steps: int,
    ) -> tuple[int, float]:
        if calls[0] != 1:
            y[:] = np.clip(scale * x, limits[0], limits[1])
        calls[0] += 1
        return calls[0] * steps, x.max()


@dataclass(frozen=True, eq=False)
class Corrected(Block):
    """A sum that is made anew from a counter, which only `refresh` sees."""

    ports: ClassVar[Ports] = Ports(
        inputs="x[K]",
        outputs="total[K]",
        state="total[K], count: int64[K]",
        coefficients="gain, unit[K]",
    )
    rare: ClassVar[tuple[str, ...]] = ("count", "unit")
    refresh_every: ClassVar[int] = 3

    def coefficients(self, rate: float) -> tuple[float, float]:
        return 2.0, 100.0

    @staticmethod
    def step(x: float, total: float, gain: float) -> float:
        return total + gain * x

    @staticmethod
    def refresh(total: float, count: int, gain: float, unit: float) -> tuple[float, int]:
        return unit * (count + 1) + gain, count + 1


@hg.block(inputs="n: int64", outputs="m: int64, half")
def Wrapped(n: Any) -> Any:
    return n + 2**62 + 2**62 - 1, n / 2


@hg.block(inputs="x, n: int64=3", outputs="y")
def Shifted(x: Any, n: Any) -> Any:
    return x + (n >> 1)


def run(outputs: dict[str, Any], inputs: dict[str, Any] | int, rate: float = 1.0, **options: Any):
    return hg.Graph(rate, outputs).compile(interpret=True, **options).process(inputs)


def test_shares_nothing_with_what_it_judges() -> None:
    judged = {"schedule", "names", "emit", "merge", "merging", "rewrite", "views", "build"}
    for module in (interpret, interpret_step):
        tree = ast.parse(inspect.getsource(module))
        imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not imported & {f"hgedsp.compile.{name}" for name in judged}


def test_states_show_what_was_before_the_tick_to_all() -> None:
    cosine, sine = hg.Integrator(-1.0, initial_value=1.0), hg.Integrator(1.0)
    cosine(sine.y)
    sine(cosine.y)
    r = run({"c": cosine.y, "s": sine.y}, 4)
    np.testing.assert_array_equal(r["c"], [1.0, 1.0, 0.0, -2.0])
    np.testing.assert_array_equal(r["s"], [0.0, 1.0, 2.0, 2.0])


def test_a_step_on_arrays_may_read_its_own_state() -> None:
    turn = Turn()
    turn(turn.y)
    np.testing.assert_array_equal(run({"y": turn.y}, 3)["y"], [[1, 2, 3], [2, 3, 1], [3, 1, 2]])


def test_slow_clocks_tick_at_the_end_of_their_windows() -> None:
    x = hg.Input("x")
    third = hg.Decimate(3)(x)
    pair = hg.IntegrateAndDump(2)(third)
    updater = hg.GradientDescent(1.0, 0.0)
    updater(third)
    outputs = {
        "third": third,
        "pair": pair,
        "held": hg.Hold(3, -1.0)(third),
        "partly": hg.Hold(2, -1.0)(pair),
        "updates": hg.Hold(3)(updater.parameters),
    }
    r = run(outputs, {"x": np.arange(12.0)}, probes={"decimate": 2})
    np.testing.assert_array_equal(r["third"], [2, 5, 8, 11])
    np.testing.assert_array_equal(r["decimate"], [2, 8])
    np.testing.assert_array_equal(r["pair"], [3.5, 9.5])
    # A hold shows a new value on the sample it comes.
    np.testing.assert_array_equal(r["held"], [-1, -1, 2, 2, 2, 5, 5, 5, 8, 8, 8, 11])
    np.testing.assert_array_equal(r["partly"], [-1, 3.5, 3.5, 9.5])
    # A registered wire is read through the hold: it shows an update on the sample after.
    np.testing.assert_array_equal(r["updates"], [0, 0, 0, -2, -2, -2, -7, -7, -7, -15, -15, -15])


def test_a_hold_that_widens_is_not_transparent() -> None:
    updater = hg.GradientDescent(1.0, 0.0)
    updater(hg.Decimate(2)(hg.Input("x")))
    r = run({"y": hg.Hold(2, [5.0, 6.0])(updater.parameters)}, {"x": np.arange(6.0)})
    np.testing.assert_array_equal(r["y"], [[5, 6], [0, 0], [0, 0], [-1, -1], [-1, -1], [-4, -4]])


def test_one_lane_fits_any_number() -> None:
    x, gain = hg.Input("x", 3), hg.Input("gain")
    r = run({"y": gain * x + 1.0, "sum": hg.Sum()(x)}, {"x": [[1.0, 2.0, 3.0]], "gain": [2.0]})
    np.testing.assert_array_equal(r["y"], [[3.0, 5.0, 7.0]])
    np.testing.assert_array_equal(r["sum"], [6.0])


def test_sums_go_lane_by_lane_from_zero() -> None:
    x = np.array([[1e16, 1.0, -1e16, 1.0]])
    assert run({"y": hg.Sum()(hg.Input("x", 4))}, {"x": x})["y"][0] == 1.0
    # The sum over a single lane is that lane, with its sign.
    assert np.signbit(run({"y": hg.Sum()(hg.Input("x"))}, {"x": [-0.0]})["y"][0])


def test_arrays_and_numbers_of_both_types_in_and_out() -> None:
    wires = Mixed()(hg.Input("x", 2))
    x = np.array([[1.0, 2.0], [3.0, 4.0], [-5.0, 6.0]])
    r = run({"y": wires.y, "number": wires.number, "largest": wires.largest}, {"x": x})
    # The second call writes nothing: what it wrote before is still there.
    np.testing.assert_array_equal(r["y"], [[2.0, 4.0], [2.0, 4.0], [0.0, 10.0]])
    np.testing.assert_array_equal(r["number"], [3, 6, 9])
    np.testing.assert_array_equal(r["largest"], [2.0, 4.0, 6.0])


def test_whole_numbers_stay_whole_and_wrap() -> None:
    wires = Wrapped()(hg.Input("n", dtype="int64"))
    with np.errstate(over="ignore"):
        r = run({"m": wires.m, "half": wires.half}, {"n": [0, 1]})
    np.testing.assert_array_equal(r["m"], [2**63 - 1, -(2**63)])
    np.testing.assert_array_equal(r["half"], [0.0, 0.5])


def test_numbers_are_converted_to_the_type_of_the_port() -> None:
    n = hg.Input("n", dtype="int64")
    big = 2**53 + 1  # not a float64
    assert run({"y": n + 0.0}, {"n": [big]})["y"][0] == 2.0**53
    # A default is written as a fraction, whatever the type of its input.
    assert run({"y": Shifted()(n * 1.0)}, {"n": [5]})["y"][0] == 6.0


def test_a_refresh_comes_when_the_tick_is_over() -> None:
    x = np.ones((7, 2))
    graph = hg.Graph(1.0, {"y": Corrected()(hg.Input("x", 2))})
    kernel = graph.compile(interpret=True)
    y = kernel.process({"x": x})["y"]
    np.testing.assert_array_equal(y[:, 0], [0, 2, 4, 102, 104, 106, 202])
    np.testing.assert_array_equal(kernel.states["corrected.count"], [2, 2])


def test_constants_and_inputs_may_be_outputs() -> None:
    r = run({"c": hg.Constant([3.0, 4.0]), "x": hg.Input("x")}, {"x": [1.0, 2.0]})
    np.testing.assert_array_equal(r["c"], [[3.0, 4.0], [3.0, 4.0]])
    np.testing.assert_array_equal(r["x"], [1.0, 2.0])


def test_a_chain_of_any_length_is_followed() -> None:
    wire = hg.Input("x") * 1.0
    for _ in range(1500):
        wire = wire + 1.0
    assert run({"y": wire}, {"x": [0.5]})["y"][0] == 1500.5


@pytest.mark.parametrize("cut", [1, 4, 5])
def test_pieces_leave_no_trace(cut: int) -> None:
    def kernel() -> hg.Kernel:
        slow = hg.IntegrateAndDump(3)(hg.OnePole(2.0)(hg.Input("x")))
        return hg.Graph(1.0, {"y": hg.Hold(3)(slow), "slow": slow}).compile(interpret=True)

    x = np.random.default_rng(1).standard_normal(9)
    whole, pieces = kernel(), kernel()
    wanted = whole.process({"x": x})
    parts = [pieces.process({"x": x[:cut]}), pieces.process({"x": x[cut:]})]
    for name, values in wanted.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), values)
