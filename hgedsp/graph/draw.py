"""The graph as text that other programs draw: Mermaid and Graphviz."""

from __future__ import annotations

from hgedsp.graph.flat import CheckedGraph
from hgedsp.graph.sketch import Edge, sketch


def to_mermaid(checked: CheckedGraph) -> str:
    """Return a Mermaid flowchart; feedback through registered outputs is dotted."""
    drawing = sketch(checked)
    lines = ["flowchart LR"]
    for i, box in enumerate(drawing.boxes):
        label = _in_mermaid(box.name)
        shape = f'(["{label}"])' if box.is_output else f'["{label}<br/>{box.kind}"]'
        lines.append(f"  n{i}{shape}")
    for edge in drawing.edges:
        arrow = "-.->" if edge.back else "-->"
        lines.append(f'  n{edge.start} {arrow}|"{_text(edge)}"| n{edge.end}')
    return "\n".join(lines) + "\n"


def to_dot(name: str, checked: CheckedGraph) -> str:
    """Return a Graphviz digraph; feedback through registered outputs is dashed."""
    drawing = sketch(checked)
    lines = [
        f'digraph "{_in_dot(name)}" {{',
        "  rankdir=LR;",
        '  node [shape=box, fontname="sans-serif"];',
    ]
    for i, box in enumerate(drawing.boxes):
        label = _in_dot(box.name)
        look = f'"{label}", shape=oval' if box.is_output else f'"{label}\\n{box.kind}"'
        lines.append(f"  n{i} [label={look}];")
    for edge in drawing.edges:
        style = ", style=dashed, constraint=false" if edge.back else ""
        lines.append(f'  n{edge.start} -> n{edge.end} [label="{_text(edge)}"{style}];')
    return "\n".join([*lines, "}"]) + "\n"


def _text(edge: Edge) -> str:
    return f"{edge.start_port} {edge.label}"


def _in_mermaid(text: str) -> str:
    marks = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;"}
    return "".join(marks.get(letter, letter) for letter in text)


def _in_dot(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
