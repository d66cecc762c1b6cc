"""Names in the kernel: how a wire, a state or a coefficient is written where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from hgedsp.compile.layout import Memory, Slot, taken_as_arrays
from hgedsp.compile.schedule import Plan, is_stored_by_hold
from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.ports import Port


@dataclass(frozen=True)
class Names:
    """Expressions for everything that has a value in a tick.

    A state or coefficient of one number lives in a local variable during a chunk; one per lane is
    an element of a flat array; what a vector step takes as an array is a view made once per chunk.
    """

    plan: Plan
    memory: Memory

    @property
    def checked(self) -> CheckedGraph:
        return self.plan.checked

    def node(self, index: int) -> FlatNode:
        return self.checked.flat.nodes[index]

    def read(self, source: Source | float, inside: frozenset[int]) -> str:
        """The value of a wire, in the loop that the nodes `inside` share."""
        if not isinstance(source, Source):
            return repr(source)
        node, width = self.node(source.node), self.checked.width(source)
        slot = self.memory.wire.get(source)
        if node.block.constant:
            return self.coefficient(node, Port(source.port, "K" if width > 1 else ""))
        if node.block.external:
            return f"in_{self.memory.names[source.node]}[t, {'k' if width > 1 else '0'}]"
        if source in self.plan.late:
            return at(slot) if slot is not None else self.latch(source)
        if self.checked.flat.is_registered(source) or is_stored_by_hold(self.checked, source):
            return self.state_text(source, self.memory.state[source.node, source.port])
        written = node.block.vector and bool(self.checked.port(source).lanes)
        if slot is not None and (written or (width > 1 and source.node not in inside)):
            return at(slot)
        return self.local(source.node, source.port)

    def read_array(self, source: Source | float) -> str:
        """A wire as an array, for a vector step."""
        assert isinstance(source, Source), "an array input of a vector step has no default"
        node = self.node(source.node)
        if node.block.external:
            return f"in_{self.memory.names[source.node]}[t]"
        return self.view(source)

    def state(self, node: FlatNode, port: Port) -> str:
        return self.state_text(
            Source(node.index, port.name), self.memory.state[node.index, port.name]
        )

    def state_text(self, source: Source, slot: Slot) -> str:
        is_local = self.is_local(source.node, source.port)
        return self.local(source.node, source.port) if is_local else at(slot)

    def coefficient(self, node: FlatNode, port: Port) -> str:
        slot = self.memory.coefficient[node.index, port.name]
        return self.local(node.index, port.name) if slot.size == 1 else at(slot)

    def local(self, node: int, port: str) -> str:
        return f"{self.memory.names[node]}__{port}"

    def latch(self, source: Source) -> str:
        return self.local(source.node, source.port) + "__before"

    def view(self, source: Source) -> str:
        return self.local(source.node, source.port) + "__array"

    def is_local(self, node: int, name: str) -> bool:
        """Whether a state lives in a local variable during a chunk."""
        block = self.node(node).block
        source = Source(node, name)
        return (
            not block.vector
            and self.memory.state[node, name].size == 1
            and source not in self.viewed
        )

    @cached_property
    def viewed(self) -> frozenset[Source]:
        return taken_as_arrays(self.plan)

    def hoisted(self, node: FlatNode) -> Iterator[tuple[Slot, str]]:
        for port in node.block.ports.state:
            if self.is_local(node.index, port.name):
                yield self.memory.state[node.index, port.name], self.local(node.index, port.name)
        for port in node.block.ports.coefficients:
            slot = self.memory.coefficient[node.index, port.name]
            if slot.size == 1 and not (node.block.vector and port.lanes):
                yield slot, self.local(node.index, port.name)

    def views(self, node: FlatNode) -> Iterator[tuple[Slot, str]]:
        """Slices that vector steps take, made once per chunk."""
        index, ports = node.index, node.block.ports
        if node.block.vector:
            for port in ports.state:
                yield self.memory.state[index, port.name], self.local(index, port.name)
            for port in ports.coefficients:
                if port.lanes:
                    yield self.memory.coefficient[index, port.name], self.local(index, port.name)
        for port in ports.outputs:
            source = Source(index, port.name)
            if source in self.viewed or (node.block.vector and source in self.memory.wire):
                slot = self.kept(source)
                if slot is not None:
                    yield slot, self.view(source)

    def kept(self, source: Source) -> Slot | None:
        block = self.node(source.node).block
        if block.constant:
            return self.memory.coefficient[source.node, source.port]
        if source in self.memory.wire:
            return self.memory.wire[source]
        return self.memory.state.get((source.node, source.port))


def at(slot: Slot) -> str:
    """The place of lane k of a slot."""
    if slot.size == 1:
        return f"{slot.array}[{slot.offset}]"
    return f"{slot.array}[{slot.offset} + k]" if slot.offset else f"{slot.array}[k]"
