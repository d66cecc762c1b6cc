"""What flatten and check leave behind: a graph with nothing but primitive blocks in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hgedsp.block import Block
from hgedsp.ports import Port
from hgedsp.wire import Node


@dataclass(frozen=True)
class Source:
    """An output port of a flat node, by the node's index."""

    node: int
    port: str


@dataclass(frozen=True)
class FlatNode:
    """A primitive block with its nested name and where each input comes from.

    An input that was left unconnected holds the default of its port instead of a source.
    """

    index: int
    name: str
    node: Node
    inputs: tuple[Source | float, ...]

    @property
    def block(self) -> Block:
        """The block itself."""
        return self.node.block

    @property
    def place(self) -> str:
        """One line for an error."""
        return f"{self.name:<24} {self.node.location}"

    @property
    def sources(self) -> Iterator[tuple[Port, Source]]:
        """Connected inputs with their ports."""
        for port, source in zip(self.block.ports.inputs, self.inputs, strict=True):
            if isinstance(source, Source):
                yield port, source


@dataclass(frozen=True)
class Family:
    """A compound block, the names of its parts in the order it made them, and its outputs.

    A part is a flat node or another family; its name is empty where nothing reads it. Outputs
    that nothing reads are left out.
    """

    name: str
    node: Node
    parts: tuple[str, ...]
    outputs: dict[str, Source]


@dataclass(frozen=True)
class FlatGraph:
    """All primitive nodes in order of creation, and the wires the user asked to see."""

    nodes: tuple[FlatNode, ...]
    outputs: dict[str, Source]
    families: tuple[Family, ...]

    def label(self, source: Source) -> str:
        """Return ``name.port`` of a wire."""
        return f"{self.nodes[source.node].name}.{source.port}"

    def port(self, source: Source) -> Port:
        """Return the port a wire comes from."""
        ports = self.nodes[source.node].block.ports.outputs
        return next(port for port in ports if port.name == source.port)

    def is_registered(self, source: Source) -> bool:
        """Whether the wire shows a state as it was before the tick."""
        block = self.nodes[source.node].block
        return source.port in block.ports.registered and block.interpolation == 1

    def __repr__(self) -> str:
        lines = []
        for node in self.nodes:
            inputs = ", ".join(
                self.label(s) if isinstance(s, Source) else f"{s:g}" for s in node.inputs
            )
            lines.append(f"{node.name} = {type(node.block).__name__}({inputs})")
        lines += [f"-> {name} = {self.label(source)}" for name, source in self.outputs.items()]
        return "\n".join(lines)


@dataclass(frozen=True)
class CheckedGraph:
    """A flat graph whose every wire has lanes, a type and a clock.

    Attributes
    ----------
    lanes : tuple of dict
        Per node, the number each lane letter stands for.
    divisor : tuple of int
        Per node, base samples per call of its step.
    output_divisor : tuple of int
        Per node, base samples per tick of its outputs.
    sample_rate : float
        Base rate, Hz.
    """

    flat: FlatGraph
    lanes: tuple[dict[str, int], ...]
    divisor: tuple[int, ...]
    output_divisor: tuple[int, ...]
    sample_rate: float

    def width(self, source: Source) -> int:
        """Return the number of lanes of a wire."""
        return self.port_width(source.node, self.port(source))

    def port(self, source: Source) -> Port:
        """Return the port a wire comes from."""
        return self.flat.port(source)

    def port_width(self, node: int, port: Port) -> int:
        """Return the number of lanes of a port of a node."""
        size = port.size(self.lanes[node])
        assert size is not None, "check has settled every lane letter"
        return size

    def rate(self, node: int) -> float:
        """Return how often the step of a node is called, Hz."""
        return self.sample_rate / self.divisor[node]

    def __repr__(self) -> str:
        lines = []
        for node in self.flat.nodes:
            for port in node.block.ports.outputs:
                source = Source(node.index, port.name)
                lines.append(
                    f"{self.flat.label(source)}: {port.dtype}[{self.width(source)}] "
                    f"/{self.output_divisor[node.index]}"
                )
        return "\n".join(lines)
