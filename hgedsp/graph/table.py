"""The graph as a table."""

from __future__ import annotations

from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.units import format_rate

_HEAD = ("block", "kind", "rate", "inputs", "outputs", "made at")


def describe(name: str, checked: CheckedGraph) -> str:
    """Return one line per block: rate, inputs, outputs with lanes, and the user's line."""
    rows = [_HEAD, *(_row(checked, node) for node in checked.flat.nodes)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    lines = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    ends = [
        f"{key} = {checked.flat.label(source)} at {edge_label(checked, source)}"
        for key, source in checked.flat.outputs.items()
    ]
    title = f"{name}: {len(checked.flat.nodes)} blocks at {format_rate(checked.sample_rate)}"
    return "\n".join([title, *lines, "outputs: " + ", ".join(ends)])


def edge_label(checked: CheckedGraph, source: Source) -> str:
    """Return rate and lanes of a wire, as drawn on an edge."""
    node = checked.flat.nodes[source.node]
    rate = (
        "constant"
        if node.block.constant
        else format_rate(checked.sample_rate / checked.output_divisor[source.node])
    )
    width = checked.width(source)
    return rate if width == 1 else f"{rate} x{width}"


def _row(checked: CheckedGraph, node: FlatNode) -> tuple[str, ...]:
    ports = node.block.ports
    inputs = ", ".join(
        checked.flat.label(s) if isinstance(s, Source) else f"{p.name}={s:g}"
        for p, s in zip(ports.inputs, node.inputs, strict=True)
    )
    outputs = ", ".join(f"{p.name}[{checked.port_width(node.index, p)}]" for p in ports.outputs)
    rate = "constant" if node.block.constant else format_rate(checked.rate(node.index))
    kind = type(node.block).__name__
    return node.name, kind, rate, inputs or "-", outputs, str(node.node.location)
