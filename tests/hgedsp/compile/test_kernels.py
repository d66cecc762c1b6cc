"""What compiled kernels compute, against NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numba
import numpy as np
import pytest

import hgedsp as hg
from hgedsp.block import Block
from hgedsp.checks import FloatArray
from hgedsp.errors import StepError
from hgedsp.ports import Ports

RANDOM = np.random.default_rng(7)


@dataclass(frozen=True, eq=False)
class Turn(Block):
    """A registered vector that is turned in place by what it is fed."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", state="y[K]")

    def lanes(self) -> dict[str, int]:
        return {"K": 3}

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return {"y": np.array([1.0, 2.0, 3.0])}

    @staticmethod
    def step(x: FloatArray, y: FloatArray) -> None:
        for k in range(y.size):
            y[k] = x[(k + 1) % x.size]


@dataclass(frozen=True, eq=False)
class Dot(Block):
    """All kinds of ports of a vector step: arrays and scalars, in and out."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="x[K], w[K], scale, offset=0.5", outputs="y[K], dot", state="last[K]"
    )

    @staticmethod
    def step(
        x: FloatArray, w: FloatArray, scale: float, offset: float, y: FloatArray, last: FloatArray
    ) -> float:
        dot = 0.0
        for k in range(x.size):
            y[k] = scale * x[k] + last[k] + offset
            last[k] = x[k]
            dot += x[k] * w[k]
        return dot


def run(
    inputs: dict[str, Any] | int, outputs: dict[str, Any], rate: float = 1.0, **options: Any
) -> Any:
    return hg.Graph(rate, outputs).compile(**options).process(inputs)


@pytest.mark.parametrize("lanes", [1, 3])
def test_two_integrators_that_read_each_other_oscillate(lanes: int) -> None:
    start = np.linspace(1.0, 2.0, lanes)
    cosine, sine = hg.Integrator(-1.0, initial_value=start), hg.Integrator(1.0)
    cosine(sine.y)
    sine(cosine.y)
    # Readers as arrays, too: before and after the states are overwritten.
    outputs = {"c": cosine.y, "s": sine.y, "late": hg.Delay(1)(cosine.y), "l": hg.Delay(2)(sine.y)}
    r = run(40, outputs, rate=10.0, fastmath=False)
    c, s = np.zeros((40, lanes)), np.zeros((40, lanes))
    c[0] = start
    for n in range(39):
        c[n + 1] = 1.0 * c[n] + (-1.0 / 10) * s[n]
        s[n + 1] = 1.0 * s[n] + (1.0 / 10) * c[n]
    np.testing.assert_array_equal(np.reshape(r["c"], c.shape), c)
    np.testing.assert_array_equal(np.reshape(r["s"], c.shape), s)
    np.testing.assert_array_equal(np.reshape(r["late"], c.shape)[1:], c[:-1])
    np.testing.assert_array_equal(np.reshape(r["l"], c.shape)[2:], s[:-2])


def test_clocks() -> None:
    x = hg.Input("x")
    third = hg.Decimate(3)(x)
    sixth = hg.IntegrateAndDump(2)(third)
    total = hg.Integrator()
    total(sixth)
    slow_offset = sixth * 2.0 + 1.0  # a constant is read at any rate
    outputs = {
        "third": third,
        "sixth": sixth,
        "held": hg.Hold(6, -1.0)(sixth),
        "halfway": hg.Hold(2, -1.0)(sixth),
        "state": hg.Hold(6)(total.y),
        "offset": slow_offset,
    }
    v = RANDOM.standard_normal(36)
    kernel = hg.Graph(6.0, outputs).compile(probes={"decimate.y": 2, "integrate_and_dump": 3})
    r = kernel.process({"x": v})
    sixths = v[2::3].reshape(-1, 2).mean(axis=1)
    np.testing.assert_array_equal(r["third"], v[2::3])
    np.testing.assert_allclose(r["sixth"], sixths, rtol=1e-15)
    held = np.concatenate([[-1.0], sixths])
    np.testing.assert_allclose(r["held"], np.repeat(held, 6)[1:37], rtol=1e-15)
    # On the clock of every third sample, at samples 2, 5, 8, ...
    np.testing.assert_allclose(r["halfway"], np.repeat(held, 2)[1:13], rtol=1e-15)
    # A state shows its update on the next base sample, one after the tick that made it.
    sums = np.concatenate([[0.0], np.cumsum(sixths)])
    np.testing.assert_allclose(r["state"], np.repeat(sums, 6)[:36], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(r["offset"], 2 * sixths + 1, rtol=1e-14)
    np.testing.assert_array_equal(r["decimate.y"], v[2::6])
    np.testing.assert_allclose(r["integrate_and_dump"], sixths[::3], rtol=1e-15)


def test_vector_steps_read_all_kinds_of_wires() -> None:
    x, gain = hg.Input("x", 3), hg.Input("gain")
    dot = Dot()
    delay = hg.Delay(1)
    outputs = dot(x, hg.Constant([1.0, 2.0, 3.0]), gain * 2.0)
    again = Dot()(delay.y, outputs.y, scale=outputs.dot, offset=hg.Sum()(x))
    delay(outputs.y + 1.0)
    v, g = RANDOM.standard_normal((20, 3)), RANDOM.standard_normal(20)
    r = run(
        {"x": v, "gain": g},
        {"y": outputs.y, "dot": outputs.dot, "z": again.y, "d": again.dot, "tail": again.y * 2.0},
    )
    y = 2 * g[:, None] * v + np.vstack([np.zeros(3), v[:-1]]) + 0.5
    late = np.vstack([np.zeros(3), y[:-1] + 1.0])
    z = (v @ [1.0, 2.0, 3.0])[:, None] * late + v.sum(axis=1)[:, None]
    z[1:] += late[:-1]
    np.testing.assert_allclose(r["y"], y, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(r["dot"], v @ [1.0, 2.0, 3.0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(r["z"], z, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(r["d"], (late * y).sum(axis=1), rtol=1e-11, atol=1e-13)
    np.testing.assert_array_equal(r["tail"], 2 * r["z"])


def test_vector_steps_of_one_lane() -> None:
    x = hg.Input("x")
    y, dot = Dot()(x * 1.0, hg.Constant(3.0), 2.0)
    r = run({"x": [1.0, 2.0]}, {"y": y, "next": y + 1.0, "dot": dot, "delayed": hg.Delay(1)(y)})
    np.testing.assert_array_equal(r["y"], [2.5, 5.5])
    np.testing.assert_array_equal(r["next"], [3.5, 6.5])
    np.testing.assert_array_equal(r["dot"], [3.0, 6.0])
    np.testing.assert_array_equal(r["delayed"], [0.0, 2.5])


def test_a_vector_step_may_read_its_own_state() -> None:
    turn = Turn()
    turn(turn.y)
    r = run(4, {"y": turn.y})
    np.testing.assert_array_equal(r["y"], [[1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 2, 3]])


def test_sums_over_lanes() -> None:
    x = hg.Input("x", 1000)
    single = hg.Sum()(hg.Sum()(x) * 2.0)  # a sum over one lane is that lane
    v = RANDOM.standard_normal((10, 1000))
    r = run({"x": v}, {"total": hg.Sum()(x), "single": single, "centred": x - hg.Sum()(x) / 1000})
    # A sum of 1000 terms in any order: eps times 1000 times the mean size of a term.
    np.testing.assert_allclose(r["total"], v.sum(axis=1), rtol=0, atol=1000 * 2.2e-16)
    np.testing.assert_allclose(r["single"], 2 * v.sum(axis=1), rtol=0, atol=2000 * 2.2e-16)
    np.testing.assert_allclose(r["centred"].sum(axis=1), 0.0, rtol=0, atol=1e-11)


def test_whole_numbers_stay_whole() -> None:
    x = hg.Input("x", 2, "int64")
    v = np.array([[1, 2**53 + 1], [-3, 4]])
    r = run({"x": v}, {"x": x, "again": x, "half": x / 2}, interpret=False)
    assert r["x"].dtype == np.int64
    np.testing.assert_array_equal(r["x"], v)
    np.testing.assert_array_equal(r["again"], v)
    np.testing.assert_array_equal(r["half"], v / 2)


def test_outputs_may_be_inputs_and_constants() -> None:
    r = run(
        {"x": [1.0, 2.0]},
        {"c": hg.Constant([3.0, 4.0]), "one": hg.Constant(1.0), "x": hg.Input("x")},
    )
    np.testing.assert_array_equal(r["c"], [[3.0, 4.0], [3.0, 4.0]])
    np.testing.assert_array_equal(r["one"], [1.0, 1.0])
    np.testing.assert_array_equal(r["x"], [1.0, 2.0])


def test_infinite_limits_are_no_limits_with_fastmath() -> None:
    x = hg.Input("x", 4)
    lower, upper = [-np.inf, -1.0, -np.inf, -1.0], [np.inf, np.inf, 1.0, 1.0]
    updater = hg.GradientDescent(-1.0, np.zeros(4), lower, upper)
    one = hg.Integrator()  # a single lane takes another path through LLVM
    updater(x)
    one(hg.Sum()(x))
    v = np.tile([[3.0], [-5.0], [0.5]], (1, 4))
    r = run({"x": v}, {"p": updater.parameters, "one": one.y})
    np.testing.assert_array_equal(r["p"][1:], [[3, 3, 1, 1], [-2, -1, -4, -1]])
    np.testing.assert_array_equal(r["one"], [0.0, 12.0, -8.0])


def test_windows_and_counters_beyond_32_bits() -> None:
    x = hg.Input("x")
    outputs = {"mean": hg.IntegrateAndDump(10**9)(x), "odd": hg.Decimate(3)(x)}
    kernel = hg.Graph(1.0, outputs).compile()
    start = 6 * 10**9  # a multiple of both windows
    kernel.load_state({**kernel.state(), "sample": np.array(start + 10**9 - 4)})
    r = kernel.process({"x": np.arange(8.0)})
    # Samples 6e9 + 1e9 - 4 is 0 modulo 3, so 2 and 5 are the last of their three.
    first = (start + 10**9 - 4) % 3
    np.testing.assert_array_equal(r["odd"], np.arange(8.0)[2 - first :: 3])
    np.testing.assert_array_equal(r["mean"], [np.mean([0.0, 1.0, 2.0, 3.0])])


# Steps that break the contract -------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TooMany(Block):
    ports: ClassVar[Ports] = Ports(inputs="x", outputs="y")

    @staticmethod
    def step(x: float) -> tuple[float, float]:
        return x, x


@dataclass(frozen=True, eq=False)
class Untyped(Block):
    ports: ClassVar[Ports] = Ports(inputs="x", outputs="y")

    @staticmethod
    def step(x: float) -> float:
        return x.no_such_thing


@dataclass(frozen=True, eq=False)
class Truncated(Block):
    ports: ClassVar[Ports] = Ports(inputs="x", outputs="y", state="count: int64")

    @staticmethod
    def step(x: float, count: int) -> tuple[float, float]:
        return x, count + 0.5


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="plain Python has no types to check")
@pytest.mark.parametrize(
    ("block", "what"),
    [
        (TooMany, "the step of too_many returns 2 values, but its ports ask for 1: y"),
        (Untyped, "the step of untyped cannot be compiled: "),
        (Truncated, "the step of truncated returns float64 for count, which is int64"),
    ],
)
def test_a_bad_step_is_named(block: type[Block], what: str) -> None:
    made = block()
    graph = hg.Graph(1.0, {"y": made(hg.Input("x"))})
    for _ in range(2):  # from the cache, too
        with pytest.raises(StepError) as caught:
            graph.compile()
        assert str(caught.value).startswith(what)
        assert made.node.place.split()[-1] in str(caught.value)


@dataclass(frozen=True, eq=False)
class Miscounted(Block):
    ports: ClassVar[Ports] = Ports(inputs="x", outputs="y", coefficients="a, b")

    def coefficients(self, rate: float) -> tuple[float]:
        return (1.0,)

    @staticmethod
    def step(x: float, a: float, b: float) -> float:
        return a * x + b


def test_a_wrong_number_of_coefficients_is_named() -> None:
    made = Miscounted()
    graph = hg.Graph(1.0, {"y": made(hg.Input("x"))})
    with pytest.raises(StepError) as caught:
        graph.compile()
    assert str(caught.value) == (
        "miscounted gives 1 coefficients, but its ports name 2\n"
        f"  at   {made.node.place}\n"
        "  mend return one value per name in ports.coefficients, in the same order"
    )
