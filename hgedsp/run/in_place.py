"""In place: what each block adds to the kernel it is part of.

Kernels of one block, of two, and so on are timed, each block coming after those it reads as far as
there are no loops. What a block adds to the kernel without it is its time in place, and all times
together are that of the whole kernel. Where a feedback loop makes each sample wait for the one
before, the block that closes it is charged with the waiting.

To keep it affordable, a stretch of blocks is parted only while it takes much of the time, and as
long as the seconds for compiling last; in a stretch that is left whole, blocks share its time by
what they take alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.compile.layout import IN_REGISTERS
from hgedsp.compile.program import Program, compile_checked
from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.ports import Ports
from hgedsp.run.alone import Whole
from hgedsp.run.stopwatch import Timed, nanoseconds
from hgedsp.run.watched import copied

_WORTH = 0.05  # share of the kernel's time from which on a stretch is parted


@dataclass(frozen=True)
class InPlace:
    """Time of a block in its kernel, ns per base sample; `shared` if only that of a stretch was
    measured."""

    ns: float
    shared: bool


@dataclass(frozen=True)
class _Stretch:
    """Blocks first .. last - 1 in the order of work, and the times of the kernels around them."""

    first: int
    last: int
    before: float
    after: float

    @property
    def ns(self) -> float:
        return self.after - self.before


def in_place(
    whole: Whole,
    program: Program,
    alone: Mapping[int, float],
    seconds: float,
) -> dict[int, InPlace]:
    """Return, per node, what it adds to the kernel.

    Parameters
    ----------
    program : Program
        The whole kernel.
    alone : mapping of int to float
        What each node takes alone, in the same unit.
    seconds : float
        For compiling and timing; a kernel that was begun is finished.
    """
    order = _makers_first(program)
    inputs = [whole.wires[source] for source in _outside(whole)]
    full = Timed(program, copied(whole.arrays), inputs)
    (total,) = nanoseconds([full])
    until = time.perf_counter() + seconds
    stretches = [_Stretch(0, len(order), 0.0, total)]
    while time.perf_counter() < until:
        parted = [s for s in stretches if s.last - s.first > 1 and s.ns > _WORTH * total]
        if not parted:
            break
        stretch = max(parted, key=lambda s: s.ns)
        cut = _middle(order, stretch, alone)
        timed = Timed(_until(whole, program, order[:cut]), copied(whole.arrays), inputs)
        part, again = nanoseconds([timed, full])
        # Taken in turns with the whole, so that a machine that is slower for a while does not show.
        at = part * total / again if again else part
        # A part can seem slower than the whole, since it stores what the rest of it would read.
        at = min(max(at, stretch.before), stretch.after)
        number = stretches.index(stretch)
        stretches[number : number + 1] = [
            _Stretch(stretch.first, cut, stretch.before, at),
            _Stretch(cut, stretch.last, at, stretch.after),
        ]
    return {node: value for s in stretches for node, value in _shares(order, s, alone).items()}


def _makers_first(program: Program) -> list[int]:
    """All nodes in the order of work, but what makes tones before those who hear them.

    A kernel with nothing in it that changes would be worked out once, and seem to take no time.
    """
    plan = program.plan
    nodes = plan.checked.flat.nodes
    tasks = [task for group in plan.groups for task in group.tasks if not task.output]
    left = list(dict.fromkeys(task.node for task in tasks))
    order: list[int] = []
    while left:
        missing = set(left)
        ready = [n for n in left if not missing & {s.node for _, s in nodes[n].sources} - {n}]
        # In a loop: the first of which all but what a state shows is there.
        follows = (n for n in left if not missing & set(_made_now(plan.checked, n)))
        order.append(ready[0] if ready else next(follows))
        left.remove(order[-1])
    return order


def _made_now(checked: CheckedGraph, node: int) -> Iterator[int]:
    """The nodes that a node waits for within a tick."""
    for _, source in checked.flat.nodes[node].sources:
        if not checked.flat.is_registered(source):
            yield source.node


def _outside(whole: Whole) -> list[Source]:
    nodes = whole.checked.flat.nodes
    return [Source(n.index, n.block.ports.outputs[0].name) for n in nodes if n.block.external]


def _middle(order: Sequence[int], stretch: _Stretch, alone: Mapping[int, float]) -> int:
    """Where to part a stretch: where the times alone are the same on both sides."""
    members = order[stretch.first : stretch.last]
    half, done = sum(alone[node] for node in members) / 2, 0.0
    for number, node in enumerate(members, stretch.first + 1):
        done += alone[node]
        if done >= half:
            return max(stretch.first + 1, min(number, stretch.last - 1))
    return stretch.first + 1


def _until(whole: Whole, program: Program, nodes: Sequence[int]) -> Program:
    """The kernel of some blocks, which keeps what others read of them."""
    kept = frozenset(nodes)
    flat = whole.checked.flat
    read = {
        source
        for node in flat.nodes
        if node.index not in kept
        for _, source in node.sources
        if source.node in kept and not flat.is_registered(source)
    }
    checked, ends = _listened_to(whole.checked, sorted(read, key=repr))
    every: dict[str, int] = {}
    for name, source in program.plan.ends.items():
        if source.node in kept:
            ends[f"> {name}"] = source
            divisor = checked.output_divisor[source.node]
            every[f"> {name}"] = program.plan.every[name].period // divisor
    added = range(len(flat.nodes), len(checked.flat.nodes))
    return compile_checked(checked, ends, every, only=kept.union(added), **whole.options)


@final
@dataclass(frozen=True, eq=False)
class Total(Block):
    """Add up lanes, so that a wire of many is listened to at little cost."""

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y")
    reduces: ClassVar[bool] = True

    @staticmethod
    def step(x: float) -> float:
        return x


def _listened_to(
    checked: CheckedGraph, sources: Sequence[Source]
) -> tuple[CheckedGraph, dict[str, Source]]:
    """Give each wire an end, or it would not be worked out at all."""
    nodes, lanes = list(checked.flat.nodes), list(checked.lanes)
    divisor, output = list(checked.divisor), list(checked.output_divisor)
    ends = {}
    for source in sources:
        end, width = source, checked.width(source)
        if width > IN_REGISTERS:
            total = Total(name=f"total of {len(nodes)}")
            end = Source(len(nodes), "y")
            nodes.append(FlatNode(end.node, total.name, total.node, (source,)))
            lanes.append({"K": width})
            divisor.append(checked.output_divisor[source.node])
            output.append(checked.output_divisor[source.node])
        ends[f"{source.node}.{source.port}"] = end
    flat = replace(checked.flat, nodes=tuple(nodes))
    made = CheckedGraph(flat, tuple(lanes), tuple(divisor), tuple(output), checked.sample_rate)
    return made, ends


def _shares(
    order: Sequence[int], stretch: _Stretch, alone: Mapping[int, float]
) -> dict[int, InPlace]:
    members = order[stretch.first : stretch.last]
    if len(members) == 1:
        return {members[0]: InPlace(stretch.ns, False)}
    total = sum(alone[node] for node in members)
    return {
        node: InPlace(stretch.ns * (alone[node] / total if total else 1 / len(members)), True)
        for node in members
    }
