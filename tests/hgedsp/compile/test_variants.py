"""Forms of steps: shared where they can be, and the same numbers in each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numba
import numpy as np
import pytest
from numba.extending import register_jitable

import hgedsp as hg
from hgedsp.block import Block
from hgedsp.blocks import Oscillator
from hgedsp.compile.layout import lay_out, register_shape
from hgedsp.compile.schedule import schedule
from hgedsp.compile.variants import Chooser, Variant, variants
from hgedsp.errors import ParameterError, SampleError
from hgedsp.ports import Ports

# One register in parts, one of more parts, and tiles; none is full but the last.
LANES = [3, 9, 40]


def forms(graph: hg.Graph, *, fuse: bool = True) -> dict[str, Variant]:
    """The form of each step, by the name of the block."""
    checked = graph.checked
    plan = schedule(checked, checked.flat.outputs, {})
    chosen = variants(Chooser(plan, lay_out(plan), fuse=fuse))
    titles = {task: "refreshed " * task.refresh for task in chosen}
    return {titles[t] + checked.flat.nodes[t.node].name: form for t, form in chosen.items()}


def signal(lanes: int, n: int = 60, seed: int = 1) -> Any:
    samples = np.random.default_rng(seed).standard_normal((n, lanes))
    return samples[:, 0] if lanes == 1 else samples


# Names -------------------------------------------------------------------------------------------


def test_steps_of_one_form_share_a_name_and_those_of_another_do_not() -> None:
    x, one = hg.Input("x", 3), hg.Input("one")
    a = hg.Gain(2.0, name="a")(x)
    b = hg.Gain(3.0, name="b")(a)
    c = hg.Gain([1.0, 2.0, 3.0], name="c")(b)
    d = hg.Gain(3.0, name="d")(one)
    found = forms(hg.Graph(1.0, {"c": c, "d": d, "e": hg.OnePole(2.0)(c)}))
    assert {name: form.name for name, form in found.items()} == {
        "a": "step_Gain",
        "b": "step_Gain",
        "c": "step_Gain_2",  # its factor is a register
        "d": "step_Gain_3",  # plain numbers
        "one_pole": "step_OnePole",
    }
    assert found["a"].function is found["b"].function
    assert len({form.key for form in found.values()}) == 4
    assert (found["d"].width, found["d"].shape) == (0, "")


@pytest.mark.parametrize("lanes", LANES)
def test_a_form_says_which_registers_it_takes(lanes: int) -> None:
    (form,) = forms(hg.Graph(1.0, {"y": hg.Gain(2.0)(hg.Input("x", lanes))})).values()
    assert (form.shape, form.one_by_one) == (register_shape(lanes), False)
    assert form.shape.startswith(f"{form.width}, ")


def test_steps_and_their_refresh_are_forms_of_their_own() -> None:
    names = forms(hg.Graph(1e3, {"y": Oscillator([10.0, 20.0]).in_phase}))
    assert {name: form.name for name, form in names.items()} == {
        "oscillator": "step_Oscillator",
        "refreshed oscillator": "refresh_Oscillator",
    }


def test_rounding_once_or_twice_are_two_forms() -> None:
    graph = hg.Graph(1.0, {"y": hg.OnePole(2.0)(hg.Input("x", 3))})
    (once,), (twice,) = forms(graph).values(), forms(graph, fuse=False).values()
    assert once.key != twice.key


@hg.block(state="y1")
def Leaky(x, y1, leak=0.9):
    y = leak * y1 + (1 - leak) * x
    return y, y


def test_a_parameter_with_a_default_keeps_no_step_from_registers() -> None:
    (form,) = forms(hg.Graph(1.0, {"y": Leaky()(hg.Input("x", 3))})).values()
    assert not form.one_by_one


# One by one ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Collatz(Block):
    """Whole numbers and a loop: nothing for registers."""

    ports: ClassVar[Ports] = Ports(
        inputs="x[K], up[K]=1", outputs="y[K], n: int64[K]", state="y1[K], n: int64[K]"
    )

    def initial(self, rate: float) -> dict[str, Any]:
        return {"n": 7}

    @staticmethod
    def step(x, up, y1, n):
        for _ in range(2):
            n = n // 2 if n % 2 == 0 else 3 * n + 1
        y = 0.5 * y1 + x * up
        return y, y, n


@dataclass(frozen=True, eq=False)
class SumOfRemainders(Block):
    """One by one, and added up over the lanes."""

    reduces: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y")

    @staticmethod
    def step(x):
        return x % 0.7


@dataclass(frozen=True, eq=False)
class LargestOfThree(Block):
    """One by one, with the position in its window."""

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", state="y1[K]")

    @property
    def decimation(self) -> int:
        return 3

    @staticmethod
    def step(x, position, y1):
        for candidate in (x, y1):
            if position == 0 or candidate > y1:
                y1 = candidate
        return y1, y1


def assert_equals_interpreter(graph: hg.Graph, inputs: dict[str, Any]) -> None:
    expected = graph.compile(interpret=True).process(inputs)
    exactly = graph.compile(fastmath=False).process(inputs)
    nearly = graph.compile().process(inputs)
    for name in expected:
        np.testing.assert_array_equal(exactly[name], expected[name], name)
        np.testing.assert_allclose(nearly[name], expected[name], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("lanes", LANES)
def test_steps_that_take_plain_numbers_only_are_called_one_by_one(lanes: int) -> None:
    x = hg.Input("x", lanes)
    odd = Collatz()(x * 2.0, hg.Input("up"))
    outputs = {
        "y": odd.y + x,
        "n": odd.n,
        "sum": SumOfRemainders()(odd.y),
        "slow": LargestOfThree()(x - odd.y),
    }
    graph = hg.Graph(1.0, outputs)
    assert [name for name, form in forms(graph).items() if form.one_by_one] == [
        "collatz",
        "sum_of_remainders",
        "largest_of_three",
    ]
    assert_equals_interpreter(graph, {"x": signal(lanes), "up": signal(1, seed=2)})


# Any step may be written for one number -------------------------------------------------------


@register_jitable
def number_of(x, y):
    return 2.0


@register_jitable
def gain_of(x, gain):
    return 3.0 * gain


@hg.block(inputs="x, n: int64, m: int64")
def TruthOfWholeNumbers(x, n, m):
    if n and m:
        x = x + 100.0
    return x if n or m else -x


@hg.block(inputs="x, y")
def NothingButANumber(x, y):
    return number_of(x, y)


@hg.block(inputs="x, y, gain")
def NothingButACommonNumber(x, y, gain):
    return x if x > 0.0 else gain_of(y, gain)


@hg.block(inputs="x, x__2")
def NamesWithNumbers(x, x__2):
    x = x + 1.0
    return x * x__2


@hg.block(inputs="x, n: int64")
def WrappingProduct(x, n):
    return n * 6364136223846793005 + x


@hg.block(inputs="x, y")
def FusedPower(x, y):
    return x**2 + y


@hg.block(inputs="x, y", state="total")
def TakesOffAFlag(x, y, total):
    total -= (x > y) * y
    return total, total


ODD = [
    TruthOfWholeNumbers,
    NothingButANumber,
    NothingButACommonNumber,
    NamesWithNumbers,
    WrappingProduct,
    FusedPower,
    TakesOffAFlag,
]


def odd_inputs(block: Any, lanes: int) -> dict[str, Any]:
    generator = np.random.default_rng(1)
    samples: dict[str, Any] = {}
    for port in block.ports.inputs:
        shape = (50, lanes if port.name != "gain" else 1)
        if port.dtype == "int64":
            samples[port.name] = generator.integers(-2, 5, shape)
        else:
            zeros = generator.integers(0, 3, shape) > 0
            samples[port.name] = zeros * generator.standard_normal(shape)
    return samples


def odd_graph(block: Any, samples: dict[str, Any]) -> hg.Graph:
    wires = [
        hg.Input(name, values.shape[1], dtype=str(values.dtype)) for name, values in samples.items()
    ]
    return hg.Graph(1.0, {"y": block(*wires)})


def one_lane(samples: dict[str, Any], lane: int) -> dict[str, Any]:
    return {
        name: values[:, [lane if values.shape[1] > 1 else 0]] for name, values in samples.items()
    }


@pytest.mark.parametrize("kind", ODD)
@np.errstate(over="ignore")  # whole numbers wrap
def test_odd_steps_equal_the_interpreter(kind: Any) -> None:
    for lanes in (1, 3, 40):
        samples = odd_inputs(kind(), lanes)
        graph = odd_graph(kind(), samples)
        expected = graph.compile(interpret=True).process(_flat(samples))["y"]
        exactly = graph.compile(fastmath=False).process(_flat(samples))["y"]
        np.testing.assert_array_equal(exactly, expected)
        nearly = graph.compile().process(_flat(samples))["y"]
        np.testing.assert_allclose(nearly, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", ODD)
@np.errstate(over="ignore")
def test_a_lane_among_others_gives_the_bits_it_gives_alone(kind: Any) -> None:
    samples = odd_inputs(kind(), 3)
    together = odd_graph(kind(), samples).compile().process(_flat(samples))["y"]
    alone = odd_graph(kind(), one_lane(samples, 0)).compile()
    for lane in range(3):
        alone.reset()
        y = alone.process(_flat(one_lane(samples, lane)))["y"]
        np.testing.assert_array_equal(y, together[:, lane])


def _flat(samples: dict[str, Any]) -> dict[str, Any]:
    return {
        name: values[:, 0] if values.shape[1] == 1 else values for name, values in samples.items()
    }


class ArraysInOneExpression(Block):
    """A step on arrays: what is rewritten for numbers has to hold for them, too."""

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(inputs="x[K], z[K]", outputs="y[K]", state="s[K]")

    @staticmethod
    def step(x, z, y, s):
        y[:] = 2.0 * x + z - 0.5 * s
        s += 0.1 * y - s * z
        for k in range(len(x)):
            s[k] += x[k] * y[k]


@pytest.mark.parametrize("lanes", [3, 40])
def test_arrays_may_be_multiplied_and_added(lanes: int) -> None:
    wires = hg.Input("x", lanes), hg.Input("z", lanes)
    graph = hg.Graph(1.0, {"y": ArraysInOneExpression()(*wires)})
    x, z = 0.3 * signal(lanes), 0.3 * signal(lanes, seed=2)
    assert_equals_interpreter(graph, {"x": x, "z": z})


# One number for all lanes, and several --------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Bent(Block):
    """A branch on a coefficient: a real one as long as all lanes have it in common."""

    bend: Any
    gain: Any = 1.0

    ports: ClassVar[Ports] = Ports(
        inputs="x[K]", outputs="y[K]", state="y1[K]", coefficients="bend[K], gain[K]"
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "bend", np.asarray(self.bend, dtype=np.float64))

    def coefficients(self, rate: float) -> tuple[Any, ...]:
        return self.bend, self.gain

    @staticmethod
    def step(x, y1, bend, gain):
        if bend > 0.5:
            y = 0.9 * y1 + gain * x
        else:
            y = bend * y1 - x if x > bend else x
        return y, y


def bent_kernel(lanes: int, **options: Any) -> hg.Kernel:
    bent = Bent(0.7)(hg.Input("x", lanes))
    total = hg.Sum()(hg.Gain(2.0)(bent))
    return hg.Graph(1.0, {"y": bent, "total": total}).compile(**options)


def setting(lanes: int) -> list[tuple[str, Any]]:
    return [
        ("bent.bend", np.linspace(-1.0, 1.0, lanes)),
        ("gain.factor", np.arange(lanes) - 1.0),
        ("bent.gain", np.linspace(1.0, 2.0, lanes)),
        ("bent.bend", 0.2),
        ("gain.factor", 3.0),
        ("bent.bend", np.full(lanes, 0.7)),
    ]


@pytest.mark.parametrize("lanes", LANES)
def test_what_was_one_number_may_become_several_and_one_again(lanes: int) -> None:
    compiled, plain = bent_kernel(lanes, fastmath=False), bent_kernel(lanes, interpret=True)
    x = signal(lanes, 10)
    for kernel in (compiled, plain):
        kernel.process({"x": x})
    for name, value in setting(lanes):
        for kernel in (compiled, plain):
            kernel.parameters[name] = value
        got, expected = compiled.process({"x": x}), plain.process({"x": x})
        for output in expected:
            np.testing.assert_array_equal(got[output], expected[output], f"{output} after {name}")


@pytest.mark.parametrize("lanes", LANES)
def test_a_number_for_each_lane_gives_the_bits_of_one_for_all(lanes: int) -> None:
    one, several = bent_kernel(lanes), bent_kernel(lanes)
    for name, value in setting(lanes)[:3]:
        several.parameters[name] = value
    for name, value in (("bent.bend", 0.7), ("gain.factor", 2.0), ("bent.gain", 1.0)):
        several.parameters[name] = value  # kept lane by lane from now on
    x = signal(lanes)
    got, expected = several.process({"x": x}), one.process({"x": x})
    for output in expected:
        np.testing.assert_array_equal(got[output], expected[output], output)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("first_is_apart", [True, False])
def test_states_pass_between_kernels_that_keep_one_number_and_several(
    lanes: int, first_is_apart: bool
) -> None:
    old, new = bent_kernel(lanes), bent_kernel(lanes)
    (old if first_is_apart else new).parameters["gain.factor"] = np.arange(lanes) - 1.0
    old.process({"x": signal(lanes)})
    new.process({"x": signal(lanes, seed=3)})
    new.load_state(old.state())
    np.testing.assert_array_equal(new.parameters["gain.factor"], old.parameters["gain.factor"])
    for kernel in (old, new):  # what was loaded can be set, too
        kernel.parameters["bent.gain"] = np.linspace(1.0, 2.0, lanes)
    x = signal(lanes, seed=2)
    got, expected = new.process({"x": x}), old.process({"x": x})
    for output in expected:
        np.testing.assert_array_equal(got[output], expected[output])


def test_a_refused_state_leaves_several_numbers_several() -> None:
    kernel, twin = bent_kernel(3), bent_kernel(3)
    for each in (kernel, twin):
        each.parameters["gain.factor"] = [1.0, 2.0, 3.0]
    with pytest.raises(ParameterError, match=r"^the saved state belongs to another graph\n"):
        kernel.load_state(bent_kernel(4).state())
    x = signal(3)
    got, expected = kernel.process({"x": x}), twin.process({"x": x})
    np.testing.assert_array_equal(got["total"], expected["total"])


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="plain NumPy warns of overflow first")
def test_blame_finds_the_block_also_after_one_number_became_several() -> None:
    first = hg.Gain(2.0, name="first")(hg.Input("x", 3))
    second = hg.Gain(3.0, name="second")(first)
    kernel = hg.Graph(1.0, {"y": hg.OnePole(2.0)(second)}).compile()
    kernel.process({"x": np.ones((7, 3))})
    kernel.parameters["first.factor"] = [1.0, 2.0, 1e200]
    kernel.parameters["second.factor"] = [1.0, 2.0, 1e200]
    message = "second.y became inf at sample 7, lane 2, and output y with it"
    with pytest.raises(SampleError, match=f"^{re.escape(message)}\n"):
        kernel.process({"x": np.ones((5, 3))})
