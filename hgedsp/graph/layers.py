"""Layers: in which column and row each box of a drawing stands, and where long wires pass."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hgedsp.graph.sketch import Edge, Sketch


@dataclass(frozen=True)
class Layers:
    """Places in a grid.

    Attributes
    ----------
    cell : dict of int to (column, row)
        Of every box, and of the bends of long wires, which have numbers after the boxes.
    routes : tuple of tuple of int
        Per edge, the bends it passes.
    columns, rows : int
        Size of the grid.
    """

    cell: dict[int, tuple[int, int]]
    routes: tuple[tuple[int, ...], ...]
    columns: int
    rows: int


def arrange(drawing: Sketch) -> Layers:
    """Put every box one column after the last that feeds it, and order the rows.

    A wire over several columns gets a bend of its own in each, so that it passes between boxes
    and not behind them (the layered drawing of Sugiyama, Tagawa and Toda, 1981).
    """
    forward = [edge for edge in drawing.edges if not edge.back]
    column = _columns(len(drawing.boxes), forward)
    members: list[list[int]] = [[] for _ in range(max(column) + 1)]
    for box, place in enumerate(column):
        members[place].append(box)
    routes, links, number = [], [], len(drawing.boxes)
    for edge in drawing.edges:
        span = () if edge.back else range(column[edge.start] + 1, column[edge.end])
        bends = tuple(range(number, number + len(span)))
        for bend, place in zip(bends, span, strict=True):
            members[place].append(bend)
        number += len(bends)
        routes.append(bends)
        if not edge.back:
            chain = (edge.start, *bends, edge.end)
            links += list(pairwise(chain))
    _order(members, links)
    cell = {box: (c, r) for c, column_of in enumerate(members) for r, box in enumerate(column_of)}
    return Layers(cell, tuple(routes), len(members), max(map(len, members)))


def _columns(total: int, forward: list[Edge]) -> list[int]:
    column = [0] * total
    moved = True
    while moved:
        moved = False
        for edge in forward:
            if column[edge.end] <= column[edge.start]:
                column[edge.end] = column[edge.start] + 1
                moved = True
    # A source stands right before what it feeds, not at the far left.
    fed = {edge.end for edge in forward}
    for box in range(total):
        ends = [column[edge.end] for edge in forward if edge.start == box]
        if box not in fed and ends:
            column[box] = min(ends) - 1
    return column


def _order(members: list[list[int]], links: list[tuple[int, int]]) -> None:
    """Sort each column by the mean row of its neighbours, back and forth: fewer crossings."""
    neighbours: dict[int, list[int]] = {}
    for start, end in links:
        neighbours.setdefault(end, []).append(start)
        neighbours.setdefault(start, []).append(end)
    row = {box: i for column in members for i, box in enumerate(column)}
    for sweep in range(8):
        for column in members if sweep % 2 == 0 else members[::-1]:
            column.sort(key=lambda box: _mean([row[n] for n in neighbours.get(box, [box])]))
            row.update({box: i for i, box in enumerate(column)})


def _mean(rows: list[int]) -> float:
    return sum(rows) / len(rows)
