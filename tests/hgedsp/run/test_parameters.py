"""Parameters by nested name, set between chunks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.errors import ParameterError, PathError

FILE = Path(__file__).name


def filters() -> hg.Graph:
    x = hg.Input("x", 2)
    with hg.scope("demod"):
        y = hg.LowPass(0.01, 2)(hg.Gain(2.0)(x))
    delay = hg.Delay(3)
    return hg.Graph(1000.0, {"y": y + 1.0, "late": delay(hg.Gain([1.0, 2.0], name="wide")(x))})


def test_all_names() -> None:
    assert sorted(filters().compile(interpret=True).parameters) == [
        "constant.value",
        "delay.samples",
        "demod/gain.factor",
        "demod/low_pass.order",
        "demod/low_pass.time_constant",
        "wide.factor",
        "x.dtype",
        "x.width",
    ]


def test_a_set_parameter_holds_from_the_next_sample_and_is_logged() -> None:
    kernel, x = filters().compile(interpret=True), np.ones((5, 2))
    kernel.process({"x": x})
    kernel.parameters["constant.value"] = 7.0
    kernel.parameters["wide.factor"] = 3.0
    r = kernel.process({"x": x})
    assert r["y"][0, 0] > 7.0
    np.testing.assert_array_equal(r["late"][:, 1], [2.0, 2.0, 2.0, 3.0, 3.0])
    assert [(c.sample, c.name, c.value) for c in kernel.changes] == [
        (5, "constant.value", 7.0),
        (5, "wide.factor", 3.0),
    ]


def test_a_compound_hands_its_parameter_down() -> None:
    changed, made = filters().compile(), hg.Input("x", 2)
    changed.parameters["demod/low_pass.time_constant"] = 0.002
    expected = hg.Graph(1000.0, {"y": hg.LowPass(0.002, 2)(hg.Gain(2.0)(made)) + 1.0}).compile()
    x = np.random.default_rng(1).standard_normal((50, 2))
    np.testing.assert_array_equal(changed.process({"x": x})["y"], expected.process({"x": x})["y"])


def test_kernels_of_one_graph_have_parameters_of_their_own() -> None:
    graph = filters()
    first, second = graph.compile(interpret=True), graph.compile(interpret=True)
    first.parameters["demod/gain.factor"] = 5.0
    assert float(np.squeeze(second.parameters["demod/gain.factor"])) == 2.0


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("demod/low_pass.order", 3),
        ("delay.samples", 4),
        ("wide.factor", [1.0, 2.0, 3.0]),
        ("x.width", 3),
        ("x.dtype", "int64"),
        ("constant.value", [1.0, 2.0]),
    ],
)
def test_a_change_of_size_is_refused_and_nothing_moves(path: str, value: Any) -> None:
    kernel = filters().compile(interpret=True)
    before, name = kernel.state(), path.rpartition(".")[0]
    nodes = {node.name: node.node for node in kernel.graph.nodes}
    nodes |= {family.name: family.node for family in kernel.graph.checked.flat.families}
    with pytest.raises(ParameterError) as caught:
        kernel.parameters[path] = value
    assert str(caught.value) == (
        f"the new value would give {name} another size, clock or step\n"
        f"  at   {name:<24} {nodes[name].location}\n"
        "  mend make a new graph with this value, and compile it"
    )
    assert kernel.changes == []
    assert all(np.array_equal(before[key], values) for key, values in kernel.state().items())


def test_a_bad_value_is_refused_as_at_the_making() -> None:
    kernel = filters().compile(interpret=True)
    node = next(f.node for f in kernel.graph.checked.flat.families)
    with pytest.raises(ParameterError) as caught:
        kernel.parameters["demod/low_pass.time_constant"] = -1.0
    assert str(caught.value) == (
        "demod/low_pass.time_constant: LowPass needs time_constant above 0 s, got -1.0 s\n"
        f"  at   {'demod/low_pass':<24} {node.location}\n"
        "  mend give time_constant a positive number in s"
    )


def test_a_tone_set_above_half_the_rate_is_refused() -> None:
    tone = hg.ToneGenerator([10.0], 0.1)
    kernel = hg.Graph(100.0, {"y": tone.in_phase}).compile(interpret=True)
    with pytest.raises(ParameterError, match=r"tone 0 at 60 Hz is not below half the sample rate"):
        kernel.parameters["tone_generator.frequency"] = [60.0]
    kernel.parameters["tone_generator.frequency"] = [25.0]
    np.testing.assert_allclose(kernel.process(3)["y"], [0.0, 1.0, 0.0], atol=1e-15)


def test_unknown_names_are_answered_with_near_ones() -> None:
    kernel = filters().compile(interpret=True)
    with pytest.raises(PathError) as caught:
        kernel.parameters["low_pass.tau"] = 1.0
    assert str(caught.value) == (
        "no parameter is named 'low_pass.tau'\n"
        "  mend its names are demod/low_pass.time_constant, demod/low_pass.order"
    )
    with pytest.raises(PathError, match=r"^no parameter is named 'nothing'\n  mend the names here"):
        _ = kernel.parameters["nothing"]


def test_a_parameter_cannot_be_removed() -> None:
    kernel = filters().compile(interpret=True)
    with pytest.raises(ParameterError) as caught:
        del kernel.parameters["wide.factor"]
    assert str(caught.value) == "wide.factor cannot be removed\n  mend set it to another value"
