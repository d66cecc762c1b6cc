"""Check: every wire gets its lanes, type and clock, and every loop a registered output."""

from __future__ import annotations

import math
from fractions import Fraction

from hgedsp.errors import (
    DtypeError,
    LanesError,
    LoopError,
    ParameterError,
    RateError,
    StepError,
    WiringError,
)
from hgedsp.graph.flat import CheckedGraph, FlatGraph, FlatNode, Source
from hgedsp.ports import Port, lane_names
from hgedsp.units import format_rate


def check(flat: FlatGraph, sample_rate: float) -> CheckedGraph:
    """Settle lanes, types and clocks of a flat graph, or say where two ends disagree.

    Raises
    ------
    DtypeError, LanesError, RateError, LoopError, ParameterError
    """
    _check_dtypes(flat)
    _check_loops(flat)
    lanes = _settle_lanes(flat)
    divisor, output_divisor = _settle_clocks(flat, sample_rate)
    checked = CheckedGraph(flat, lanes, divisor, output_divisor, sample_rate)
    for node in flat.nodes:
        _check_rate(node, checked.rate(node.index))
    return checked


def _check_rate(node: FlatNode, rate: float) -> None:
    try:
        node.block.check_rate(rate)
    except ParameterError as error:
        raise ParameterError(
            f"{node.name}: {error.what}", where=(node.place, *error.where), mend=error.mend
        ) from None


def _check_dtypes(flat: FlatGraph) -> None:
    for node in flat.nodes:
        for port, source in node.sources:
            brings = _output(flat, source).dtype
            # A number is converted on the way; an array would have to be copied.
            as_array = node.block.vector and bool(port.lanes)
            widens = brings == "int64" and port.dtype == "float64" and not as_array
            if brings != port.dtype and not widens:
                raise DtypeError(
                    f"{node.name}.{port.name} takes {port.dtype}, "
                    f"but {flat.label(source)} brings {brings}",
                    where=(flat.nodes[source.node].place, node.place),
                    mend="multiply the wire with 1.0, which makes it float64"
                    if port.dtype == "float64"
                    else f"wire an {port.dtype} output to {node.name}.{port.name}",
                )


# Lanes -------------------------------------------------------------------------------------------


def _settle_lanes(flat: FlatGraph) -> tuple[dict[str, int], ...]:
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
    ports = block.ports
    names = {
        name
        for group in (ports.inputs, ports.outputs, ports.state, ports.coefficients)
        for port in group
        if port.lanes
        for name in lane_names(port.lanes)
    }
    given = {name: getattr(block, name, None) for name in names if not name.isupper()}
    return {name: int(value) for name, value in given.items() if isinstance(value, int)}


