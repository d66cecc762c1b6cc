"""Lanes: how many values each wire carries side by side."""

from __future__ import annotations

from hgedsp.errors import LanesError, StepError, WiringError
from hgedsp.graph.flat import FlatGraph, FlatNode, Source
from hgedsp.ports import Port, lane_names


def settle_lanes(flat: FlatGraph) -> tuple[dict[str, int], ...]:
    """Spread what is known along the wires until nothing changes.

    Around a loop a number of lanes may be unknown at first; a letter that no wire ever settles
    stands for one lane.
    """
    lanes = [dict(node.block.lanes()) for node in flat.nodes]
    for node in flat.nodes:
        lanes[node.index].update(_attribute_lanes(node))
    while True:
        changed = sum(_spread_lanes(flat, node, lanes) for node in flat.nodes)
        if not changed and not _settle_one(flat, lanes):
            break
    for node in flat.nodes:
        for port, source in node.sources:
            _check_width(flat, node, port, source, lanes)
        _check_step(node, lanes[node.index])
    return tuple(lanes)


def _check_step(node: FlatNode, lanes: dict[str, int]) -> None:
    """Refuse a block whose kind of step cannot serve its ports: a mistake of its author."""
    block, ports = node.block, node.block.ports
    if block.constant or block.external:
        return
    if block.vector:
        for port, source in zip(ports.inputs, node.inputs, strict=True):
            if port.lanes and not isinstance(source, Source):
                raise WiringError(
                    f"{node.name}.{port.name} is unconnected",
                    where=(node.place,),
                    mend="wire it: a step on arrays can be given no default for lanes",
                )
        return
    mapped = max(
        (p.size(lanes) or 1 for p in (*ports.inputs, *ports.outputs, *ports.state)), default=1
    )
    single_result = len(ports.outputs) == 1 and not ports.state
    if block.reduces and not single_result:
        raise StepError(
            f"{node.name} adds up over lanes, but its ports are {ports!r}",
            where=(node.place,),
            mend="give a block that reduces one output and no state",
        )
    kept = () if block.reduces else (*ports.outputs, *ports.state)
    for port in (*ports.inputs, *kept, *ports.coefficients):
        width = port.size(lanes) or 1
        if width != mapped and (width > 1 or port in kept):
            raise StepError(
                f"the step of {node.name} is called for {mapped} lanes, "
                f"but its port {port!r} has {width}",
                where=(node.place,),
                mend="give all ports of a lane step the same letter, or write a step on arrays "
                "with vector = True",
            )


def _attribute_lanes(node: FlatNode) -> dict[str, int]:
    """Lane names that are whole-number attributes of the block, such as ``order``."""
    block = node.block
    names = {name for port in block.ports if port.lanes for name in lane_names(port.lanes)}
    given = {name: getattr(block, name, None) for name in names if not name.isupper()}
    return {name: int(value) for name, value in given.items() if isinstance(value, int)}


def _spread_lanes(flat: FlatGraph, node: FlatNode, lanes: list[dict[str, int]]) -> bool:
    known = lanes[node.index]
    fixed = node.block.lanes()
    changed = False
    widths: dict[str, list[int | None]] = {}
    for port, source in node.sources:
        if port.lanes.isidentifier() and port.lanes not in fixed:
            width = flat.port(source).size(lanes[source.node])
            widths.setdefault(port.lanes, []).append(width)
    for letter, found in widths.items():
        numbers = [width for width in found if width is not None]
        # A single lane fits any number, so it settles the letter only when all have spoken.
        if letter not in known and (max(numbers, default=1) > 1 or len(numbers) == len(found)):
            known[letter] = max(numbers)
            changed = True
    return changed


def _settle_one(flat: FlatGraph, lanes: list[dict[str, int]]) -> bool:
    for node in flat.nodes:
        ports = node.block.ports
        for port in (*ports.inputs, *ports.outputs):
            for name in sorted(lane_names(port.lanes)) if port.lanes else ():
                if name not in lanes[node.index]:
                    lanes[node.index][name] = 1
                    return True
    return False


def _check_width(
    flat: FlatGraph, node: FlatNode, port: Port, source: Source, lanes: list[dict[str, int]]
) -> None:
    brings = flat.port(source).size(lanes[source.node])
    takes = port.size(lanes[node.index])
    if brings == takes or (brings == 1 and port.lanes and not node.block.vector):
        return
    what = "a single value" if not port.lanes else f"{takes} lanes"
    others = [
        f"{flat.nodes[s.node].place}"
        for p, s in node.sources
        if p.lanes == port.lanes and flat.port(s).size(lanes[s.node]) == takes
    ]
    raise LanesError(
        f"{node.name}.{port.name} takes {what}, but {flat.label(source)} brings {brings}",
        where=(*others[:1], flat.nodes[source.node].place, node.place),
        mend=_mend_lanes(port, brings),
    )


def _mend_lanes(port: Port, brings: int | None) -> str:
    if not port.lanes:
        return f"add up the {brings} lanes with Sum, or pick one with Select"
    return "make both ends equally wide, or bring a single lane, which fits any number"
