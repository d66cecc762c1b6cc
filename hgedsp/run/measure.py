"""Measuring a kernel: its speed as a whole, and the time of each of its blocks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hgedsp.compile.program import Program, compile_checked
from hgedsp.compile.schedule import task_lanes
from hgedsp.graph.check import check
from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.graph.flatten import flatten
from hgedsp.graph.latency import feedback_loops
from hgedsp.run.alone import Whole, alone, likeness
from hgedsp.run.call import call
from hgedsp.run.in_place import InPlace, in_place
from hgedsp.run.report import BlockReport, Report
from hgedsp.run.stopwatch import nanoseconds
from hgedsp.run.watched import Inputs, copied

if TYPE_CHECKING:
    from hgedsp.run.kernel import Kernel

_RECORDED = 256  # samples that blocks are fed with when they are timed
_RECORD_SECONDS = 1.0
_IN_PLACE_SECONDS = 6.0
_CHUNK_SECONDS = 0.02
_LARGEST_CHUNK = 1 << 18
_ROUNDS = 7


def make_report(kernel: Kernel, *, measure: bool, rate: float | None) -> Report:
    """Return the report on a kernel; see `Kernel.report`."""
    checked, program = kernel.graph.checked, kernel._program(kernel._probes)
    order = _order_of_work(program)
    alone_ns, placed = _times(kernel, program, order) if measure else ({}, {})
    return Report(
        kernel.graph.name,
        checked.sample_rate,
        rate or checked.sample_rate,
        _speed(kernel) if measure else None,
        tuple(_block(checked, node, alone_ns, placed) for node in order),
        tuple(feedback_loops(checked)),
        {**_front_seconds(kernel), **program.seconds},
        program.built.cache_hit,
        program.built.why_missed,
        _memory(program),
        str(program.built.file),
        f"none: {kernel.windows}" if isinstance(kernel.windows, str) else str(kernel.windows),
    )


def _order_of_work(program: Program) -> list[FlatNode]:
    nodes = program.plan.checked.flat.nodes
    tasks = [task for group in program.plan.groups for task in group.tasks if not task.output]
    return [nodes[index] for index in dict.fromkeys(task.node for task in tasks)]


def _block(
    checked: CheckedGraph,
    node: FlatNode,
    alone_ns: Mapping[int, float],
    placed: Mapping[int, InPlace],
) -> BlockReport:
    here = placed.get(node.index)
    return BlockReport(
        node.name,
        type(node.block).__name__,
        str(node.node.location),
        checked.divisor[node.index],
        1 if node.block.vector else task_lanes(checked, node.index),
        alone_ns.get(node.index),
        None if here is None else here.ns,
        here is not None and here.shared,
    )


def _memory(program: Program) -> dict[str, int]:
    names = {"states": "FI", "coefficients": "CJ", "wires": "WV"}
    sizes = {name: array.nbytes for name, array in program.memory.initial.items()}
    return {what: sum(sizes[name] for name in letters) for what, letters in names.items()}


def _front_seconds(kernel: Kernel) -> dict[str, float]:
    """What flattening and checking take: done when the graph was made, and once more for this."""
    began = time.perf_counter()
    flat = flatten(kernel.graph.outputs)
    flattened = time.perf_counter()
    check(flat, kernel.graph.sample_rate)
    return {"flatten": flattened - began, "check": time.perf_counter() - flattened}


# The whole ---------------------------------------------------------------------------------------


def _speed(kernel: Kernel) -> float:
    """Samples per second of `process` in large chunks; the kernel is left as it was."""
    mark, samples = kernel._mark(), 1024
    try:
        inputs = _samples(kernel, samples)
        spent = _spent(kernel, inputs)
        while spent < _CHUNK_SECONDS and samples < _LARGEST_CHUNK:
            samples *= 2
            inputs = _samples(kernel, samples)
            spent = _spent(kernel, inputs)
        return samples / min(_spent(kernel, inputs) for _ in range(_ROUNDS))
    finally:
        kernel._go_back(mark)


def _spent(kernel: Kernel, inputs: dict[str, npt.NDArray[Any]] | int) -> float:
    began = time.perf_counter()
    kernel.process(inputs)
    return time.perf_counter() - began


def _samples(kernel: Kernel, n: int) -> dict[str, npt.NDArray[Any]] | int:
    """Random samples for all inputs."""
    external = [node for node in kernel.graph.nodes if node.block.external]
    named = dict(zip((node.name for node in external), _inputs(kernel, n), strict=True))
    return named or n


def _inputs(kernel: Kernel, n: int) -> Inputs:
    generator, checked = np.random.default_rng(0), kernel.graph.checked
    arrays: Inputs = []
    for node in kernel.graph.nodes:
        if node.block.external:
            (port,) = node.block.ports.outputs
            shape = n, checked.port_width(node.index, port)
            whole = port.dtype == "int64"
            arrays.append(
                generator.integers(-100, 100, shape) if whole else generator.standard_normal(shape)
            )
    return arrays


# Block by block ----------------------------------------------------------------------------------


def _times(
    kernel: Kernel, program: Program, order: list[FlatNode]
) -> tuple[dict[int, float], dict[int, InPlace]]:
    """Times of all nodes alone and in place, ns per base sample."""
    checked = kernel.graph.checked
    options = {**kernel._options, "apart": kernel._apart}
    wires = _record(kernel, options)
    whole = Whole(checked, program.memory, kernel._arrays, wires, options)
    alike: dict[Any, list[FlatNode]] = {}
    for node in order:
        alike.setdefault(likeness(whole, node), []).append(node)
    times = nanoseconds([alone(whole, nodes[0]) for nodes in alike.values()])
    alone_ns = {
        node.index: ns * node.block.interpolation / checked.divisor[node.index]
        for ns, nodes in zip(times, alike.values(), strict=True)
        for node in nodes
    }
    ends = kernel._ends(kernel._probes)
    fast = compile_checked(checked, ends, kernel._probes, **options)
    if "numba" not in fast.seconds:
        return alone_ns, {}  # the interpreter has no kernel that could be built up
    return alone_ns, in_place(whole, fast, alone_ns, _IN_PLACE_SECONDS)


def _record(kernel: Kernel, options: dict[str, Any]) -> dict[Source, npt.NDArray[Any]]:
    """What the wires carry for some samples, worked out by the interpreter; nothing is compiled."""
    checked = kernel.graph.checked
    sources = [Source(n.index, p.name) for n in checked.flat.nodes for p in n.block.ports.outputs]
    ends = {f"{source.node}.{source.port}": source for source in sources}
    program = compile_checked(checked, ends, {}, **{**options, "interpret": True})
    arrays, inputs = copied(kernel._arrays), _inputs(kernel, _RECORDED)
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in ends}
    until, piece = time.perf_counter() + _RECORD_SECONDS, 8
    with np.errstate(all="ignore"):
        for first in range(0, _RECORDED, piece):
            cut = [x[first : first + piece] for x in inputs]
            for name, rows in call(program, arrays, first, piece, cut).items():
                parts[name].append(rows)
            if time.perf_counter() > until:
                break
    made = {name: np.concatenate(rows) for name, rows in parts.items()}
    # A slow wire may not have come up at all.
    return {
        source: rows if len(rows := made[name]) else np.zeros((1, rows.shape[1]), rows.dtype)
        for name, source in ends.items()
    }
