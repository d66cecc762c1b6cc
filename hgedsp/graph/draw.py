"""The graph as text that other programs draw: Mermaid and Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hgedsp.graph.flat import CheckedGraph, Source
from hgedsp.graph.table import edge_label


@dataclass(frozen=True)
class Edge:
    """One wire from port to port; `back` where it carries a registered output."""

    start: int
    end: int
    start_port: str
    end_port: str
    label: str
    back: bool


def edges(checked: CheckedGraph) -> Iterator[Edge]:
    """Return all wires; an output of the graph has the index of its end after the last node."""
    flat = checked.flat
    for node in flat.nodes:
        for port, source in node.sources:
            yield _edge(checked, source, node.index, port.name)
    for number, (name, source) in enumerate(flat.outputs.items()):
        yield _edge(checked, source, len(flat.nodes) + number, name)


def to_mermaid(checked: CheckedGraph) -> str:
    """Return a Mermaid flowchart; feedback through registered outputs is dotted."""
    lines = ["flowchart LR"]
    lines += [f'  n{i}["{label}"]' for i, label in enumerate(_boxes(checked, "<br/>"))]
    first_output = len(checked.flat.nodes)
    lines += [f'  n{first_output + i}(["{name}"])' for i, name in enumerate(checked.flat.outputs)]
    for edge in edges(checked):
        arrow = "-.->" if edge.back else "-->"
        lines.append(f'  n{edge.start} {arrow}|"{_text(edge)}"| n{edge.end}')
    return "\n".join(lines) + "\n"


def to_dot(name: str, checked: CheckedGraph) -> str:
    """Return a Graphviz digraph; feedback through registered outputs is dashed."""
    lines = [f'digraph "{name}" {{', "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    lines += [f'  n{i} [label="{label}"];' for i, label in enumerate(_boxes(checked, "\\n"))]
    first_output = len(checked.flat.nodes)
    lines += [
        f'  n{first_output + i} [label="{key}", shape=oval];'
        for i, key in enumerate(checked.flat.outputs)
    ]
    for edge in edges(checked):
        style = ", style=dashed, constraint=false" if edge.back else ""
        lines.append(f'  n{edge.start} -> n{edge.end} [label="{_text(edge)}"{style}];')
    return "\n".join([*lines, "}"]) + "\n"


def _edge(checked: CheckedGraph, source: Source, end: int, port: str) -> Edge:
    back = checked.flat.is_registered(source) and end < len(checked.flat.nodes)
    label = edge_label(checked, source)
    return Edge(source.node, end, source.port, port, label, back)


def _boxes(checked: CheckedGraph, line_break: str) -> list[str]:
    return [f"{node.name}{line_break}{type(node.block).__name__}" for node in checked.flat.nodes]


def _text(edge: Edge) -> str:
    return f"{edge.start_port} {edge.label}"
