"""Flatten: from wires and nodes to primitive nodes with nested names; no sub-graph is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hgedsp.block import Block
from hgedsp.errors import ParameterError, PathError, WiringError
from hgedsp.graph.flat import Family, FlatGraph, FlatNode, Source
from hgedsp.wire import Node, Scope, Wire, as_wire, born_in


def flatten(outputs: Mapping[str, Wire]) -> FlatGraph:
    """Walk backwards from the outputs, expand every compound, and name what was found."""
    walk = _Walk()
    ends = {name: walk.resolve(wire) for name, wire in outputs.items()}
    walk.visit_all(list(ends.values()))
    primitives = sorted(walk.found, key=lambda node: node.serial)
    index = {node: i for i, node in enumerate(primitives)}
    names = _names([*primitives, *walk.expansions], walk.owners)

    def source(wire: Wire) -> Source:
        end = walk.resolve(wire)
        return Source(index[end.node], end.port)

    def inputs(node: Node) -> tuple[Source | float, ...]:
        wired = node.inputs or {}
        return tuple(
            source(wired[port.name]) if port.name in wired else float(port.default or 0.0)
            for port in node.block.ports.inputs
        )

    flat = tuple(FlatNode(i, names[node], node, inputs(node)) for i, node in enumerate(primitives))

    def family(node: Node, expansion: Expansion) -> Family:
        ends = {port: walk.inner(wire) for port, wire in expansion.outputs.items()}
        read = {port: source(end) for port, end in ends.items() if end.node in index}
        parts = tuple(names.get(part, "") for part in expansion.parts)
        return Family(names[node], node, parts, read)

    families = tuple(family(node, expansion) for node, expansion in walk.expansions.items())
    return FlatGraph(flat, {name: source(wire) for name, wire in outputs.items()}, families)


@dataclass(frozen=True)
class Expansion:
    """What a compound is made of: its inner wires by output port, and its parts."""

    outputs: dict[str, Wire]
    parts: tuple[Node, ...]


class _Walk:
    """Finds the primitive nodes behind wires."""

    def __init__(self) -> None:
        self.found: set[Node] = set()
        self.expansions: dict[Node, Expansion] = {}
        self.owners: dict[Node, Node] = {}

    def resolve(self, wire: Wire) -> Wire:
        """Return the wire of a primitive node that `wire` is in truth."""
        while wire.node.block.is_compound:
            if wire.node not in self.expansions:
                require_wired(wire.node)
                expansion = expand(wire.node.block, wire.node)
                self.expansions[wire.node] = expansion
                self.owners.update(dict.fromkeys(expansion.parts, wire.node))
            wire = self.expansions[wire.node].outputs[wire.port]
        return wire

    def inner(self, wire: Wire) -> Wire:
        """Return the wire behind compounds, as far as they have been expanded."""
        while wire.node in self.expansions:
            wire = self.expansions[wire.node].outputs[wire.port]
        return wire

    def visit_all(self, ends: list[Wire]) -> None:
        pending = [wire.node for wire in ends]
        while pending:
            node = pending.pop()
            if node in self.found:
                continue
            self.found.add(node)
            require_wired(node)
            pending += [self.resolve(wire).node for wire in (node.inputs or {}).values()]


def expand(block: Block, node: Node) -> Expansion:
    """Let a compound wire its parts in the place of `node`."""
    wired = dict(node.inputs or {})
    with born_in(Scope("", node.location)):
        # An input that was left unconnected brings its default, as it does to a step.
        arguments = [
            wired[p.name] if p.name in wired else as_wire(p.default) for p in block.ports.inputs
        ]
        result = type(block).__dict__["compose"](block, *arguments)
    wires = (result,) if isinstance(result, Wire) else tuple(result)
    outputs = {port.name: wire for port, wire in zip(block.ports.outputs, wires, strict=True)}
    return Expansion(outputs, _parts_behind(wires, {wire.node for wire in wired.values()}))


def _parts_behind(wires: tuple[Wire, ...], outer: set[Node]) -> tuple[Node, ...]:
    parts: set[Node] = set()
    pending = [wire.node for wire in wires]
    while pending:
        node = pending.pop()
        if node in parts or node in outer:
            continue
        parts.add(node)
        pending += [wire.node for wire in (node.inputs or {}).values()]
    return tuple(sorted(parts, key=lambda node: node.serial))


def require_wired(node: Node) -> None:
    """Refuse a node with an input that is unconnected and has no default."""
    wired = node.inputs or {}
    missing = [p.name for p in node.block.ports.inputs if p.name not in wired and p.default is None]
    if missing:
        label = node.block.label
        raise WiringError(
            f"{label}.{missing[0]} is unconnected",
            where=(node.place,),
            mend=f"call the block with a wire for {missing[0]}: {label}({missing[0]}=...)",
        )


def _names(nodes: Iterable[Node], owners: Mapping[Node, Node]) -> dict[Node, str]:
    """Give every node its path; the second of a kind in a scope gets _2, and so on."""
    names: dict[Node, str] = {}
    taken: dict[str, Node] = {}
    # A compound goes before its parts, and names that the user gave before those we make up.
    order = sorted(nodes, key=lambda n: (_depth(n, owners), not n.block.name, n.serial))
    for node in order:
        _require_path(node)
        owner = names[owners[node]] if node in owners else ""
        first = "/".join(part for part in (owner, node.scope, node.block.label) if part)
        path, number = first, 1
        while path in taken:
            if node.block.name and taken[path].block.name:
                raise PathError(
                    f"two blocks are named {path}",
                    where=(taken[path].place, node.place),
                    mend="give one of them another name, or put it into a scope",
                )
            number += 1
            path = f"{first}_{number}"
        taken[path] = node
        names[node] = path
    return names


def _depth(node: Node, owners: Mapping[Node, Node]) -> int:
    depth = 0
    while node in owners:
        node, depth = owners[node], depth + 1
    return depth


def _require_path(node: Node) -> None:
    for name in (node.block.name, node.scope):
        if "." in name or not name.isprintable():
            raise ParameterError(
                f"a block or scope cannot be named {name!r}",
                where=(f"{type(node.block).__name__:<24} {node.location}",),
                mend="leave out full stops and line breaks: a stop parts block and port",
            )
