"""Alone: a kernel made of one block, fed with what the block is fed in its graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

from hgedsp.block import Block
from hgedsp.compile.layout import Memory, read_slot, write_slot
from hgedsp.compile.program import compile_checked
from hgedsp.compile.schedule import inputs_of
from hgedsp.graph.flat import CheckedGraph, FlatGraph, FlatNode, Source
from hgedsp.ports import Ports
from hgedsp.run.stopwatch import Timed
from hgedsp.run.watched import Arrays


@final
@dataclass(frozen=True, eq=False)
class Feed(Block):
    """Bring what another block gives in the whole graph."""

    width: int = 1
    dtype: str = "float64"

    external: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "ports", Ports(outputs=f"x: {self.dtype}[width]"))


@dataclass(frozen=True)
class Whole:
    """A graph as it stands: its memory, the arrays of now, and what its wires carry.

    Attributes
    ----------
    wires : dict of Source to array
        Values of every wire, shape (N, lanes).
    options : dict
        Those of `compile_checked`.
    """

    checked: CheckedGraph
    memory: Memory
    arrays: Arrays
    wires: dict[Source, Any]
    options: dict[str, Any]


def alone(whole: Whole, node: FlatNode) -> Timed:
    """Return a block alone, ready to be timed per tick of its input; all its outputs are stored."""
    graph, sources = _cut_out(whole.checked, node)
    index = len(graph.flat.nodes) - 1
    ports = node.block.ports.outputs
    ends = {port.name: Source(index, port.name) for port in ports}
    apart = frozenset((index, name) for n, name in whole.options["apart"] if n == node.index)
    program = compile_checked(graph, ends, {}, **{**whole.options, "apart": apart})
    arrays = {name: array.copy() for name, array in program.memory.initial.items()}
    both = (
        (whole.memory.state, program.memory.state),
        (whole.memory.coefficient, program.memory.coefficient),
    )
    for before, now in both:
        for (owner, name), slot in now.items():
            if owner == index:
                write_slot(arrays, slot, read_slot(whole.arrays, before[node.index, name]))
    return Timed(program, arrays, [whole.wires[source] for source in sources])


def likeness(whole: Whole, node: FlatNode) -> tuple[object, ...]:
    """Return what two blocks have in common that take the same time alone."""
    checked, block = whole.checked, node.block
    widths = [checked.port_width(node.index, port) for port in block.ports]
    read = [
        (checked.flat.nodes[s.node].block.constant, checked.width(s))
        if isinstance(s, Source)
        else s
        for _, s in inputs_of(checked, node)
    ]
    sizes = [whole.memory.coefficient[node.index, p.name].size for p in block.ports.coefficients]
    moves = block.decimation, block.interpolation
    return block.step_function, *widths, *read, *sizes, *moves


def _cut_out(checked: CheckedGraph, node: FlatNode) -> tuple[CheckedGraph, list[Source]]:
    """A graph of the block alone, as its last node, and what is fed to it from outside."""
    nodes: list[FlatNode] = []
    lanes: list[dict[str, int]] = []
    fed: dict[Source, Source] = {}
    sources: list[Source] = []
    for _, source in inputs_of(checked, node):
        if not isinstance(source, Source) or source in fed:
            continue
        maker, width = checked.flat.nodes[source.node], checked.width(source)
        if maker.block.constant:
            nodes.append(replace(maker, index=len(nodes)))
            lanes.append(checked.lanes[source.node])
            fed[source] = Source(len(nodes) - 1, source.port)
        else:
            feed = Feed(width, checked.port(source).dtype, name=f"in_{len(nodes)}")
            nodes.append(FlatNode(len(nodes), feed.name, feed.node, ()))
            lanes.append({"width": width})
            fed[source] = Source(len(nodes) - 1, "x")
            sources.append(source)
    read = [fed[s] if isinstance(s, Source) else s for _, s in inputs_of(checked, node)]
    nodes.append(replace(node, index=len(nodes), inputs=tuple(read)))
    lanes.append(checked.lanes[node.index])
    # A hold runs at a tick of its input, and shows its output at several.
    ticks = node.block.interpolation
    divisor = (*(1 for _ in nodes[1:]), ticks)
    output = (*(1 for _ in nodes[1:]), ticks * node.block.decimation // node.block.interpolation)
    flat = FlatGraph(tuple(nodes), {}, ())
    rate = checked.rate(node.index) * ticks
    return CheckedGraph(flat, tuple(lanes), divisor, output, rate), sources
