"""What a graph is made of, and how its blocks are named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.block import Block, snake_case
from hgedsp.errors import ParameterError, PathError
from hgedsp.graph.flatten import flatten
from hgedsp.ports import Ports
from hgedsp.wire import Wire, as_wire


def names(graph: hg.Graph) -> list[str]:
    return [node.name for node in graph.nodes]


def flat_text(**outputs: Any) -> str:
    return repr(flatten({name: as_wire(wire) for name, wire in outputs.items()}))


@dataclass(frozen=True, eq=False)
class Crossed(Block):
    """A compound of which only the way from b to d is immediate."""

    ports: ClassVar[Ports] = Ports(inputs="a, b", outputs="c, d")

    def compose(self, a: Wire, b: Wire) -> tuple[Wire, Wire]:
        return hg.Delay(1)(a), hg.Gain(0.5)(b)


@dataclass(frozen=True, eq=False)
class Weighed(Block):
    """A compound with inputs that may stay unconnected."""

    ports: ClassVar[Ports] = Ports(inputs="x, left=2, right=3", outputs="y")

    def compose(self, x: Wire, left: Wire, right: Wire) -> Wire:
        return x * left + x * right


# Names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("LowPass", "low_pass"),
        ("IIRFilter", "iir_filter"),
        ("Sum", "sum"),
        ("OnePole2", "one_pole2"),
    ],
)
def test_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake


def test_the_second_of_a_kind_gets_a_number() -> None:
    x = hg.Input("x")
    y = hg.Gain(1)(hg.Gain(2)(hg.Gain(3)(x)))
    assert names(hg.Graph(1.0, {"y": y})) == ["x", "gain", "gain_2", "gain_3"]


def test_names_of_the_user_come_before_made_up_ones() -> None:
    first = hg.Gain(2)
    y = first(hg.Input("gain")) + hg.Gain(3, name="gain_2")(first.y)
    assert names(hg.Graph(1.0, {"y": y})) == ["gain_3", "gain", "gain_2", "add"]


def test_scopes_nest() -> None:
    with hg.scope("front"):
        x = hg.Gain(1)(hg.Input("x"))
        with hg.scope("end"):
            y = hg.Gain(1)(x)
    y = hg.Gain(1)(y)
    assert names(hg.Graph(1.0, {"y": y})) == ["front/gain", "front/x", "front/end/gain", "gain"]


def test_parts_of_a_compound_are_under_its_name() -> None:
    with hg.scope("demod"):
        y = hg.LowPass(1.0, 2)(hg.Input("x"))
    graph = hg.Graph(10.0, {"y": y})
    parts = [f"demod/low_pass/{part}" for part in ("pole_1", "pole_2", "gain")]
    assert names(graph) == ["demod/x", *parts]


@pytest.mark.parametrize("name", ["a.b", "a\nb", "a\tb"])
def test_a_name_that_would_tear_a_path_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match=r"^a block or scope cannot be named '"):
        hg.Graph(1.0, {"y": hg.Gain(1, name=name)(hg.Input("x"))})


# Flat graphs -------------------------------------------------------------------------------------


def test_flat_graph_as_text() -> None:
    x = hg.Input("x")
    text = flat_text(y=hg.LowPass(1.0, 2)(x), z=hg.IntegrateAndDump(4)(x))
    assert text == (
        "x = Input()\n"
        "integrate_and_dump = IntegrateAndDump(x.x, 1)\n"
        "low_pass/pole_1 = Pole(x.x)\n"
        "low_pass/pole_2 = Pole(low_pass/pole_1.z)\n"
        "low_pass/gain = PoleGain(low_pass/pole_2.z)\n"
        "-> y = low_pass/gain.y\n"
        "-> z = integrate_and_dump.y"
    )


def test_operators_become_blocks() -> None:
    x = hg.Input("x", 2)
    y = np.array([1.0, 2.0]) - x * np.array([3.0, 4.0])
    text = flat_text(y=y, z=-(x / 4 + 1) + [5.0, 6.0] * x + x.x * x)
    assert text == (
        "x = Input()\n"
        "gain = Gain(x.x)\n"
        "subtract = Subtract(constant.value, gain.y)\n"
        "constant = Constant()\n"
        "gain_2 = Gain(x.x)\n"
        "add = Add(gain_2.y, constant_2.value)\n"
        "constant_2 = Constant()\n"
        "gain_3 = Gain(add.y)\n"
        "gain_4 = Gain(x.x)\n"
        "add_2 = Add(gain_3.y, gain_4.y)\n"
        "multiply = Multiply(x.x, x.x)\n"
        "add_3 = Add(add_2.y, multiply.y)\n"
        "-> y = subtract.y\n"
        "-> z = add_3.y"
    )


def test_operators_compute_what_they_say() -> None:
    x = hg.Input("x", 2)
    wires = {
        "left": np.array([1.0, 2.0]) * x,
        "scalar": np.float64(3.0) * x,
        "difference": 1.0 - x,
        "sum": np.array([1.0, 2.0]) + x,
        "quotient": x / np.array([2.0, 4.0]),
        "negative": -x,
        "total": sum([x.x, x.x]),
    }
    v = np.array([[1.0, 2.0], [3.0, -4.0]])
    r = hg.Graph(1.0, wires).compile(interpret=True).process({"x": v})
    expected = {
        "left": [1, 2] * v,
        "scalar": 3 * v,
        "difference": 1 - v,
        "sum": np.add(v, [1, 2]),
        "quotient": v / [2, 4],
        "negative": -v,
        "total": 2 * v,
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(r[name], values, name)


def test_what_no_output_needs_is_left_out() -> None:
    x = hg.Input("x")
    hg.Gain(2)(x)
    assert names(hg.Graph(1.0, {"y": hg.Gain(3)(x)})) == ["x", "gain"]


def test_a_registered_output_can_be_read_before_wiring() -> None:
    integrator = hg.Integrator()
    integrator(1.0 - integrator.y)
    text = flat_text(y=integrator.y)
    assert "integrator = Integrator(subtract.y, 0)" in text


def test_a_compound_with_one_registered_path_makes_no_false_loop() -> None:
    crossed = Crossed()
    late, now = crossed(hg.Input("x"), hg.Delay(1)(hg.Input("z")))
    again = Crossed()
    outer = hg.Delay(1)
    inner = again(now, outer.y)
    outer(inner.d)
    graph = hg.Graph(1.0, {"late": late, "now": now, "inner": inner.c})
    assert "crossed/delay" in names(graph)


def test_a_loop_through_the_registered_path_of_a_compound_is_sound() -> None:
    # d goes back to a: a loop through the block, but not through its immediate path.
    x, crossed = hg.Input("x"), Crossed()
    total = hg.Add()
    gain = hg.Gain(1.0)
    held = hg.Delay(1)
    outputs = crossed(gain(held.y), total(x, held.y))
    held(outputs.d)
    r = hg.Graph(1.0, {"c": outputs.c, "d": outputs.d}).compile(interpret=True)
    d = r.process({"x": np.ones(4)})["d"]
    np.testing.assert_array_equal(d, [0.5, 0.75, 0.875, 0.9375])


def test_defaults_of_a_compound_reach_the_right_inputs() -> None:
    x = hg.Input("x")
    graph = hg.Graph(1.0, {"both": Weighed()(x), "right": Weighed()(x, right=10.0)})
    r = graph.compile(interpret=True).process({"x": [1.0, 2.0]})
    np.testing.assert_array_equal(r["both"], [5.0, 10.0])
    np.testing.assert_array_equal(r["right"], [12.0, 24.0])


# Finding -----------------------------------------------------------------------------------------


def test_wires_are_found_by_block_and_port_also_of_compounds() -> None:
    device = hg.PolynomialDevice([1.0, 2.0], offset=3.0)
    tone = hg.ToneGenerator([1.0, 2.0], 0.1)
    graph = hg.Graph(10.0, {"y": device(tone.perturbation) * 2})
    label = graph.checked.flat.label
    assert label(graph.find("tone_generator.in_phase")) == "tone_generator/oscillator.in_phase"
    assert label(graph.find("polynomial_device")) == "polynomial_device/add_3.y"
    assert label(graph.find("polynomial_device.current")) == "polynomial_device/add_3.y"
    assert label(graph.find("gain")) == "gain.y"


def test_an_unknown_wire_is_answered_with_all_names() -> None:
    graph = hg.Graph(1.0, {"y": hg.Gain(1)(hg.Input("x"))})
    with pytest.raises(PathError) as caught:
        graph.find("gain.z")
    assert str(caught.value) == (
        "no wire is named 'gain.z'\n  mend the wires of this graph are gain.y, x.x"
    )


# Lanes and clocks --------------------------------------------------------------------------------


def test_checked_graph_as_text() -> None:
    x = hg.Input("x", 3)
    slow = hg.IntegrateAndDump(6)(hg.Decimate(2)(x))
    graph = hg.Graph(12.0, {"y": hg.Hold(4)(hg.Sum()(slow))})
    assert repr(graph.checked) == (
        "x.x: float64[3] /1\n"
        "integrate_and_dump.y: float64[3] /12\n"
        "decimate.y: float64[3] /2\n"
        "hold.y: float64[1] /3\n"
        "sum.y: float64[1] /12"
    )


def test_lanes_are_settled_around_loops() -> None:
    delay = hg.Delay(2)
    total = delay.y * 0.5 + hg.Input("x", 3)
    delay(total)
    graph = hg.Graph(1.0, {"y": delay.y, "s": total})
    assert graph.checked.width(graph.find("delay.y")) == 3


def test_a_loop_that_nothing_feeds_runs_at_the_base_rate_where_it_is_fastest() -> None:
    updater = hg.GradientDescent(0.5, 1.0)
    fast = hg.Hold(6)(updater.parameters)
    updater(hg.Decimate(2)(hg.Decimate(3)(1.0 * fast)))
    graph = hg.Graph(6.0, {"slow": updater.parameters, "fast": fast})
    assert graph.checked.output_divisor[graph.find("hold.y").node] == 1
    r = graph.compile(interpret=True).process(18)
    np.testing.assert_array_equal(r["slow"], [1.0, 0.5, 0.25])
    np.testing.assert_array_equal(r["fast"], np.repeat([1.0, 0.5, 0.25], 6))


def test_repr_and_nodes() -> None:
    graph = hg.Graph(1.0, {"y": hg.Gain(1)(hg.Input("x"))}, name="small")
    assert repr(graph) == "<Graph small: 2 blocks, outputs y>"
