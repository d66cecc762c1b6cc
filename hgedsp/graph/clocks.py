"""Clocks: how many base samples each wire waits between two values."""

from __future__ import annotations

import math
from fractions import Fraction

from hgedsp.errors import RateError
from hgedsp.graph.flat import FlatGraph, FlatNode, Source
from hgedsp.units import format_rate


def settle_clocks(flat: FlatGraph, rate: float) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return, per node, the base samples per call of its step and per tick of its outputs."""
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
