"""Names in the kernel: how a wire, a state or a coefficient is written where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from hgedsp.compile.layout import (
    IN_REGISTERS,
    TILE,
    Memory,
    Slot,
    in_registers,
    register_shape,
    register_width,
    taken_as_arrays,
)
from hgedsp.compile.schedule import Plan, is_stored_by_hold
from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.ports import Port

_MOST_LOCALS = 60


@dataclass
class Loop:
    """Where in the text an expression stands: over how many lanes, and beside which nodes.

    Attributes
    ----------
    inside : frozenset of int
        Nodes whose steps share the loop.
    loaded : set of str
        Locals that hold what the loop has read from memory for this tile.
    pending : list of str
        Lines that have to stand before the expression.
    """

    lanes: int
    inside: frozenset[int] = frozenset()
    loaded: set[str] = field(default_factory=set)
    pending: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Lanes of a register."""
        return register_width(self.lanes)

    @property
    def shape(self) -> str:
        """Lanes of a register and of its parts, as arguments."""
        return register_shape(self.lanes)

    @property
    def in_tiles(self) -> bool:
        """Whether the lanes are taken tile by tile, with everything kept in memory."""
        return self.lanes > IN_REGISTERS

    @property
    def valid(self) -> str:
        """How many lanes of the register are lanes of the graph."""
        if not self.in_tiles:
            return str(self.lanes)
        return str(TILE) if self.lanes % TILE == 0 else "valid"

    @property
    def first(self) -> str:
        """The first lane of the register."""
        return f"{TILE} * tile" if self.in_tiles else "0"


@dataclass(frozen=True)
class Names:
    """Expressions for everything that has a value in a tick.

    What one number or one register can hold lives in a local variable during a chunk; of more
    lanes, a tile at a time is read from the flat arrays; what a vector step takes as an array is
    a view made once per chunk.
    """

    plan: Plan
    memory: Memory

    @property
    def checked(self) -> CheckedGraph:
        return self.plan.checked

    def node(self, index: int) -> FlatNode:
        return self.checked.flat.nodes[index]

    def read(self, source: Source | float, loop: Loop) -> str:
        """The value of a wire."""
        if not isinstance(source, Source):
            return repr(source)
        node, width = self.node(source.node), self.checked.width(source)
        slot = self.memory.wire.get(source)
        if node.block.constant:
            return self.coefficient(node, Port(source.port), loop)
        if node.block.external:
            name = f"in_{self.memory.names[source.node]}"
            if width == 1:
                return f"row_number({name}, t)"
            load = f"load_row({name}, t, {loop.first}, {loop.shape}, {loop.valid})"
            return self.once(f"{self.local(source.node, source.port)}", load, loop)
        if source in self.plan.late:
            if slot is None:
                return self.latch(source)
            return self.from_memory(slot, self.latch(source), loop)
        if self.checked.flat.is_registered(source) or is_stored_by_hold(self.checked, source):
            return self.state(node, source.port, loop)
        written = node.block.vector and bool(self.checked.port(source).lanes)
        leaves = not in_registers(self.checked, source) and source.node not in loop.inside
        if slot is not None and (written or (width > 1 and leaves)):
            return self.from_memory(slot, self.local(source.node, source.port), loop)
        return self.local(source.node, source.port)

    def from_memory(self, slot: Slot, name: str, loop: Loop) -> str:
        """What a slot holds, read once per tile."""
        if slot.size == 1:
            return f"number({slot.array}, {slot.offset})"
        return self.once(name, f"load({slot.array}, {place(slot, loop)}, {loop.shape})", loop)

    def once(self, name: str, load: str, loop: Loop) -> str:
        if name not in loop.loaded:
            loop.loaded.add(name)
            loop.pending.append(f"{name} = {load}")
        return name

    def read_array(self, source: Source | float) -> str:
        """A wire as an array, for a vector step."""
        assert isinstance(source, Source), "an array input of a vector step has no default"
        node = self.node(source.node)
        if node.block.external:
            return f"in_{self.memory.names[source.node]}[t]"
        return self.view(source)

    def state(self, node: FlatNode, name: str, loop: Loop) -> str:
        """The value of a state."""
        if self.is_local(node.index, name):
            return self.local(node.index, name)
        slot = self.memory.state[node.index, name]
        # The state of a step on arrays is an array by its own name.
        register = self.local(node.index, name) + "__lanes" * node.block.vector
        return self.from_memory(slot, register, loop)

    def coefficient(self, node: FlatNode, port: Port, loop: Loop) -> str:
        """The value of a coefficient."""
        slot, name = self.memory.coefficient[node.index, port.name], port.name
        if self.is_local_coefficient(node, name):
            return self.local(node.index, name)
        return self.from_memory(slot, self.local(node.index, name), loop)

    def local(self, node: int, port: str) -> str:
        return f"{self.memory.names[node]}__{port}"

    def latch(self, source: Source) -> str:
        return self.local(source.node, source.port) + "__before"

    def view(self, source: Source) -> str:
        return self.local(source.node, source.port) + "__array"

    def is_local(self, node: int, name: str) -> bool:
        """Whether a state lives in a local variable during a chunk."""
        block = self.node(node).block
        return (
            not block.vector
            and self.memory.state[node, name].size <= IN_REGISTERS
            and name not in block.rare
            and Source(node, name) not in self.viewed
            and self.are_few
        )

    @cached_property
    def are_few(self) -> bool:
        """Whether the states of all blocks may become local variables.

        More of them than any machine has registers gain nothing, and numba's time grows with the
        square of the variables that change.
        """
        return len(self.memory.state) <= _MOST_LOCALS

    def is_local_coefficient(self, node: FlatNode, name: str) -> bool:
        """Whether a coefficient lives in a local variable during a chunk."""
        slot = self.memory.coefficient[node.index, name]
        if slot.size == 1:
            return True
        return not node.block.vector and slot.size <= IN_REGISTERS and name not in node.block.rare

    @cached_property
    def viewed(self) -> frozenset[Source]:
        return taken_as_arrays(self.plan)

    def hoisted(self, node: FlatNode) -> Iterator[tuple[Slot, str]]:
        """Local variables of a node, with where they come from."""
        for port in node.block.ports.state:
            if self.is_local(node.index, port.name):
                yield self.memory.state[node.index, port.name], self.local(node.index, port.name)
        for port in node.block.ports.coefficients:
            if self.is_local_coefficient(node, port.name) and not (
                node.block.vector and port.lanes
            ):
                slot = self.memory.coefficient[node.index, port.name]
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


def place(slot: Slot, loop: Loop) -> str:
    """The place in its array of the first lane that the loop is at."""
    if not loop.in_tiles or slot.size == 1:
        return str(slot.offset)
    return f"{slot.offset} + {slot.stride} * tile" if slot.offset else f"{slot.stride} * tile"
