"""The graph as a layered SVG drawing, without any other program."""

from __future__ import annotations

from html import escape

from hgedsp.graph.flat import CheckedGraph
from hgedsp.graph.layers import Layers, arrange
from hgedsp.graph.sketch import Box, Edge, sketch

_WIDTH, _HEIGHT = 150, 44
_GAP_X, _GAP_Y = 84, 26
_MARGIN, _TITLE, _LANE = 40, 34, 16
_STROKE = "#456"

Point = tuple[float, float]


def to_svg(name: str, checked: CheckedGraph) -> str:
    """Draw columns of boxes from left to right, feedback as dashed lines below."""
    drawing = sketch(checked)
    layers = arrange(drawing)
    floor = _MARGIN + _TITLE + layers.rows * (_HEIGHT + _GAP_Y)
    backs = [edge for edge in drawing.edges if edge.back]
    width = 2 * _MARGIN + layers.columns * (_WIDTH + _GAP_X) - _GAP_X
    parts = [_head(width, floor + _LANE * len(backs) + _MARGIN, name)]
    for edge, bends in zip(drawing.edges, layers.routes, strict=True):
        if edge.back:
            depth = floor + _LANE * (backs.index(edge) + 1)
            parts.append(_back_edge(edge, layers, depth))
        else:
            parts.append(_edge(edge, bends, layers))
    parts += [_box(box, _corner(layers, i)) for i, box in enumerate(drawing.boxes)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _corner(layers: Layers, item: int) -> Point:
    column, row = layers.cell[item]
    x = _MARGIN + column * (_WIDTH + _GAP_X)
    return x, _MARGIN + _TITLE + row * (_HEIGHT + _GAP_Y)


def _head(width: int, height: int, name: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{_STROKE}"/>'
        "</marker></defs>\n"
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        f'<text x="{_MARGIN}" y="{_MARGIN}" font-size="18">{escape(name)}</text>'
    )


def _box(box: Box, corner: Point) -> str:
    x, y = corner
    middle = x + _WIDTH / 2
    fill, radius = ("#fdf3e3", 22) if box.is_output else ("#eef3fb", 4)
    short = box.name if len(box.name) <= 24 else "..." + box.name[-21:]
    return (
        f'<g><title>{escape(box.name)}</title><rect x="{x}" y="{y}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" rx="{radius}" fill="{fill}" stroke="{_STROKE}"/>'
        f'<text x="{middle}" y="{y + 19}" text-anchor="middle">{escape(short)}</text>'
        f'<text x="{middle}" y="{y + 35}" text-anchor="middle" font-size="10" fill="#666">'
        f"{escape(box.kind)}</text></g>"
    )


def _edge(edge: Edge, bends: tuple[int, ...], layers: Layers) -> str:
    (x1, y1), (x2, y2) = _corner(layers, edge.start), _corner(layers, edge.end)
    point = (x1 + _WIDTH, y1 + _HEIGHT / 2)
    label = (point[0] + _GAP_X / 2, point[1] - 4)
    path = f"M{point[0]},{point[1]}"
    for bend in bends:
        x, y = _corner(layers, bend)
        path += _curve(point, (x, y + _HEIGHT / 2)) + f" L{x + _WIDTH},{y + _HEIGHT / 2}"
        point = (x + _WIDTH, y + _HEIGHT / 2)
    end = (x2, y2 + _HEIGHT / 2)
    path += _curve(point, end)
    if not bends:
        label = ((point[0] + end[0]) / 2, (point[1] + end[1]) / 2 - 4)
    return _line(edge, path, label)


def _back_edge(edge: Edge, layers: Layers, depth: float) -> str:
    (x1, y1), (x2, y2) = _corner(layers, edge.start), _corner(layers, edge.end)
    x1, y1, y2 = x1 + _WIDTH, y1 + _HEIGHT / 2, y2 + _HEIGHT / 2
    path = (
        f"M{x1},{y1} C{x1 + 40},{y1} {x1 + 40},{depth} {x1},{depth} "
        f"L{x2},{depth} C{x2 - 40},{depth} {x2 - 40},{y2} {x2},{y2}"
    )
    return _line(edge, path, ((x1 + x2) / 2, depth - 3))


def _curve(start: Point, end: Point) -> str:
    bend = (end[0] - start[0]) / 2
    return f" C{start[0] + bend},{start[1]} {end[0] - bend},{end[1]} {end[0]},{end[1]}"


def _line(edge: Edge, path: str, label: Point) -> str:
    dash = ' stroke-dasharray="5 4"' if edge.back else ""
    title = escape(f"{edge.start_port} -> {edge.end_port}")
    return (
        f'<g><title>{title}</title><path d="{path}" fill="none" stroke="{_STROKE}"{dash} '
        f'marker-end="url(#tip)"/><text x="{label[0]}" y="{label[1]}" text-anchor="middle" '
        f'font-size="9" fill="#357">{escape(edge.label)}</text></g>'
    )
