"""Many runs, compiled: eight of them in the registers of one kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numba import types

from hgedsp.compile.build import build
from hgedsp.compile.collect import without_collection
from hgedsp.compile.emit_runs import emit_runs
from hgedsp.compile.laps import Laps
from hgedsp.compile.layout import ARRAYS, IN_REGISTERS, Memory
from hgedsp.compile.program import Program, emitted
from hgedsp.compile.run_registers import FOR_RUNS
from hgedsp.compile.schedule import Plan, task_lanes
from hgedsp.compile.steps import array_type, step_calls
from hgedsp.graph.flat import CheckedGraph, Source


@without_collection()
def compile_runs(
    checked: CheckedGraph,
    ends: Mapping[str, Source],
    every: Mapping[str, int],
    *,
    fastmath: bool,
    dtype: str = "float64",
    apart: frozenset[tuple[int, str]] = frozenset(),
    differ: frozenset[int] = frozenset(),
) -> Program | None:
    """Compile a flat, checked graph for eight runs at once, or return None where that cannot be.

    The kernel takes what that of one run takes, with an axis of eight runs behind the others. For
    an input whose samples are the same for all runs, the length of that axis is 1. Outputs may be
    a part of larger arrays; they have one row more than there are ticks, of zeros, which becomes
    NaN where something stored was not finite.

    Parameters
    ----------
    differ : frozenset of int
        Nodes of which states or coefficients may differ between runs, though they make tones.
    """
    laps = Laps()
    plan, memory, one = emitted(
        checked, ends, every, fastmath=fastmath, dtype=dtype, apart=apart, laps=laps
    )
    text = emit_runs(one, memory, same_tones(checked) - differ)
    if text is None:
        return None
    signature = _signature(plan, memory)
    built = build(text, checked.flat.nodes, step_calls(plan), signature, FOR_RUNS)
    return Program(plan, memory, text, laps("numba", built), laps.seconds)


def same_tones(checked: CheckedGraph) -> frozenset[int]:
    """Return the nodes that make tones, a few each: most often the same tones in all runs."""
    return frozenset(
        node.index
        for node in checked.flat.nodes
        if task_lanes(checked, node.index) <= IN_REGISTERS
        and not node.inputs
        and node.block.as_tones(checked.rate(node.index)) is not None
    )


def _signature(plan: Plan, memory: Memory) -> Any:
    kinds = [memory.initial[name].dtype.name for name in ARRAYS]
    inputs = [n.block.ports.outputs[0] for n in plan.checked.flat.nodes if n.block.external]
    outputs = [plan.checked.port(source) for source in plan.ends.values()]
    return types.void(
        types.int64,
        types.int64,
        *(array_type(kind, 2) for kind in kinds),
        *(array_type(memory.dtype_of(port), 3) for port in inputs),
        *(types.Array(array_type(memory.dtype_of(port)).dtype, 3, "A") for port in outputs),
    )
