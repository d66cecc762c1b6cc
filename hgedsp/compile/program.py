"""The compiler, as a table of contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numba
from numba import types

from hgedsp.compile.bounds import with_bounds
from hgedsp.compile.build import Built, build
from hgedsp.compile.collect import without_collection
from hgedsp.compile.emit import Text, emit
from hgedsp.compile.interpret import interpreter
from hgedsp.compile.laps import Laps
from hgedsp.compile.layout import ARRAYS, Memory, lay_out
from hgedsp.compile.narrow import in_single
from hgedsp.compile.schedule import Plan, Tick, schedule
from hgedsp.compile.steps import array_type, step_calls
from hgedsp.compile.variants import Chooser, narrowed_step
from hgedsp.graph.flat import CheckedGraph, Source

_SETTINGS: Any = numba.config  # its names are made at run time


@dataclass(frozen=True)
class Program:
    """A compiled graph, with all that was found out on the way, and how long it took."""

    plan: Plan
    memory: Memory
    text: Text
    built: Built
    seconds: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def stored(self) -> tuple[tuple[str, Tick, int, str], ...]:
        """Of each output its name, when it is stored, its lanes and its type."""
        checked, memory = self.plan.checked, self.memory
        return tuple(
            (name, self.plan.every[name], checked.width(s), memory.dtype_of(checked.port(s)))
            for name, s in self.plan.ends.items()
        )


@without_collection()
def compile_checked(
    checked: CheckedGraph,
    ends: Mapping[str, Source],
    every: Mapping[str, int],
    *,
    fastmath: bool = True,
    interpret: bool = False,
    dtype: str = "float64",
    apart: frozenset[tuple[int, str]] = frozenset(),
    only: frozenset[int] | None = None,
    bounds: bool = False,
) -> Program:
    """Compile a flat, checked graph.

    Parameters
    ----------
    ends, every : mapping
        Wires to store by name, and every how many ticks.
    fastmath : bool
        Round products and sums once, and add up lanes eight sums at a time. The result is the same
        bits on every machine all the same. Without it the kernel equals the interpreter bit for
        bit.
    dtype : {"float64", "float32"}
        Of what is float64 in the ports.
    apart : frozenset of (node, name)
        Coefficients to keep lane by lane even where they are the same for all lanes.
    only : frozenset of int, optional
        Nodes to run, where the others rest; all if left out.
    bounds : bool
        Let steps raise IndexError rather than read or write outside of an array.
    interpret : bool
        Do what the graph says in plain Python, without a look at the plan or the emitted source;
        so it is, too, where numba's JIT is switched off.
    """
    laps = Laps()
    plan, memory, text = emitted(
        checked, ends, every, fastmath=fastmath, dtype=dtype, apart=apart, only=only, laps=laps
    )
    if bounds:
        text = replace(text, steps=with_bounds(text.steps))
    if interpret or _SETTINGS.DISABLE_JIT:
        narrow = None if dtype == "float64" else narrowed_step
        plain = interpreter(checked, memory, ends, every, narrow)
        file = Path(interpreter.__code__.co_filename)
        built = Built(plain, file, False, "nothing is compiled for the interpreter")
        return Program(plan, memory, text, built, laps.seconds)
    built = build(text, checked.flat.nodes, step_calls(plan), _signature(plan, memory))
    return Program(plan, memory, text, laps("numba", built), laps.seconds)


def emitted(
    checked: CheckedGraph,
    ends: Mapping[str, Source],
    every: Mapping[str, int],
    *,
    fastmath: bool,
    dtype: str = "float64",
    apart: frozenset[tuple[int, str]],
    only: frozenset[int] | None = None,
    laps: Laps | None = None,
) -> tuple[Plan, Memory, Text]:
    """Do all but the compiling; see `compile_checked`."""
    lap = laps or Laps()
    plan = lap("schedule", schedule(checked, ends, every))  # one order, loops shared
    memory = lap("lay out", lay_out(plan, apart, dtype))  # all that is kept has an offset
    plan = plan if only is None else plan.only(only)
    chooser = Chooser(plan, memory, fuse=fastmath)  # each step as it is, or on registers of lanes
    text = emit(plan, memory, chooser)  # Python a person can read
    text = text if dtype == "float64" else replace(text, source=in_single(text.source))
    return plan, memory, lap("emit", text)


def _signature(plan: Plan, memory: Memory) -> Any:
    kinds = [memory.initial[name].dtype.name for name in ARRAYS]
    inputs = [n.block.ports.outputs[0] for n in plan.checked.flat.nodes if n.block.external]
    outputs = [plan.checked.port(source) for source in plan.ends.values()]
    return types.void(
        types.int64,
        types.int64,
        *(array_type(kind) for kind in kinds),
        *(array_type(memory.dtype_of(port), 2) for port in (*inputs, *outputs)),
    )
