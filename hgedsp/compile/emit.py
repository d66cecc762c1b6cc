"""Emit: one Python function of plain loops that a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hgedsp.compile.layout import ARRAYS, Memory
from hgedsp.compile.names import Names, at
from hgedsp.compile.schedule import Group, Plan, Task, Tick, inputs_of
from hgedsp.compile.views import VIEW
from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.ports import Port
from hgedsp.units import format_rate

KERNEL = "kernel"


@dataclass(frozen=True)
class Text:
    """The emitted module.

    Attributes
    ----------
    source : str
        Python text with one function, `kernel`.
    inputs : tuple of str
        Names of the outside inputs, in order of the arguments.
    outputs : tuple of str
        Names of the outputs, in order of the arguments.
    steps : tuple of str
        Per node, the name its step is called by; empty for nodes without one.
    """

    source: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    steps: tuple[str, ...]


def emit(plan: Plan, memory: Memory, steps: tuple[str, ...]) -> Text:
    """Write the kernel of a plan.

    Parameters
    ----------
    steps : tuple of str
        Per node, the name under which its step function will be found.
    """
    writer = _Writer(plan, Names(plan, memory), steps)
    inputs = tuple(n.name for n in plan.checked.flat.nodes if n.block.external)
    outputs = tuple(plan.ends)
    arguments = [
        "n",
        "start",
        *ARRAYS,
        *(
            f"in_{memory.names[node.index]}"
            for node in plan.checked.flat.nodes
            if node.block.external
        ),
        *(f"out_{i}" for i in range(len(outputs))),
    ]
    rate = format_rate(plan.checked.sample_rate)
    writer.line(f'"""{len(plan.checked.flat.nodes)} blocks at {rate}; written by hgedsp."""')
    writer.line("")
    writer.line("")
    writer.line(f"def {KERNEL}({', '.join(arguments)}):")
    with writer.indented():
        writer.body()
    return Text("\n".join(writer.lines) + "\n", inputs, outputs, steps)


@dataclass
class _Writer:
    plan: Plan
    names: Names
    steps: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    depth: int = 0
    inside: frozenset[int] = frozenset()  # nodes of the loop that is being written

    # Text ---------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text if text else "")

    @contextmanager
    def indented(self) -> Iterator[None]:
        self.depth += 1
        yield
        self.depth -= 1

    @property
    def checked(self) -> CheckedGraph:
        return self.plan.checked

    def node(self, index: int) -> FlatNode:
        return self.checked.flat.nodes[index]

    # The whole ----------------------------------------------------------------------------------

    def body(self) -> None:
        self.before()
        self.line("for t in range(n):")
        with self.indented():
            self.latches()
            self.groups()
            self.clocks()
        self.after()

    def before(self) -> None:
        """Once per chunk: scalars into locals, views for vector steps, positions of clocks."""
        for node in self.checked.flat.nodes:
            for slot, name in self.names.hoisted(node):
                self.line(f"{name} = {slot.array}[{slot.offset}]")
            for slot, name in self.names.views(node):
                self.line(f"{name} = {VIEW}({slot.array}, {slot.offset}, {slot.size})")
        for period in self.periods():
            self.line(f"position_{period} = start % {period}")
        for tick in self.rows():
            self.line(f"{row_name(tick)} = 0")

    def after(self) -> None:
        """Once per chunk: scalar states back to memory."""
        for node in self.checked.flat.nodes:
            for slot, name in self.names.hoisted(node):
                if slot.array in "FI":
                    self.line(f"{slot.array}[{slot.offset}] = {name}")

    def latches(self) -> None:
        for source in self.plan.late:
            node, slot = self.node(source.node), self.names.memory.wire.get(source)
            self.line(f"# {node.name}.{source.port} as it was before this tick")
            if slot is None:
                self.line(
                    f"{self.names.latch(source)} = {self.names.local(source.node, source.port)}"
                )
                continue
            with self.loop(slot.size):
                state = self.names.memory.state[source.node, source.port]
                self.line(f"{at(slot)} = {self.names.state_text(source, state)}")

    def groups(self) -> None:
        previous: Tick | None = None
        for group in self.plan.groups:
            always = group.tick.period == 1
            if not always and group.tick != previous:
                self.line(f"if position_{group.tick.period} == {group.tick.phase}:")
            previous = group.tick
            if always:
                self.group(group)
            else:
                with self.indented():
                    self.group(group)

    def clocks(self) -> None:
        for tick in self.rows():
            self.line(f"if position_{tick.period} == {tick.phase}:")
            with self.indented():
                self.line(f"{row_name(tick)} += 1")
        for period in self.periods():
            self.line(f"position_{period} += 1")
            self.line(f"if position_{period} == {period}:")
            with self.indented():
                self.line(f"position_{period} = 0")

    # Groups -------------------------------------------------------------------------------------

    def group(self, group: Group) -> None:
        self.inside = frozenset(task.node for task in group.tasks if not task.output)
        if group.vector:
            self.vector_step(group.tasks[0])
            return
        sums = [task for task in group.tasks if self.sums(task)]
        for task in sums if group.lanes > 1 else ():
            for port in self.node(task.node).block.ports.outputs:
                self.line(f"{self.names.local(task.node, port.name)} = 0.0")
        with self.loop(group.lanes):
            for task in group.tasks:
                if task.output:
                    self.store(task)
                else:
                    self.lane_step(task, group)
        for task in sums if group.lanes > 1 else ():
            self.keep(task)

    @contextmanager
    def loop(self, lanes: int) -> Iterator[None]:
        if lanes == 1:
            yield
            return
        self.line(f"for k in range({lanes}):")
        with self.indented():
            yield

    def lane_step(self, task: Task, group: Group) -> None:
        node = self.node(task.node)
        self.line(f"# {node.name} ({type(node.block).__name__}), {node.node.location}")
        arguments = [
            self.names.read(source, self.inside) for _, source in inputs_of(self.checked, node)
        ]
        arguments += self.position(task)
        arguments += [self.names.state(node, port) for port in node.block.ports.state]
        arguments += [self.names.coefficient(node, port) for port in node.block.ports.coefficients]
        targets = [self.names.local(node.index, port.name) for port in unregistered(node)]
        targets += [self.names.state(node, port) for port in node.block.ports.state]
        call = f"{self.steps[node.index]}({', '.join(arguments)})"
        if self.sums(task) and group.lanes > 1:
            assert len(targets) == 1, "a block that sums has one output and no state"
            self.line(f"{targets[0]} += {call}")
            return
        self.line(f"{', '.join(targets)} = {call}")
        self.keep(task)

    def keep(self, task: Task) -> None:
        """Store outputs that another loop reads."""
        for port in unregistered(self.node(task.node)):
            slot = self.names.memory.wire.get(Source(task.node, port.name))
            if slot is not None:
                self.line(f"{at(slot)} = {self.names.local(task.node, port.name)}")

    def vector_step(self, task: Task) -> None:
        node = self.node(task.node)
        ports = node.block.ports
        self.line(f"# {node.name} ({type(node.block).__name__}), {node.node.location}")
        arguments = [
            self.names.read_array(source) if port.lanes else self.names.read(source, self.inside)
            for port, source in inputs_of(self.checked, node)
        ]
        arguments += self.position(task)
        written = [port for port in unregistered(node) if port.lanes]
        arguments += [self.names.view(Source(node.index, port.name)) for port in written]
        arguments += [self.names.local(node.index, port.name) for port in ports.state]
        arguments += [self.names.local(node.index, port.name) for port in ports.coefficients]
        returned = [self.names.local(node.index, p.name) for p in unregistered(node) if not p.lanes]
        call = f"{self.steps[node.index]}({', '.join(arguments)})"
        self.line(f"{', '.join(returned)} = {call}" if returned else call)
        for port in unregistered(node):
            slot = self.names.memory.wire.get(Source(node.index, port.name))
            if slot is not None and not port.lanes:
                self.line(f"{at(slot)} = {self.names.local(node.index, port.name)}")

    def store(self, task: Task) -> None:
        (source,) = task.reads
        number = list(self.plan.ends).index(task.output)
        lane = "k" if task.lanes > 1 else "0"
        self.line(
            f"out_{number}[{row_name(task.tick)}, {lane}] = {self.names.read(source, self.inside)}"
        )

    # Clocks -------------------------------------------------------------------------------------

    def position(self, task: Task) -> list[str]:
        """The place in its window, for a step that decimates."""
        decimation = self.node(task.node).block.decimation
        if decimation == 1:
            return []
        divisor = self.checked.divisor[task.node]
        name = f"position_{divisor * decimation}"
        return [name if divisor == 1 else f"{name} // {divisor}"]

    def sums(self, task: Task) -> bool:
        return not task.output and self.node(task.node).block.reduces

    def ticks(self) -> set[Tick]:
        return {group.tick for group in self.plan.groups}

    def rows(self) -> list[Tick]:
        ticks = {t.tick for g in self.plan.groups for t in g.tasks if t.output}
        return sorted(
            (tick for tick in ticks if tick.period > 1), key=lambda tick: (tick.period, tick.phase)
        )

    def periods(self) -> list[int]:
        periods = {tick.period for tick in self.ticks()}
        for group in self.plan.groups:
            for task in group.tasks:
                if not task.output:
                    divisor = self.checked.divisor[task.node]
                    periods.add(divisor * self.node(task.node).block.decimation)
        return sorted(periods - {1})


def unregistered(node: FlatNode) -> list[Port]:
    """Outputs that the step makes in this tick."""
    ports = node.block.ports
    return [port for port in ports.outputs if port.name not in ports.registered]


def row_name(tick: Tick) -> str:
    """The row of an output that is stored at `tick`."""
    return "t" if tick.period == 1 else f"row_{tick.period}_{tick.phase}"