def _spread_lanes(flat: FlatGraph, node: FlatNode, lanes: list[dict[str, int]]) -> bool:
    known = lanes[node.index]
    fixed = node.block.lanes()
    changed = False
    widths: dict[str, list[int | None]] = {}
    for port, source in node.sources:
        if port.lanes.isidentifier() and port.lanes not in fixed:
            width = _output(flat, source).size(lanes[source.node])
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
    brings = _output(flat, source).size(lanes[source.node])
    takes = port.size(lanes[node.index])
    if brings == takes or (brings == 1 and port.lanes and not node.block.vector):
        return
    what = "a single value" if not port.lanes else f"{takes} lanes"
    others = [
        f"{flat.nodes[s.node].place}"
        for p, s in node.sources
        if p.lanes == port.lanes and _output(flat, s).size(lanes[s.node]) == takes
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


# Clocks ------------------------------------------------------------------------------------------


def _settle_clocks(flat: FlatGraph, rate: float) -> tuple[tuple[int, ...], tuple[int, ...]]:
    divisor: list[int | None] = [None] * len(flat.nodes)
    output: list[int | None] = [None] * len(flat.nodes)
    while True:
        changed = sum(_spread_clock(flat, node, divisor, output, rate) for node in flat.nodes)
        if not changed:
            undecided = [node for node in flat.nodes if divisor[node.index] is None]
            if not undecided:
                break
            # A loop that nothing else feeds runs at the base rate where it is fastest.
            first = undecided[0]
            _set_clock(first, _slowness(flat, first, divisor), divisor, output, rate)
    for node in flat.nodes:
        _check_rates(flat, node, divisor, output, rate)
    return tuple(d or 1 for d in divisor), tuple(d or 1 for d in output)


def _slowness(flat: FlatGraph, first: FlatNode, divisor: list[int | None]) -> int:
    """Ticks of the fastest wire that `first` feeds, of unknown clock, per tick of `first`."""
    relative, fastest = {first.index: Fraction(1)}, Fraction(1)
    pending = [first.index]
    while pending:
        made_by = pending.pop()
        block = flat.nodes[made_by].block
        brings = relative[made_by] * block.decimation / block.interpolation
        fastest = min(fastest, brings)
        for node in flat.nodes:
            reads = any(source.node == made_by for _, source in node.sources)
            if reads and divisor[node.index] is None and node.index not in relative:
                relative[node.index] = brings
                pending.append(node.index)
    return math.ceil(1 / fastest)


def _spread_clock(
    flat: FlatGraph,
    node: FlatNode,
    divisor: list[int | None],
    output: list[int | None],
    rate: float,
) -> bool:
    if divisor[node.index] is not None:
        return False
    moving = [source for _, source in node.sources if not _constant(flat, source)]
    known = [output[source.node] for source in moving if output[source.node] is not None]
    if moving and not known:
        return False
    _set_clock(node, known[0] or 1 if known else 1, divisor, output, rate)
    return True


def _set_clock(
    node: FlatNode, ticks: int, divisor: list[int | None], output: list[int | None], rate: float
) -> None:
    block = node.block
    divisor[node.index] = ticks
    output[node.index] = ticks * block.decimation // block.interpolation
    if ticks % block.interpolation:
        raise RateError(
            f"{node.name} cannot hold a wire of {format_rate(rate / ticks)} for "
            f"{block.interpolation} samples",
            where=(node.place,),
            mend=f"hold for a number that divides {ticks}, the base samples per tick of its input",
        )


def _check_rates(
    flat: FlatGraph,
    node: FlatNode,
    divisor: list[int | None],
    output: list[int | None],
    rate: float,
) -> None:
    takes = divisor[node.index] or 1
    for port, source in node.sources:
        brings = output[source.node] or 1
        if brings == takes or _constant(flat, source):
            continue
        anchor = next(
            s for _, s in node.sources if output[s.node] == takes and not _constant(flat, s)
        )
        raise RateError(
            f"{node.name}.{port.name} runs at {format_rate(rate / takes)}, "
            f"but {flat.label(source)} brings {format_rate(rate / brings)}",
            where=(flat.nodes[source.node].place, flat.nodes[anchor.node].place, node.place),
            mend=_mend_rates(brings, takes),
        )


def _mend_rates(brings: int, takes: int) -> str:
    slow, fast = max(brings, takes), min(brings, takes)
    if slow % fast:
        return "bring both to a common rate with Decimate or Hold"
    factor, which = slow // fast, "" if brings > takes else "other "
    return (
        f"hold the {which}slow wire with Hold({factor}), "
        f"or thin out the fast one with Decimate({factor})"
    )


def _constant(flat: FlatGraph, source: Source) -> bool:
    return flat.nodes[source.node].block.constant


# Loops -------------------------------------------------------------------------------------------


def _check_loops(flat: FlatGraph) -> None:
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
    youngest = max(range(len(nodes)), key=lambda i: flat.nodes[nodes[(i + 1) % len(nodes)]].index)
    where = [
        f"{a} -> {b:<24} {flat.nodes[nodes[(i + 1) % len(nodes)]].node.wired_at}"
        for i, (a, b) in enumerate(hops)
    ]
    edge = " -> ".join(hops[youngest])
    return LoopError(
        f"algebraic loop: {' -> '.join(label for label, _ in hops)} -> {hops[0][0]}",
        where=where,
        mend=f"put Delay(1) into the loop, for example at {edge}, "
        f"or close it through a registered output (Delay, Integrator, an updater)",
    )


def _output(flat: FlatGraph, source: Source) -> Port:
    ports = flat.nodes[source.node].block.ports.outputs
    return next(port for port in ports if port.name == source.port)
