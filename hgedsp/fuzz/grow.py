"""Grow a graph from a seed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from hgedsp.compile.windows import SHORTEST
from hgedsp.fuzz import array_recipes as arrays
from hgedsp.fuzz import extraction_recipes as extraction
from hgedsp.fuzz import lane_recipes as lanes
from hgedsp.fuzz import loop_recipes as loops
from hgedsp.fuzz import window_recipes as windows
from hgedsp.fuzz.tap import RATE, Grower, Tap
from hgedsp.graph.graph import Graph
from hgedsp.wire import scope

# Each with its share.
RECIPES: tuple[tuple[Callable[[Grower], None], int], ...] = (
    (lanes.added, 4),
    (lanes.multiplied, 4),
    (lanes.scaled, 3),
    (lanes.compared, 2),
    (lanes.averaged, 3),
    (lanes.coupled_to_changes, 1),
    (lanes.second_order, 2),
    (lanes.sections, 1),
    (lanes.leading, 1),
    (lanes.limited, 3),
    (lanes.tones, 2),
    (lanes.branched, 4),
    (lanes.gated, 1),
    (lanes.bent, 1),
    (lanes.whole_numbers, 3),
    (lanes.compounds, 2),
    (arrays.summed, 3),
    (arrays.centred, 3),
    (arrays.rearranged, 3),
    (arrays.blended, 2),
    (arrays.moving_average, 1),
    (arrays.slower, 4),
    (arrays.faster, 3),
    (arrays.plateaus, 1),
    (arrays.epochs, 2),
    (arrays.noisy, 2),
    (arrays.polynomial, 1),
    (arrays.function, 1),
    (arrays.network, 1),
    (extraction.turned, 1),
    (extraction.error_bars, 1),
    (extraction.matrix, 1),
    (extraction.analog, 1),
    (extraction.hopping, 1),
    (loops.straight, 4),
)

# Seeds below grow small graphs, for tests that have to be quick.
SMALL = 1000
# A run so long is that of a graph without loops and with one value per window.
WINDOWED = 3 * SHORTEST


@dataclass(frozen=True)
class Grown:
    """A random graph, and all wires that it could have had for outputs."""

    graph: Graph
    taps: tuple[Tap, ...]


def grow(seed: int, samples: int, only: int | None = None) -> Grown:
    """Return the graph of a seed, tame for a run of so many samples.

    Parameters
    ----------
    only : int, optional
        Number of the tap that is the only output; those of the graph if left out.
    """
    g = Grower(seed, samples)
    if samples >= WINDOWED:
        return _open(g, only)
    small = seed < SMALL
    for _ in range(g.one_of([0, 1, 2] if small else [0, 1, 1, 2, 3])):
        loops.opened(g)
    # Mostly few, for compiling takes its time; some faults need many neighbours.
    many = g.chance(0.1 if small else 0.25)
    _cook(g, g.whole_number(4, 8) if many else g.whole_number(1, 2 if small else 3))
    g.close_loops()
    ends = [g.one_of([*g.taps, *g.whole]) for _ in range(2)] + g.taps[-3:]
    return _grown(g, ends + [loop.tap for loop in g.loops], only)


def _open(g: Grower, only: int | None) -> Grown:
    """No loops, and one value per window."""
    _cook(g, g.whole_number(0, 2))
    return _grown(g, windows.lock_ins(g), only)


def _cook(g: Grower, count: int) -> None:
    shares = [share for _, share in RECIPES]
    for _ in range(count):
        number = int(g.random.choice(len(RECIPES), p=np.divide(shares, sum(shares))))
        inner = g.chance(0.2)
        with scope(f"part{g.whole_number(1, 2)}"), scope("inner") if inner else nullcontext():
            RECIPES[number][0](g)


def _grown(g: Grower, ends: list[Tap], only: int | None) -> Grown:
    taps = (*g.taps, *g.whole)
    ends = ends if only is None else [taps[only]]
    return Grown(Graph(RATE, {f"y{i}": tap.wire for i, tap in enumerate(ends)}), taps)
