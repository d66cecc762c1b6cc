"""Across samples: two loops over many lanes that can pass through the cache together."""

from __future__ import annotations

from dataclasses import dataclass

from hgedsp.compile.layout import IN_REGISTERS
from hgedsp.compile.schedule import Group, Plan


@dataclass(frozen=True)
class Pair:
    """The first loop of a sample and the last one, which the first of the next may join."""

    first: Group
    last: Group


def across_samples(plan: Plan) -> Pair | None:
    """Return the pair of loops that may be taken in one pass, if there is one.

    The last loop of a sample makes the new parameters, and the first of the next one reads them:
    done tile by tile, the second finds them in registers. It must have no state of its own, read
    nothing that is not there at the end of the sample before, and store nothing by itself; and the
    last must leave no sums that others still have to read.
    """
    steps = [
        group
        for group in plan.groups
        if any(not task.output and not task.refresh for task in group.tasks)
    ]
    if len(steps) < 2 or plan.late:
        return None
    first, last = steps[0], steps[-1]
    together = (
        first.lanes == last.lanes > IN_REGISTERS
        and first.tick.period == last.tick.period == 1
        and not first.vector
        and not last.vector
    )
    nodes = plan.checked.flat.nodes
    sums = any(nodes[task.node].block.reduces for task in last.tasks if not task.output)
    return Pair(first, last) if together and not sums and _may_go_ahead(plan, first) else None


def _may_go_ahead(plan: Plan, group: Group) -> bool:
    inside = {task.node for task in group.tasks}
    flat = plan.checked.flat
    for task in group.tasks:
        block = flat.nodes[task.node].block
        if task.output or block.ports.state or block.decimation > 1 or block.interpolation > 1:
            return False
        for source in task.reads:
            maker = flat.nodes[source.node].block
            is_there = maker.constant or flat.is_registered(source)
            if not is_there and source.node not in inside:
                return False
    return True
