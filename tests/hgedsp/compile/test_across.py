"""Loops over many lanes that meet across the border of two samples."""

from __future__ import annotations

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.compile.across import across_samples
from hgedsp.compile.schedule import schedule


def descent(lanes: int, filtered: bool = False, outside: bool = False) -> hg.Graph:
    tone = hg.ToneGenerator(np.arange(1.0, lanes + 1), 0.1)
    updater = hg.GradientDescent(1e-3, np.zeros(lanes))
    voltage = updater.parameters + tone.perturbation
    voltage = hg.OnePole(0.1)(voltage) if filtered else voltage
    voltage = voltage + hg.Input("drift", lanes) if outside else voltage
    loss = hg.SquaredError()(hg.Sum()(voltage), 1.0)
    updater(hg.LowPass(1.0)(hg.Mixer()(loss, tone.in_phase)))
    return hg.Graph(100.0, {"loss": loss})


def pair(graph: hg.Graph) -> str:
    found = across_samples(schedule(graph.checked, graph.checked.flat.outputs, {}))
    if found is None:
        return "none"
    names = [
        [graph.checked.flat.nodes[task.node].name for task in group.tasks]
        for group in (found.first, found.last)
    ]
    return " | ".join(", ".join(part) for part in names)


def test_the_sums_of_the_next_sample_join_the_update_of_this_one() -> None:
    assert pair(descent(17)) == (
        "tone_generator/amplitude, add, sum | "
        "mixer, tone_generator/oscillator, low_pass/pole_1, low_pass/gain, gradient_descent"
    )


@pytest.mark.parametrize(
    "graph",
    [descent(16), descent(40, filtered=True), descent(40, outside=True)],
    ids=["a few lanes", "a state", "samples from outside"],
)
def test_loops_stay_apart(graph: hg.Graph) -> None:
    assert pair(graph) == "none"


@pytest.mark.parametrize("lanes", [17, 24])
def test_the_joined_loop_computes_the_same_however_it_is_cut(lanes: int) -> None:
    # 300 samples pass two refreshes of the tones, where the loops are taken apart.
    graph = descent(lanes)
    whole = graph.compile().process(300)["loss"]
    kernel = graph.compile()
    pieces = [kernel.process(n)["loss"] for n in (1, 126, 1, 1, 171)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    oracle = graph.compile(interpret=True).process(300)["loss"]
    np.testing.assert_allclose(whole, oracle, rtol=0, atol=1e-12)
