"""A smaller graph with the same fault."""

from __future__ import annotations

from contextlib import suppress

from hgedsp.errors import HgedspError
from hgedsp.fuzz.attack import attack, plan
from hgedsp.fuzz.grow import grow


def reduced(seed: int) -> int | None:
    """Return which single wire of a graph shows a fault with the fewest blocks, if any does."""
    sizes = {}
    for number in range(len(grow(seed, 1).taps)):
        # A loop whose clock is settled by what was left out has no meaning alone.
        with suppress(HgedspError):
            sizes[number] = len(plan(seed, number).graph.nodes)
    for number in sorted(sizes, key=sizes.__getitem__):
        try:
            attack(plan(seed, number))
        except Exception:
            return number
    return None
