"""Places of states, coefficients and wires."""

from __future__ import annotations

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.compile.layout import Memory, lay_out
from hgedsp.compile.schedule import schedule


def memory(graph: hg.Graph) -> Memory:
    return lay_out(schedule(graph.checked, graph.checked.flat.outputs, {}))


def test_layout_as_text() -> None:
    x, tone = hg.Input("x", 2), hg.ToneGenerator([1.0, 2.0], 0.1)
    loud = hg.Sum()(x * tone.in_phase)
    y = hg.LowPass(1.0)(loud * tone.quadrature)
    assert repr(memory(hg.Graph(10.0, {"y": hg.Delay(3)(y)}))) == (
        "tone_generator.count: I[0:2]\n"
        "delay.y: F[0:2]\n"
        "delay.ring: F[2:8]\n"
        "delay.position: I[2:3]\n"
        "low_pass_pole_1.y1: F[8:10]\n"
        "tone_generator.numerator: J[0:2]\n"
        "tone_generator.denominator: J[2:4]\n"
        "tone_generator.per_count: C[0:2]\n"
        "tone_generator.turn: C[2:4]\n"
        "tone_generator.amplitude: C[4:6]\n"
        "low_pass_pole_1.a: C[6:7]\n"
        "tone_generator.quadrature: W[0:2]\n"
        "low_pass_pole_1.y: W[2:4]"
    )


def test_initial_values_are_written() -> None:
    made = memory(hg.Graph(1.0, {"y": hg.Integrator(initial_value=[1.0, 2.0])(hg.Input("x"))}))
    np.testing.assert_array_equal(made.initial["F"], [1.0, 2.0])
    np.testing.assert_array_equal(made.initial["C"][-4:], [-np.inf, -np.inf, np.inf, np.inf])


def test_probes_move_no_state() -> None:
    x = hg.Input("x", 3)
    graph = hg.Graph(1.0, {"y": hg.Sum()(hg.OnePole(2.0)(hg.OnePole(1.0)(x)))})
    plain = lay_out(schedule(graph.checked, graph.checked.flat.outputs, {}))
    ends = {**graph.checked.flat.outputs, "probe": graph.find("one_pole")}
    probed = lay_out(schedule(graph.checked, ends, {"probe": 7}))
    assert (plain.state, plain.coefficient) == (probed.state, probed.coefficient)


@pytest.mark.parametrize(
    ("names", "python"),
    [
        (["if", "t", "k", "n", "F"], ("if", "t", "k", "n", "F")),
        (["a b", "a-b", "a__b", "a_b_"], ("a_b", "a_b_2", "a_b_3", "a_b_4")),
        (["τ²", "2nd", "_"], ("b", "b_2nd", "b_2")),
    ],
)
def test_names_become_identifiers_each_used_once(names: list[str], python: tuple[str]) -> None:
    wire = hg.Input("x").x
    for name in names:
        wire = hg.Gain(2, name=name)(wire)
    graph = hg.Graph(1.0, {"y": wire})
    assert memory(graph).names[1:] == python
    y = graph.compile().process({"x": [1.0]})["y"]
    np.testing.assert_array_equal(y, [2.0 ** len(names)])
