"""A graph in float32: the same graph to 1e-5, and the interpreter's bits."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from numba.extending import register_jitable

import hgedsp as hg
from hgedsp.blocks import Oscillator
from hgedsp.errors import ParameterError, SampleError

RATE = 1e4
N = 300
HALF = 0.5


def loop(lanes: int = 7) -> hg.Graph:
    """A closed loop with noise, clocks, a network and delays."""
    generator = np.random.default_rng(1)
    tone = hg.ToneGenerator(np.linspace(211.0, 1901.0, lanes), 0.05)
    updater = hg.GradientDescent(1e-3, np.linspace(-0.4, 0.4, lanes), -1.0, 1.0)
    v = updater.parameters + tone.perturbation
    weights = [generator.normal(0, 0.5, size) for size in ((20, lanes), (1, 20))]
    network = hg.SurrogateDevice(weights, [generator.normal(size=20), [0.1]])
    noisy = hg.WhiteNoise(1e-9, seed=3)(network(v))
    late = hg.TransportDelay(0.00043, RATE)(noisy)
    loss = hg.SquaredError()(hg.Quantiser(12, -8.0, 8.0)(late), hg.Input("target"))
    product = hg.Mixer(40.0)(loss, tone.in_phase)
    updater(hg.LowPass(2e-3, 2)(product))
    slow = hg.IntegrateAndDump(10)(product)
    outputs = {
        "loss": loss,
        "p": updater.parameters,
        "slow": slow,
        "held": hg.Hold(10)(slow),
        "count": hg.Input("count", dtype="int64"),
    }
    return hg.Graph(RATE, outputs)


def drive(start: int = 0, stop: int = N) -> dict[str, Any]:
    n = np.arange(start, stop)
    return {"target": np.sin(n / 17.0), "count": n}


def assert_same(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].dtype == b[name].dtype
        np.testing.assert_array_equal(a[name], b[name], name)


def assert_close(a: dict[str, Any], b: dict[str, Any], tolerance: float = 1e-5) -> None:
    for name in b:
        scale = np.abs(b[name]).max()
        np.testing.assert_allclose(a[name], b[name], rtol=0, atol=tolerance * scale, err_msg=name)


# Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lanes", [1, 7, 40])
def test_loop_follows_that_of_float64(lanes: int) -> None:
    graph = loop(lanes)
    expected = graph.compile().process(drive())
    assert_close(graph.compile(dtype="float32").process(drive()), expected)


@pytest.mark.parametrize("lanes", [1, 7, 40])
def test_loop_without_fastmath_equals_the_interpreter_bit_for_bit(lanes: int) -> None:
    graph = loop(lanes)
    strict = graph.compile(dtype="float32", fastmath=False).process(drive())
    assert_same(strict, graph.compile(dtype="float32", interpret=True).process(drive()))


def test_all_that_was_float64_is_float32() -> None:
    kernel = loop().compile(dtype="float32")
    outputs = kernel.process(drive())
    assert {name: values.dtype.name for name, values in outputs.items()} == {
        "loss": "float32",
        "p": "float32",
        "slow": "float32",
        "held": "float32",
        "count": "int64",
    }
    assert kernel.states["gradient_descent.parameters"].dtype == np.float32
    assert {name: kernel.state()[name].dtype.name for name in "FICJ"} == {
        "F": "float32",
        "I": "int64",
        "C": "float32",
        "J": "int64",
    }
    assert kernel.run(drive(), samples=0, progress=False)["loss"].dtype == np.float32


def test_references_of_tones_stay_within_1e_5() -> None:
    generator = np.random.default_rng(2)
    phase = generator.uniform(-3, 3, 64)
    tone = Oscillator(generator.uniform(1, RATE / 2 - 1, 64), phase)()
    graph = hg.Graph(RATE, {"sine": tone.in_phase, "cosine": tone.quadrature})
    expected = graph.compile().process(5000)
    assert_close(graph.compile(dtype="float32").process(5000), expected)


def test_a_state_takes_in_nothing_that_is_smaller_than_6e_8_of_it() -> None:
    counter = hg.Integrator(initial_value=1.0)
    kernel = hg.Graph(1.0, {"y": counter(hg.Input("x"))}).compile(dtype="float32")
    assert kernel.process({"x": np.full(1000, 5.9e-8)})["y"][-1] == 1.0
    assert kernel.process({"x": np.full(1000, 6.1e-8)})["y"][-1] > 1.0


# Any step ----------------------------------------------------------------------------------------


@register_jitable
def bent(x: float, gain: float) -> float:
    return gain * x if x > 0.3 else 3 * x


@hg.block(inputs="x", outputs="out", state="y, n: int64, mean")
def Odd(x: Any, y: Any, n: Any, mean: Any, gain: Any) -> Any:
    """Numbers of all kinds, in the text and from outside."""
    n = n + 1
    third = 1 / 3
    low = -0.7 if x < 0 else 0
    z = 2 * x - third + 0.1 * math.pi * HALF
    z = max(low, min(z, 1)) + math.sin(3 * z) * math.exp(-0.1 * n)
    z += 2
    y = y * 0.9 + bent(z, gain) / 7
    mean = mean + (math.sqrt(abs(y)) - mean) / n
    return y + float(n) * 1e-3, y, n, mean


def odd(lanes: int) -> tuple[hg.Graph, dict[str, npt.NDArray[Any]]]:
    x = np.random.default_rng(4).standard_normal((N, lanes))
    block = Odd(0.3)
    block(hg.Input("x", lanes))
    return hg.Graph(1.0, {"out": block}), {"x": x}


@pytest.mark.parametrize("lanes", [1, 3, 20])
def test_any_step_equals_its_interpretation_bit_for_bit(lanes: int) -> None:
    graph, inputs = odd(lanes)
    plain = graph.compile(dtype="float32", interpret=True).process(inputs)
    assert_same(graph.compile(dtype="float32", fastmath=False).process(inputs), plain)
    assert_close(graph.compile(dtype="float32").process(inputs), plain)
    assert_close(plain, graph.compile().process(inputs))


def test_a_step_without_text_works_all_the_same() -> None:
    space: dict[str, Any] = {}
    exec("def Hidden(x, y1):\n    y1 = 0.9 * y1 + 2 * x\n    return y1, y1\n", space)
    block = hg.block(state="y1")(space["Hidden"])()
    graph = hg.Graph(1.0, {"y": block(hg.Input("x", 3))})
    inputs = {"x": np.random.default_rng(5).standard_normal((N, 3))}
    assert_close(graph.compile(dtype="float32").process(inputs), graph.compile().process(inputs))


# A run -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cuts", [[1, 2, 3], [7, 130], [129, 255, 256]])
def test_chunks_leave_no_trace(cuts: list[int]) -> None:
    graph = loop()
    whole = graph.compile(dtype="float32").process(drive())
    kernel = graph.compile(dtype="float32")
    edges = [0, *cuts, N]
    parts = [kernel.process(drive(*span)) for span in pairwise(edges)]
    assert_same({name: np.concatenate([p[name] for p in parts]) for name in whole}, whole)


def test_a_saved_state_goes_on_in_a_kernel_of_the_same_type_only() -> None:
    graph = loop()
    kernel = graph.compile(dtype="float32")
    kernel.process(drive(0, 123))
    saved, rest = kernel.state(), kernel.process(drive(123))
    other = graph.compile(dtype="float32")
    other.load_state(saved)
    assert_same(other.process(drive(123)), rest)
    text = (
        "the saved state belongs to another graph\n"
        "  mend load it into a kernel of the graph that saved it"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        graph.compile().load_state(saved)


def test_parameters_can_be_set() -> None:
    graph = hg.Graph(1.0, {"y": hg.Gain([1.0, 1.0])(hg.Input("x", 2))})
    kernel = graph.compile(dtype="float32")
    kernel.parameters["gain.factor"] = [0.1, 2.0]
    np.testing.assert_array_equal(
        kernel.process({"x": [[3.0, 3.0]]})["y"], [[np.float32(0.1) * np.float32(3), 6]]
    )


def test_its_name_tells_of_the_type() -> None:
    assert repr(loop().compile(dtype="float32")) == "<Kernel of graph at sample 0, in float32>"
    assert repr(loop().compile()) == "<Kernel of graph at sample 0>"


# Refusals ----------------------------------------------------------------------------------------


def test_another_type_is_refused() -> None:
    text = "no graph is compiled to 'float16'\n  mend take one of float64, float32"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        loop().compile(dtype="float16")


def test_samples_beyond_float32_are_refused() -> None:
    kernel = loop().compile(dtype="float32")
    samples = drive()
    samples["target"][5] = 1e39
    text = (
        "input target is inf at sample 5\n"
        "  mend cut these samples out or fill them in: a filter would carry them on for ever"
    )
    with pytest.raises(SampleError, match=f"^{re.escape(text)}$"):
        kernel.process(samples)


@pytest.mark.filterwarnings("ignore:overflow")  # where steps run in plain Python
def test_what_becomes_too_large_is_named() -> None:
    graph = hg.Graph(1.0, {"y": hg.Gain(1e30)(hg.Input("x"))})
    samples = np.ones(20)
    samples[13] = 1e10
    assert np.isfinite(graph.compile().process({"x": samples})["y"]).all()
    with pytest.raises(SampleError, match=r"^gain\.y became inf at sample 13, and output y with"):
        graph.compile(dtype="float32").process({"x": samples})
