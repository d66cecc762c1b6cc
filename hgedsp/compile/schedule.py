"""Schedule: one order of all work in a tick, in groups that share a loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.ports import Port


@dataclass(frozen=True)
class Tick:
    """When something happens: at base samples whose index modulo `period` is `phase`."""

    period: int = 1
    phase: int = 0

    def among(self, start: int, n: int) -> range:
        """Return at which of the samples start .. start + n - 1 it happens."""
        return range(start + (self.phase - start) % self.period, start + n, self.period)

    def __repr__(self) -> str:
        return "always" if self.period == 1 else f"{self.phase} of {self.period}"


@dataclass(frozen=True)
class Task:
    """One step of one node, its refresh, or the storing of one output (`output` is its name)."""

    node: int
    tick: Tick
    lanes: int
    vector: bool
    reads: tuple[Source, ...]
    output: str = ""
    refresh: bool = False


@dataclass(frozen=True)
class Group:
    """Tasks that share one loop over lanes, or one call of a vector step."""

    tick: Tick
    lanes: int
    vector: bool
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Plan:
    """All groups of a tick in order.

    Attributes
    ----------
    groups : tuple of Group
    late : tuple of Source
        Registered wires with a reader that comes after the step that overwrites them: they are
        copied at the start of the tick.
    ends : dict of str to Source
        What each output stores.
    every : dict of str to Tick
        When each output is stored.
    loops : frozenset of int
        Nodes that are part of a feedback loop.
    """

    checked: CheckedGraph
    groups: tuple[Group, ...]
    late: tuple[Source, ...]
    ends: Mapping[str, Source]
    every: Mapping[str, Tick]
    loops: frozenset[int] = frozenset()

    def only(self, nodes: frozenset[int]) -> Plan:
        """Return the part of the plan that runs these nodes and stores the outputs."""
        groups = []
        for group in self.groups:
            tasks = tuple(task for task in group.tasks if task.output or task.node in nodes)
            if tasks:
                groups.append(replace(group, tasks=tasks))
        late = tuple(source for source in self.late if source.node in nodes)
        return replace(self, groups=tuple(groups), late=late)

    def __repr__(self) -> str:
        flat = self.checked.flat
        lines = []
        for group in self.groups:
            names = [_title(flat.nodes[task.node].name, task) for task in group.tasks]
            kind = "vector" if group.vector else f"x{group.lanes}"
            lines.append(f"{group.tick!r} {kind}: {', '.join(names)}")
        lines += [f"late: {flat.label(source)}" for source in self.late]
        return "\n".join(lines)


def _title(name: str, task: Task) -> str:
    return f"-> {task.output}" if task.output else name + " refreshed" * task.refresh


def schedule(checked: CheckedGraph, ends: Mapping[str, Source], every: Mapping[str, int]) -> Plan:
    """Order the work of one tick.

    A task comes after those that make what it reads, and where possible before the step that
    overwrites a registered output it reads. Tasks of the same lanes and clock are taken in a row,
    so that they share a loop and their wires stay in registers.

    Parameters
    ----------
    ends : mapping of str to Source
        Outputs and probes.
    every : mapping of str to int
        Ticks of the wire per stored value; 1 where left out.
    """
    steps = {task.node: task for task in _steps(checked)}
    stores = [_store(checked, name, end, every.get(name, 1)) for name, end in ends.items()]
    # Steps come first, by themselves: what is stored must not change how anything is computed.
    made = list(_Order(checked, list(steps.values())).groups())
    groups = (*_with_stores(checked, made, stores), *_refreshes(checked))
    position = {
        id(task): i for i, task in enumerate(task for group in groups for task in group.tasks)
    }
    late = {
        source: None
        for group in groups
        for task in group.tasks
        for source in task.reads
        if checked.flat.is_registered(source)
        and _is_late(task, source, position[id(steps[source.node])], position[id(task)])
    }
    ticks = {task.output: task.tick for task in stores}
    resolved = {name: see_through_hold(checked, end) for name, end in ends.items()}
    return Plan(checked, groups, tuple(late), resolved, ticks, _in_loops(checked))


def _with_stores(checked: CheckedGraph, made: list[Group], stores: list[Task]) -> Iterator[Group]:
    """Put each store where its wire has just been made; what is registered, before all else."""
    flat = checked.flat
    home = {task.node: number for number, group in enumerate(made) for task in group.tasks}
    places: dict[int, list[Task]] = {}
    for task in stores:
        (source,) = task.reads
        is_there = flat.is_registered(source) or source.node not in home
        places.setdefault(-1 if is_there else home[source.node], []).append(task)
    yield from _stored(places.get(-1, []))
    for number, group in enumerate(made):
        here = places.get(number, [])
        sums = {task.node for task in group.tasks if flat.nodes[task.node].block.reduces}
        inside = [
            task
            for task in here
            if (task.tick, task.lanes) == (group.tick, group.lanes)
            and not group.vector
            and not (task.node in sums and group.lanes > 1)
        ]
        yield replace(group, tasks=(*group.tasks, *inside))
        yield from _stored([task for task in here if task not in inside])


def _stored(stores: list[Task]) -> Iterator[Group]:
    together: dict[tuple[Tick, int], list[Task]] = {}
    for task in stores:
        together.setdefault((task.tick, task.lanes), []).append(task)
    for (tick, lanes), tasks in together.items():
        yield Group(tick, lanes, False, tuple(tasks))


def _in_loops(checked: CheckedGraph) -> frozenset[int]:
    """The nodes that, one way or the other, wait for what they gave in an earlier tick."""
    nodes = checked.flat.nodes
    pairs = [(source.node, node.index) for node in nodes for _, source in node.sources]
    if not pairs:
        return frozenset()
    ones, (rows, columns) = np.ones(len(pairs)), np.transpose(pairs)
    wires = csr_array((ones, (rows, columns)), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(wires, connection="strong")
    sizes = np.bincount(labels)
    return frozenset(int(node) for node in np.flatnonzero(sizes[labels] > 1))


def _is_late(task: Task, source: Source, written: int, read: int) -> bool:
    """Whether a registered wire is overwritten before the task has read it."""
    if task.node == source.node and not task.output:
        # A step on arrays may write its state before it has read all of its input.
        return task.vector
    return written < read


def see_through_hold(checked: CheckedGraph, source: Source) -> Source:
    """Return the registered wire behind a hold, if there is one.

    A registered output keeps its value between the ticks of its clock by itself; read directly,
    it shows an update on the very next base sample.
    """
    node = checked.flat.nodes[source.node]
    if node.block.interpolation > 1:
        (behind,) = (see_through_hold(checked, s) for _, s in node.sources)
        same_width = checked.width(behind) == checked.width(source)
        if checked.flat.is_registered(behind) and same_width:
            return behind
    return source


def inputs_of(checked: CheckedGraph, node: FlatNode) -> list[tuple[Port, Source | float]]:
    """Return the inputs of a node with what they read in truth."""
    return [
        (port, see_through_hold(checked, source) if isinstance(source, Source) else source)
        for port, source in zip(node.block.ports.inputs, node.inputs, strict=True)
    ]


def is_stored_by_hold(checked: CheckedGraph, source: Source) -> bool:
    """Whether the wire is the state of a hold, read after the hold has run."""
    return checked.flat.nodes[source.node].block.interpolation > 1


def task_lanes(checked: CheckedGraph, node: int) -> int:
    """Return over how many lanes the step of a node is mapped."""
    ports = checked.flat.nodes[node].block.ports
    widths = [checked.port_width(node, p) for p in (*ports.inputs, *ports.outputs, *ports.state)]
    return max(widths, default=1)


def _steps(checked: CheckedGraph) -> Iterator[Task]:
    for node in checked.flat.nodes:
        block = node.block
        if block.constant or block.external or _is_seen_through(checked, node.index):
            continue
        divisor = checked.divisor[node.index]
        lanes = 1 if block.vector else task_lanes(checked, node.index)
        reads = tuple(s for _, s in inputs_of(checked, node) if isinstance(s, Source))
        tick = Tick(divisor, divisor - 1)
        yield Task(node.index, tick, lanes, block.vector, reads)


def _refreshes(checked: CheckedGraph) -> Iterator[Group]:
    """What is put right at the end of a tick, when all have read it."""
    for node in checked.flat.nodes:
        if node.block.refresh_every:
            period = checked.divisor[node.index] * node.block.refresh_every
            tick, lanes = Tick(period, period - 1), task_lanes(checked, node.index)
            task = Task(node.index, tick, lanes, False, (), refresh=True)
            yield Group(tick, lanes, False, (task,))


def _is_seen_through(checked: CheckedGraph, node: int) -> bool:
    block = checked.flat.nodes[node].block
    if block.interpolation == 1:
        return False
    source = Source(node, block.ports.outputs[0].name)
    return see_through_hold(checked, source) != source


def _store(checked: CheckedGraph, name: str, end: Source, every: int) -> Task:
    divisor = checked.output_divisor[end.node]
    source = see_through_hold(checked, end)
    tick = Tick(divisor * every, divisor - 1)
    return Task(source.node, tick, checked.width(source), False, (source,), name)


class _Order:
    """Greedy list scheduling: always the first task, in order of creation, that may go."""

    def __init__(self, checked: CheckedGraph, tasks: list[Task]) -> None:
        self.checked = checked
        self.tasks = tasks
        # Per task, the nodes that still have to run before it; per node, the tasks that wait for
        # it, and those that still have to read a registered output of it.
        self.missing = [self._makers(task) for task in tasks]
        self.waiting: dict[int, list[int]] = {}
        self.readers: dict[int, set[int]] = {}
        for number, task in enumerate(tasks):
            for node in self.missing[number]:
                self.waiting.setdefault(node, []).append(number)
            for source in task.reads:
                if checked.flat.is_registered(source):
                    self.readers.setdefault(source.node, set()).add(number)
        self.ready = {number for number, makers in enumerate(self.missing) if not makers}

    def groups(self) -> Iterator[Group]:
        while self.ready:
            polite = [number for number in self.ready if not self._overwrites(number)]
            # Where two loops read each other's state, one of them must go first.
            first = self.tasks[min(polite or self.ready)]
            members = self._fill(min(polite or self.ready))
            yield Group(first.tick, first.lanes, first.vector, tuple(members))

    def _fill(self, first: int) -> list[Task]:
        members: list[Task] = []
        number: int | None = first
        while number is not None:
            members.append(self.tasks[number])
            self._take(number)
            number = None if members[0].vector else self._next(members)
        return members

    def _take(self, number: int) -> None:
        task = self.tasks[number]
        self.ready.remove(number)
        for source in task.reads:
            self.readers.get(source.node, set()).discard(number)
        for after in self.waiting.pop(task.node, []) if not task.output else ():
            self.missing[after].discard(task.node)
            if not self.missing[after]:
                self.ready.add(after)

    def _next(self, members: list[Task]) -> int | None:
        first = members[0]
        inside = {member.node for member in members if not member.output}
        candidates = (
            number
            for number in self.ready
            if (self.tasks[number].tick, self.tasks[number].lanes) == (first.tick, first.lanes)
            and not self.tasks[number].vector
            and not self._overwrites(number)
            and not self._needs_whole(self.tasks[number], inside)
        )
        return min(candidates, default=None)

    def _makers(self, task: Task) -> set[int]:
        """Nodes whose step has to run before the task; what is kept elsewhere needs none."""
        flat = self.checked.flat
        blocks = ((source, flat.nodes[source.node].block) for source in task.reads)
        return {
            source.node
            for source, block in blocks
            if not (block.constant or block.external or flat.is_registered(source))
        }

    def _overwrites(self, number: int) -> bool:
        """Whether the task changes a state that a pending task still has to read."""
        task = self.tasks[number]
        return not task.output and bool(self.readers.get(task.node, set()) - {number})

    def _needs_whole(self, task: Task, inside: set[int]) -> bool:
        """Whether the task reads a sum, or a scalar, that the loop itself is still making."""
        return any(
            source.node in inside
            and not self.checked.flat.is_registered(source)
            and (
                self.checked.flat.nodes[source.node].block.reduces
                or self.checked.width(source) != task.lanes
            )
            for source in task.reads
        )
