"""Loops: each has to pass through a registered output."""

from __future__ import annotations

from hgedsp.errors import LoopError
from hgedsp.graph.flat import FlatGraph, Source
from hgedsp.ports import Port


def check_loops(flat: FlatGraph) -> None:
    """Refuse a loop along wires that are not registered; depth first, without recursion."""
    done: set[int] = set()
    for start in range(len(flat.nodes)):
        path: list[tuple[int, list[tuple[Port, Source]]]] = []
        on_path: dict[int, int] = {}
        if start not in done:
            path.append((start, _immediate(flat, start)))
            on_path[start] = 0
        while path:
            node, pending = path[-1]
            if not pending:
                done.add(node)
                del on_path[node]
                path.pop()
                continue
            _, source = pending.pop(0)
            if source.node in on_path:
                raise _loop_error(flat, [n for n, _ in path[on_path[source.node] :]])
            if source.node not in done:
                on_path[source.node] = len(path)
                path.append((source.node, _immediate(flat, source.node)))


def _immediate(flat: FlatGraph, node: int) -> list[tuple[Port, Source]]:
    return [(p, s) for p, s in flat.nodes[node].sources if not flat.is_registered(s)]


def _loop_error(flat: FlatGraph, backwards: list[int]) -> LoopError:
    # The walk went against the flow; the message follows it.
    nodes = backwards[::-1]
    hops = []
    for node, after in zip(nodes, [*nodes[1:], nodes[0]], strict=True):
        port, source = next((p, s) for p, s in _immediate(flat, after) if s.node == node)
        hops.append((flat.label(source), f"{flat.nodes[after].name}.{port.name}"))
    wired = [flat.nodes[node].node.wired for node in nodes]
    # The wire that runs back is the one that was read before what gives it was wired.
    back = max(range(len(nodes)), key=lambda i: wired[i] - wired[(i + 1) % len(nodes)])
    where = [
        f"{a} -> {b:<24} {flat.nodes[nodes[(i + 1) % len(nodes)]].node.wired_at}"
        for i, (a, b) in enumerate(hops)
    ]
    edge = " -> ".join(hops[back])
    return LoopError(
        f"algebraic loop: {' -> '.join(label for label, _ in hops)} -> {hops[0][0]}",
        where=where,
        mend=f"put Delay(1) into the loop, for example at {edge}, "
        f"or close it through a registered output (Delay, Integrator, an updater)",
    )
