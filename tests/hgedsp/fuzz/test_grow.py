"""The generator: what it covers, and that its graphs are as tame as it says."""

from __future__ import annotations

from typing import Any

import numpy as np

import hgedsp.blocks as standard
from hgedsp.block import Block
from hgedsp.compile.windows import plan_windows
from hgedsp.fuzz import own_blocks
from hgedsp.fuzz.attack import plan
from hgedsp.fuzz.grow import grow
from hgedsp.fuzz.tap import RATE, Grower
from hgedsp.graph import Graph


def classes_in(module: Any) -> set[type[Block]]:
    members = vars(module).values()
    return {m for m in members if isinstance(m, type) and issubclass(m, Block)} - {Block}


def test_every_block_is_in_some_graph() -> None:
    graphs = [plan(seed).graph for seed in range(300)]
    nodes = [node for graph in graphs for node in graph.nodes]
    families = [family for graph in graphs for family in graph.checked.flat.families]
    used = {type(found.node.block) for found in (*nodes, *families)}
    assert classes_in(standard) | classes_in(own_blocks) <= used


def test_registers_are_empty_full_and_partly_full() -> None:
    widths = {Grower(seed, 40).lanes for seed in range(300)}
    assert {1, 7, 8, 9, 16, 17} <= widths
    assert max(widths) > 32


def test_some_graphs_are_worked_out_in_windows() -> None:
    graphs = [plan(seed).graph.checked for seed in range(200)]
    plans = [plan_windows(graph, graph.flat.outputs, {}) for graph in graphs]
    assert sum(not isinstance(found, str) for found in plans) > 5


def test_the_same_seed_grows_the_same_graph() -> None:
    first, second = plan(5), plan(5)
    assert repr(first.graph.checked.flat) == repr(second.graph.checked.flat)
    assert (first.start, first.cuts, first.probes) == (second.start, second.cuts, second.probes)
    for name, values in first.inputs.items():
        np.testing.assert_array_equal(values, second.inputs[name])


def test_no_wire_leaves_its_bound() -> None:
    for seed in range(25):
        grown = grow(seed, 40)
        graph = Graph(RATE, {f"t{i}": tap.wire for i, tap in enumerate(grown.taps)})
        random = np.random.default_rng(seed)
        given = {n.name: samples(graph, n, random) for n in graph.nodes if n.block.external}
        with np.errstate(all="ignore"):
            values = graph.compile(interpret=True).process(given)
        for i, tap in enumerate(grown.taps):
            largest = np.max(np.abs(values[f"t{i}"]), initial=0.0)
            assert largest <= tap.bound * (1 + 1e-9), (seed, tap.wire)


def samples(graph: Graph, node: Any, random: np.random.Generator) -> Any:
    width = graph.checked.port_width(node.index, node.block.ports.outputs[0])
    if node.block.ports.outputs[0].dtype == "int64":
        return random.integers(-3, 4, (40, width))
    return random.uniform(-1, 1, (40, width))


def test_a_rounding_in_a_loop_stays_one() -> None:
    """States that are off by 1e-9 move no output by more than its slope times that."""
    for ride in (plan(seed) for seed in range(40)):
        runs = []
        for nudge in (0.0, 1e-9):
            kernel = ride.graph.compile(interpret=True)
            for name in kernel.states:
                if kernel.states[name].dtype == np.float64 and name.endswith((".y", ".parameters")):
                    kernel.states[name] = kernel.states[name] + nudge
            with np.errstate(all="ignore"):
                runs.append(kernel.process({n: v[:40] for n, v in ride.inputs.items()} or 40))
        for name, values in runs[0].items():
            if values.dtype == np.float64:
                moved = np.max(np.abs(values - runs[1][name]), initial=0.0)
                assert moved <= 1e-9 * 1e3, (ride.seed, name, moved)
