"""Which nodes of a graph can take part in windows, by what their blocks promise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hgedsp.graph.flat import CheckedGraph, FlatNode, Source


class NotInWindows(Exception):
    """Why samples have to be worked out one after another."""


@dataclass(frozen=True)
class Factors:
    """What a product multiplies: a signal of one lane, and a tone behind some gains."""

    signal: Source
    tone: Source
    gains: tuple[int, ...]


@dataclass(frozen=True)
class Nodes:
    """The nodes of a graph, sorted by the part they can take.

    Attributes
    ----------
    ends : frozenset of int
        Nodes with a wire that somebody wants to see.
    """

    checked: CheckedGraph
    ends: frozenset[int]

    @property
    def all(self) -> tuple[FlatNode, ...]:
        """All nodes."""
        return self.checked.flat.nodes

    def node(self, index: int) -> FlatNode:
        """The node with this index."""
        return self.all[index]

    @cached_property
    def readers(self) -> dict[int, list[int]]:
        """Per node, the nodes that read it."""
        found: dict[int, list[int]] = {node.index: [] for node in self.all}
        for node in self.all:
            for _, source in node.sources:
                found[source.node].append(node.index)
        return found

    @cached_property
    def sinks(self) -> frozenset[int]:
        """Nodes whose output depends on one window of one input alone, and that nobody reads."""
        return frozenset(
            node.index
            for node in self.all
            if node.block.decimation > 1
            and self._at_base_rate(node)
            and node.block.as_average() is not None
            and isinstance(node.inputs[0], Source)
            and sum(1 for _ in node.sources) == 1
            and not self.readers[node.index]
        )

    @cached_property
    def filters(self) -> frozenset[int]:
        """Linear lane steps from which nothing but sinks can be reached."""
        found: frozenset[int] = frozenset()
        candidates = [node for node in self.all if self._is_filter(node)]
        while True:
            more = {n.index for n in candidates if self._leads_to(n, found)}
            if more <= found:
                return found
            found |= more

    @cached_property
    def products(self) -> dict[int, Factors]:
        """Products of a signal and a tone, that only filters and sinks read."""
        found = {}
        for node in self.all:
            if node.block.multiplies and self._leads_to(node, self.filters):
                factors = self._factors(node)
                if factors is not None:
                    found[node.index] = factors
        return found

    def is_gain(self, node: FlatNode) -> bool:
        """Whether a node does nothing but scale its only input."""
        return self._is_filter(node) and not node.block.ports.state and len(node.inputs) == 1

    def is_signal(self, source: Source) -> bool:
        """Whether a wire has one number per base sample."""
        return (
            self.checked.width(source) == 1
            and self.checked.port(source).dtype == "float64"
            and self.checked.output_divisor[source.node] == 1
            and not self.node(source.node).block.constant
        )

    def _factors(self, node: FlatNode) -> Factors | None:
        sources = [source for _, source in node.sources]
        if len(sources) != 2 or not self._at_base_rate(node):
            return None
        for signal, reference in (sources, sources[::-1]):
            tone = self._tone(reference)
            if tone is not None and self._tone(signal) is None and self.is_signal(signal):
                return Factors(signal, *tone)
        return None

    def _tone(self, source: Source) -> tuple[Source, tuple[int, ...]] | None:
        """The tone a wire carries, and the gains it has passed."""
        gains = []
        node = self.node(source.node)
        while self.is_gain(node):
            gains.append(node.index)
            ((_, source),) = node.sources
            node = self.node(source.node)
        if source.port in self._tones.get(node.index, ()):
            return source, tuple(gains)
        return None

    @cached_property
    def _tones(self) -> dict[int, frozenset[str]]:
        """Per node that makes tones, the outputs that are tones."""
        found = {}
        for node in self.all:
            tones = node.block.as_tones(self.checked.rate(node.index))
            if tones is not None and self._at_base_rate(node):
                found[node.index] = frozenset(tones.turn)
        return found

    def _at_base_rate(self, node: FlatNode) -> bool:
        return self.checked.divisor[node.index] == 1

    def _is_filter(self, node: FlatNode) -> bool:
        block = node.block
        by_lane = not (block.vector or block.reduces or block.refresh_every)
        same_clock = block.decimation == block.interpolation == 1
        return (
            block.is_linear
            and by_lane
            and same_clock
            and self._at_base_rate(node)
            and bool(node.inputs)
            and all(isinstance(source, Source) for source in node.inputs)
            and all(port.dtype == "float64" for port in (*block.ports.inputs, *block.ports.state))
        )

    def _leads_to(self, node: FlatNode, filters: frozenset[int]) -> bool:
        readers = self.readers[node.index]
        inside = all(reader in filters or reader in self.sinks for reader in readers)
        return bool(readers) and inside and node.index not in self.ends
