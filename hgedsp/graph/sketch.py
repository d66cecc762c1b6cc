"""What is drawn: one box per block as the user made it, and the wires between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hgedsp.graph.flat import CheckedGraph, FlatGraph, Source
from hgedsp.graph.table import edge_label


@dataclass(frozen=True)
class Box:
    """A block, a compound with all its parts, or an output of the graph."""

    name: str
    kind: str
    is_output: bool = False


@dataclass(frozen=True)
class Edge:
    """A wire between boxes, by their indices; `back` where it carries a registered output."""

    start: int
    end: int
    start_port: str
    end_port: str
    label: str
    back: bool


@dataclass(frozen=True)
class Sketch:
    """Boxes and edges."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


def sketch(checked: CheckedGraph) -> Sketch:
    """Put compounds into one box each, and keep the wires that run between boxes."""
    flat = checked.flat
    outermost = _outermost(flat)
    kinds = {family.name: type(family.node.block).__name__ for family in flat.families}
    names = list(dict.fromkeys(outermost[node.index] for node in flat.nodes))
    kinds.update({node.name: type(node.block).__name__ for node in flat.nodes})
    boxes = [Box(name, kinds[name]) for name in names]
    boxes += [Box(name, "output", True) for name in flat.outputs]
    place = {node.index: names.index(outermost[node.index]) for node in flat.nodes}
    found = dict.fromkeys(_edges(checked, place, len(names)))
    between = [edge for edge in found if edge.start != edge.end]
    return Sketch(tuple(boxes), tuple(_without_cycles(between)))


def _without_cycles(edges: list[Edge]) -> Iterator[Edge]:
    """Mark as feedback what would close a circle: a loop may be cut inside a compound's box."""
    reach: dict[int, set[int]] = {}
    for edge in edges:
        if edge.back or edge.start in reach.get(edge.end, set()):
            yield replace(edge, back=True)
            continue
        ahead = {edge.end} | reach.get(edge.end, set())
        for box in [b for b, seen in reach.items() if edge.start in seen] + [edge.start]:
            reach.setdefault(box, set()).update(ahead)
        yield edge


def _outermost(flat: FlatGraph) -> list[str]:
    """Per flat node, the name of the outermost compound it is part of, or its own."""
    owner = {part: family.name for family in flat.families for part in family.parts if part}

    def climb(name: str) -> str:
        while name in owner:
            name = owner[name]
        return name

    return [climb(node.name) for node in flat.nodes]


def _edges(checked: CheckedGraph, place: dict[int, int], outputs_from: int) -> Iterator[Edge]:
    flat = checked.flat
    for node in flat.nodes:
        for port, source in node.sources:
            end = place[node.index]
            yield _edge(checked, source, place, end, port.name, flat.is_registered(source))
    for number, (name, source) in enumerate(flat.outputs.items()):
        yield _edge(checked, source, place, outputs_from + number, name, False)


def _edge(
    checked: CheckedGraph, source: Source, place: dict[int, int], end: int, port: str, back: bool
) -> Edge:
    return Edge(place[source.node], end, source.port, port, edge_label(checked, source), back)
