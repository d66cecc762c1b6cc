"""The compiler, as a table of contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numba import types

from hgedsp.compile.build import Built, build, step_names
from hgedsp.compile.emit import Text, emit
from hgedsp.compile.layout import Memory, lay_out
from hgedsp.compile.schedule import Plan, schedule
from hgedsp.compile.steps import array_type, step_calls
from hgedsp.graph.flat import CheckedGraph, Source


@dataclass(frozen=True)
class Program:
    """A compiled graph, with all that was found out on the way."""

    plan: Plan
    memory: Memory
    text: Text
    built: Built


def compile_checked(
    checked: CheckedGraph,
    ends: Mapping[str, Source],
    every: Mapping[str, int],
    *,
    fastmath: bool = True,
    interpret: bool = False,
) -> Program:
    """Compile a flat, checked graph.

    Parameters
    ----------
    ends, every : mapping
        Wires to store by name, and every how many ticks.
    fastmath : bool
        Allow fused multiply-add and sums in another order. Without it the kernel equals the
        interpreter bit for bit.
    interpret : bool
        Run the same emitted source as plain Python.
    """
    plan = schedule(checked, ends, every)  # one order, loops shared
    memory = lay_out(plan)  # every state and coefficient has an offset
    text = emit(plan, memory, step_names(checked.flat.nodes))  # Python a person can read
    built = build(
        text,
        checked.flat.nodes,
        step_calls(plan),
        _signature(plan),
        fastmath=fastmath,
        interpret=interpret,
    )
    return Program(plan, memory, text, built)


def _signature(plan: Plan) -> Any:
    kinds = ["float64", "int64", "float64", "int64", "float64", "int64"]
    inputs = [n.block.ports.outputs[0].dtype for n in plan.checked.flat.nodes if n.block.external]
    outputs = [plan.checked.port(source).dtype for source in plan.ends.values()]
    return types.void(
        types.int64,
        types.int64,
        *(array_type(kind) for kind in kinds),
        *(array_type(kind, 2) for kind in (*inputs, *outputs)),
    )
