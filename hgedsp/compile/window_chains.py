"""Chains of filters: what goes in, what it passes, and what comes out once per window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hgedsp.compile.window_nodes import Nodes, NotInWindows
from hgedsp.graph.flat import FlatGraph, Source


@dataclass(frozen=True)
class Product:
    """A signal of one lane times a tone, as it enters a chain of filters.

    Attributes
    ----------
    wire : Source
        The product, as the filters read it.
    signal : Source
    tone : Source or None
        Output of a block that makes tones; None where the signal itself is filtered.
    gains : tuple of int
        Nodes on the way that scale it, lane by lane: the mixer, and gains on both sides of it.
    """

    wire: Source
    signal: Source
    tone: Source | None = None
    gains: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sink:
    """A node that gives one value per window, the wire it reads, and gains between the two."""

    node: int
    wire: Source
    gains: tuple[int, ...]


@dataclass(frozen=True)
class Chain:
    """Linear filters that hang together, in order of work, with what goes in and comes out."""

    lanes: int
    products: tuple[Product, ...]
    filters: tuple[int, ...]
    sinks: tuple[Sink, ...]

    def text(self, flat: FlatGraph) -> str:
        """One line."""
        fed = [
            flat.label(p.signal) + (f" * {flat.label(p.tone)}" if p.tone else "")
            for p in self.products
        ]
        through = [flat.nodes[index].name for index in self.filters]
        out = [flat.nodes[sink.node].name for sink in self.sinks]
        return f"x{self.lanes}: {' -> '.join(', '.join(n) for n in (fed, through, out) if n)}"


def chains_of(nodes: Nodes) -> tuple[Chain, ...]:
    """Return all chains of a graph.

    Raises
    ------
    NotInWindows
        If something else than one signal times a tone goes into one.
    """
    sinks = [_sink(nodes, index) for index in sorted(nodes.sinks)]
    taken = {gain for sink in sinks for gain in sink.gains}
    products = {p.wire: p for p in (_product(nodes, n, taken) for n in sorted(nodes.products))}
    taken |= {gain for product in products.values() for gain in product.gains}
    filters = tuple(index for index in _in_order(nodes) if index not in taken)
    chains = []
    for group in _groups(nodes, sinks, frozenset(filters)):
        inside = tuple(index for index in filters if index in group)
        ends = tuple(sink for sink in sinks if sink.node in group)
        wires = [source for index in inside for _, source in nodes.node(index).sources]
        outer = dict.fromkeys(w for w in (*wires, *(s.wire for s in ends)) if w.node not in inside)
        fed = tuple(_fed(nodes, wire, products) for wire in outer)
        chains.append(Chain(_lanes(nodes, inside, ends), fed, inside, ends))
    return tuple(chains)


def _groups(nodes: Nodes, sinks: list[Sink], filters: frozenset[int]) -> list[set[int]]:
    """Sinks with the filters that feed them, together where they share one."""
    groups: list[set[int]] = []
    for sink in sinks:
        reached, pending = {sink.node}, [sink.wire.node]
        while pending:
            index = pending.pop()
            if index in filters and index not in reached:
                reached.add(index)
                pending += [source.node for _, source in nodes.node(index).sources]
        sharing = [group for group in groups if group & reached]
        groups = [group for group in groups if not group & reached]
        groups.append(reached.union(*sharing))
    return groups


def _sink(nodes: Nodes, index: int) -> Sink:
    """A sink with the gains right before it."""
    ((_, wire),) = nodes.node(index).sources
    gains = []
    while wire.node in nodes.filters and nodes.is_gain(nodes.node(wire.node)):
        if len(nodes.readers[wire.node]) > 1:
            break
        gains.append(wire.node)
        ((_, wire),) = nodes.node(wire.node).sources
    return Sink(index, wire, tuple(gains))


def _product(nodes: Nodes, index: int, taken: set[int]) -> Product:
    """A product with the gains right after it, but for those that belong to a sink."""
    factors, node = nodes.products[index], nodes.node(index)
    gains = [*factors.gains, index]
    while len(nodes.readers[node.index]) == 1:
        reader = nodes.node(nodes.readers[node.index][0])
        if reader.index in taken or not nodes.is_gain(reader):
            break
        gains.append(reader.index)
        node = reader
    wire = Source(node.index, node.block.ports.outputs[0].name)
    return Product(wire, factors.signal, factors.tone, tuple(gains))


def _fed(nodes: Nodes, wire: Source, products: Mapping[Source, Product]) -> Product:
    """What a wire brings into a chain: a product, or a plain signal."""
    if wire in products:
        return products[wire]
    if nodes.is_signal(wire):
        return Product(wire, wire)
    lanes, label = nodes.checked.width(wire), nodes.checked.flat.label(wire)
    what = f"has {lanes} lanes" if lanes > 1 else "is no float64 at the base rate"
    raise NotInWindows(f"{label} {what}, and is no signal times a tone")


def _in_order(nodes: Nodes) -> Iterator[int]:
    """Filters, each behind those it reads in the same tick."""
    done: set[int] = set()

    def visit(index: int) -> Iterator[int]:
        if index in done or index not in nodes.filters:
            return
        done.add(index)
        for _, source in nodes.node(index).sources:
            if not nodes.checked.flat.is_registered(source):
                yield from visit(source.node)
        yield index

    for index in sorted(nodes.filters):
        yield from visit(index)


def _lanes(nodes: Nodes, filters: tuple[int, ...], sinks: tuple[Sink, ...]) -> int:
    """The lanes of a chain, the same everywhere."""
    widths = {
        nodes.checked.port_width(index, port)
        for index in (*filters, *(sink.node for sink in sinks))
        for port in (*nodes.node(index).block.ports.outputs, *nodes.node(index).block.ports.state)
    }
    if len(widths) > 1:
        name = nodes.node(sinks[0].node).name
        raise NotInWindows(f"what comes before {name} has several numbers of lanes")
    return widths.pop()
