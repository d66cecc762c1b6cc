"""Latency: how long a value takes around each feedback loop."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from hgedsp.graph.flat import CheckedGraph, Source
from hgedsp.ports import lane_names


@dataclass(frozen=True)
class FeedbackLoop:
    """A closed path of wires.

    Attributes
    ----------
    wires : tuple of str
        ``block.port`` in the direction of flow, from a registered one on.
    samples : int
        The delays on it, in base samples: a registered output counts one tick of its clock, a
        delay of n samples n ticks. What filters do to the phase is not in it.
    """

    wires: tuple[str, ...]
    samples: int


def feedback_loops(checked: CheckedGraph) -> list[FeedbackLoop]:
    """Return the shortest loop through each registered output that is in one; the fastest first."""
    readers: dict[int, list[tuple[Source, int]]] = {}
    for node in checked.flat.nodes:
        for _, source in node.sources:
            readers.setdefault(source.node, []).append((source, node.index))
    found: dict[frozenset[Source], FeedbackLoop] = {}
    for node in checked.flat.nodes:
        for port in node.block.ports.registered:
            start = Source(node.index, port)
            path = _way_back(checked, readers, start) if checked.flat.is_registered(start) else ()
            if path:
                samples = sum(_delay(checked, source) for source in path)
                labels = tuple(checked.flat.label(source) for source in path)
                found.setdefault(frozenset(path), FeedbackLoop(labels, samples))
    return sorted(found.values(), key=lambda loop: (loop.samples, len(loop.wires)))


def _way_back(
    checked: CheckedGraph, readers: dict[int, list[tuple[Source, int]]], start: Source
) -> tuple[Source, ...]:
    """The wires of the loop from `start` back to its own node, that of least delay; () if none."""
    # Delay so far, hops, the number of the way (so that nothing else is compared), node, wires.
    first = [reader for source, reader in readers.get(start.node, []) if source == start]
    pending: list[tuple[int, int, int, int, tuple[Source, ...]]] = [
        (0, 0, number, reader, (start,)) for number, reader in enumerate(first)
    ]
    number, seen = len(pending), set[int]()
    while pending:
        delay, hops, _, node, path = heapq.heappop(pending)
        if node == start.node:
            return path
        if node in seen:
            continue
        seen.add(node)
        for source, reader in readers.get(node, []):
            number += 1
            after = delay + _delay(checked, source)
            heapq.heappush(pending, (after, hops + 1, number, reader, (*path, source)))
    return ()


def _delay(checked: CheckedGraph, source: Source) -> int:
    """Base samples from the making of a value to its showing."""
    if not checked.flat.is_registered(source):
        return 0
    block = checked.flat.nodes[source.node].block
    # Only a block that delays by n has a memory of n samples per lane.
    names = {name for port in block.ports.state if port.lanes for name in lane_names(port.lanes)}
    ticks = checked.lanes[source.node].get("samples", 1) if "samples" in names else 1
    return ticks * checked.divisor[source.node]
