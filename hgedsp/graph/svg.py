"""The graph as a layered SVG drawing, without any other program."""

from __future__ import annotations

from html import escape

from hgedsp.graph.draw import Edge, edges
from hgedsp.graph.flat import CheckedGraph

_BOX = (170, 44)
_GAP = (110, 26)
_MARGIN = 40
_TITLE = 34


def to_svg(name: str, checked: CheckedGraph) -> str:
    """Draw columns of boxes from left to right, feedback as dashed curves below."""
    wires = list(edges(checked))
    total = len(checked.flat.nodes) + len(checked.flat.outputs)
    columns = _order(_columns(total, wires), wires)
    corners = {
        node: _corner(column, row)
        for column, members in enumerate(columns)
        for row, node in enumerate(members)
    }
    rows = max(len(members) for members in columns)
    backs = sum(edge.back for edge in wires)
    width = 2 * _MARGIN + len(columns) * (_BOX[0] + _GAP[0]) - _GAP[0]
    height = 2 * _MARGIN + _TITLE + rows * (_BOX[1] + _GAP[1]) + 14 * backs
    floor = _MARGIN + _TITLE + rows * (_BOX[1] + _GAP[1])
    parts = [_head(width, height, name)]
    depth = 0
    for edge in wires:
        depth += edge.back
        parts.append(_draw_edge(edge, corners, floor + 14 * depth - 7))
    for node in checked.flat.nodes:
        label, kind = node.name, type(node.block).__name__
        parts.append(_draw_box(corners[node.index], label, kind, "#eef3fb", 4))
    for number, key in enumerate(checked.flat.outputs):
        corner = corners[len(checked.flat.nodes) + number]
        parts.append(_draw_box(corner, key, "output", "#fdf3e3", 22))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _columns(total: int, wires: list[Edge]) -> list[list[int]]:
    """Put every node one column after the last that feeds it; feedback does not count."""
    column = [0] * total
    for _ in range(total):
        moved = False
        for edge in wires:
            if not edge.back and column[edge.end] <= column[edge.start]:
                column[edge.end] = column[edge.start] + 1
                moved = True
        if not moved:
            break
    # A source stands right before what it feeds, not at the far left.
    for node in range(total):
        ends = [column[e.end] for e in wires if e.start == node and not e.back]
        if not any(e.end == node and not e.back for e in wires) and ends:
            column[node] = min(ends) - 1
    return [[n for n in range(total) if column[n] == c] for c in range(max(column) + 1)]


def _order(columns: list[list[int]], wires: list[Edge]) -> list[list[int]]:
    """Sort each column by the mean row of its neighbours, a few times: fewer crossings."""
    for sweep in range(6):
        row = {node: i for members in columns for i, node in enumerate(members)}
        for members in columns if sweep % 2 == 0 else columns[::-1]:
            members.sort(key=lambda node: _mean_row(node, wires, row))
            row.update({node: i for i, node in enumerate(members)})
    return [members for members in columns if members]


def _mean_row(node: int, wires: list[Edge], row: dict[int, int]) -> float:
    near = [row[e.start] for e in wires if e.end == node and not e.back]
    near += [row[e.end] for e in wires if e.start == node and not e.back]
    return sum(near) / len(near) if near else row[node]


def _corner(column: int, row: int) -> tuple[float, float]:
    x = _MARGIN + column * (_BOX[0] + _GAP[0])
    return x, _MARGIN + _TITLE + row * (_BOX[1] + _GAP[1])


def _head(width: int, height: int, name: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#456"/></marker></defs>\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        f'<text x="{_MARGIN}" y="{_MARGIN}" font-size="18">{escape(name)}</text>'
    )


def _draw_box(corner: tuple[float, float], label: str, kind: str, fill: str, radius: int) -> str:
    x, y = corner
    middle = x + _BOX[0] / 2
    short = label if len(label) <= 27 else "..." + label[-24:]
    return (
        f'<g><title>{escape(label)}</title><rect x="{x}" y="{y}" width="{_BOX[0]}" '
        f'height="{_BOX[1]}" rx="{radius}" fill="{fill}" stroke="#456"/>'
        f'<text x="{middle}" y="{y + 19}" text-anchor="middle">{escape(short)}</text>'
        f'<text x="{middle}" y="{y + 35}" text-anchor="middle" font-size="10" fill="#666">'
        f"{escape(kind)}</text></g>"
    )


def _draw_edge(edge: Edge, corners: dict[int, tuple[float, float]], floor: float) -> str:
    (x1, y1), (x2, y2) = corners[edge.start], corners[edge.end]
    x1, y1, y2 = x1 + _BOX[0], y1 + _BOX[1] / 2, y2 + _BOX[1] / 2
    if edge.back:
        path = (
            f"M{x1},{y1} C{x1 + 40},{y1} {x1 + 40},{floor} {x1},{floor} "
            f"L{x2},{floor} C{x2 - 40},{floor} {x2 - 40},{y2} {x2},{y2}"
        )
        middle = ((x1 + x2) / 2, floor - 2)
    else:
        bend = max((x2 - x1) / 2, 30)
        path = f"M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"
        middle = ((x1 + x2) / 2, (y1 + y2) / 2 - 3)
    dash = ' stroke-dasharray="5 4"' if edge.back else ""
    title = escape(f"{edge.start_port} -> {edge.end_port}")
    return (
        f'<g><title>{title}</title><path d="{path}" fill="none" stroke="#456"{dash} '
        f'marker-end="url(#tip)"/><text x="{middle[0]}" y="{middle[1]}" text-anchor="middle" '
        f'font-size="9" fill="#357">{escape(edge.label)}</text></g>'
    )
