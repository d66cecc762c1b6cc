"""Watching: a kernel that records every wire and every state, at every tick."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from hgedsp.compile.layout import read_slot
from hgedsp.compile.program import Program, compile_checked
from hgedsp.compile.schedule import Tick, see_through_hold
from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.run.call import call

Arrays = dict[str, npt.NDArray[Any]]
Inputs = list[npt.NDArray[Any]]

# Samples that are recorded at a time, and the most memory they may take.
_LONGEST = 4096
_BYTES = 1 << 23


@dataclass(frozen=True)
class Watched:
    """A graph compiled to show all it computes; the bits are those of any other kernel of it.

    Attributes
    ----------
    program : Program
        Stores every wire and state besides the outputs that were asked for.
    ends : dict of str to str
        Per output that was asked for, the name under which the program stores it.
    checked : CheckedGraph
        The graph without the wires that show states.
    options : dict
        Those it was compiled with.
    """

    program: Program
    ends: Mapping[str, str]
    checked: CheckedGraph
    options: Mapping[str, Any]

    @property
    def slice_length(self) -> int:
        """Samples to record at a time, so that memory stays within bounds."""
        plan = self.program.plan
        size = sum(8 * plan.checked.width(s) / plan.every[k].period for k, s in plan.ends.items())
        return max(1, min(_LONGEST, int(_BYTES / max(size, 1))))

    def with_wires(self, wires: Arrays) -> Watched:
        """Return the same with other memory for wires, so that another thread can run it, too."""
        memory = self.program.memory
        memory = dataclasses.replace(memory, initial={**memory.initial, **wires})
        program = dataclasses.replace(self.program, memory=memory)
        return dataclasses.replace(self, program=program)

    def record(self, arrays: Arrays, start: int, n: int, inputs: Inputs) -> Recording:
        """Run samples start .. start + n - 1, and keep all that was computed."""
        before = copied(arrays)
        values = call(self.program, arrays, start, n, inputs)
        return Recording(self, start, n, inputs, before, values)

    def states(self, arrays: Arrays) -> Iterator[tuple[Source, npt.NDArray[Any]]]:
        """Every state as the arrays hold it, one number per lane."""
        for (node, name), slot in self.program.memory.state.items():
            yield Source(node, name), read_slot(arrays, slot)


@dataclass(frozen=True)
class Recording:
    """What was computed during some samples.

    Attributes
    ----------
    start, n : int
        First sample, and how many.
    before : dict of str to array
        States and coefficients at the start.
    values : dict of str to array
        What the program stored.
    """

    watched: Watched
    start: int
    n: int
    inputs: Inputs
    before: Arrays
    values: Arrays

    @property
    def end(self) -> int:
        """The first sample after these."""
        return self.start + self.n

    def shown(self) -> Iterator[tuple[Source, Tick, npt.NDArray[Any]]]:
        """Every wire and state that is recorded: when, and values of shape (ticks, lanes)."""
        plan = self.watched.program.plan
        for key, values in self.values.items():
            if not key.startswith(_ASKED):
                yield plan.ends[key], plan.every[key], values

    def replayed(self, end: int) -> Arrays:
        """States as they were before sample `end`."""
        arrays = copied(self.before)
        count = end - self.start
        call(self.watched.program, arrays, self.start, count, [x[:count] for x in self.inputs])
        return arrays

    def at(self, source: Source, sample: int) -> npt.NDArray[Any] | None:
        """All lanes of a wire at a sample, or None if it has no tick there."""
        checked = self.watched.checked
        source = see_through_hold(checked, source)
        block = checked.flat.nodes[source.node].block
        if block.external:
            names = [node.index for node in checked.flat.nodes if node.block.external]
            row: npt.NDArray[Any] = self.inputs[names.index(source.node)][sample - self.start]
            return row
        if block.constant:
            slot = self.watched.program.memory.coefficient[source.node, source.port]
            return read_slot(self.before, slot)
        ticks = self.watched.program.plan.every[_key(source)].among(self.start, self.n)
        values: npt.NDArray[Any] = self.values[_key(source)]
        return values[ticks.index(sample)] if sample in ticks else None


def copied(arrays: Arrays) -> Arrays:
    """Return arrays whose states can move on without those given."""
    return {**arrays, **{name: arrays[name].copy() for name in "FI"}}


def watch(
    checked: CheckedGraph,
    ends: Mapping[str, Source],
    every: Mapping[str, int],
    **options: Any,
) -> Watched:
    """Compile a graph so that nothing it computes stays hidden.

    A state is shown like a registered output of its block: as it was before the tick. States wider
    than every wire, such as the memory of a long delay, are left out, for each of their samples
    would take more room than all wires together.

    Parameters
    ----------
    options
        Those of `compile_checked`.
    """
    widest = max((checked.width(source) for source in _wires(checked)), default=1)
    shown = _with_states(checked, widest)
    asked = {_ASKED + name: source for name, source in ends.items()}
    wires = {_key(source): source for source in _wires(shown)}
    program = compile_checked(
        shown,
        {**asked, **wires},
        {_ASKED + name: number for name, number in every.items()},
        **options,
        bounds=True,
    )
    return Watched(program, {name: _ASKED + name for name in ends}, checked, options)


_ASKED = "> "  # no name of a wire here begins with it


def _key(source: Source) -> str:
    return f"{source.node}.{source.port}"


def _wires(checked: CheckedGraph) -> Iterator[Source]:
    """The wires that some step makes; a hold that is seen through makes none."""
    for node in checked.flat.nodes:
        if node.block.constant or node.block.external:
            continue
        for port in node.block.ports.outputs:
            source = Source(node.index, port.name)
            if see_through_hold(checked, source) == source:
                yield source


def _with_states(checked: CheckedGraph, widest: int) -> CheckedGraph:
    nodes = tuple(_show_states(checked, node, widest) for node in checked.flat.nodes)
    return dataclasses.replace(checked, flat=dataclasses.replace(checked.flat, nodes=nodes))


def _show_states(checked: CheckedGraph, node: FlatNode, widest: int) -> FlatNode:
    """Give a node a registered output for every state that has none."""
    block, ports = node.block, node.block.ports
    known = {port.name for port in ports.outputs}
    hidden = tuple(
        port
        for port in ports.state
        if port.name not in known and checked.port_width(node.index, port) <= widest
    )
    if not hidden or block.interpolation > 1:
        return node
    more = copy.copy(ports)
    more.outputs = (*ports.outputs, *hidden)
    more.registered = (*ports.registered, *(port.name for port in hidden))
    shown = copy.copy(block)
    object.__setattr__(shown, "ports", more)
    return dataclasses.replace(node, node=dataclasses.replace(node.node, block=shown))
