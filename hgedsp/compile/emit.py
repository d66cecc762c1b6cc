"""Emit: one Python function of plain loops that a person can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from hgedsp.compile.across import Pair, across_samples
from hgedsp.compile.layout import ARRAYS, TILE, Memory, Slot, register_shape, register_width
from hgedsp.compile.merging import MergedStep, Mergers, everywhere_name
from hgedsp.compile.names import Loop, Names, place
from hgedsp.compile.schedule import Group, Plan, Task, Tick, inputs_of
from hgedsp.compile.variants import Call, Chooser, Variant, refresh_call, step_call
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
        Python text with the function `kernel`, and one for each step that takes the numbers out
        of registers one by one.
    inputs : tuple of str
        Names of the outside inputs, in order of the arguments.
    outputs : tuple of str
        Names of the outputs, in order of the arguments.
    steps : dict of Task to Variant
        The form of every step the text calls by itself.
    merged : tuple of MergedStep
        Functions made of several steps.
    """

    source: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    steps: Mapping[Task, Variant]
    merged: tuple[MergedStep, ...]


def emit(plan: Plan, memory: Memory, chooser: Chooser) -> Text:
    """Write the kernel of a plan.

    Unless products and sums are fused, lanes are added up one after the other, as the interpreter
    does, not eight sums at a time.
    """
    names = Names(plan, memory)
    mergers = Mergers(plan, names, chooser)
    alone = {
        task: chooser.choose(task)
        for group in plan.groups
        if not mergers.fits(group)
        for task in group.tasks
        if not task.output
    }
    writer = _Writer(plan, names, alone, mergers, not chooser.fuse)
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
    writer.one_by_one()
    writer.line("")
    writer.line("")
    writer.line(f"def {KERNEL}({', '.join(arguments)}):")
    with writer.indented():
        writer.body()
    title = f'"""{len(plan.checked.flat.nodes)} blocks at {rate}; written by hgedsp."""'
    merged = [line for made in mergers.made for line in ("", "", *made.text.splitlines())]
    source = "\n".join([title, *merged, *writer.lines]) + "\n"
    return Text(source, inputs, outputs, alone, tuple(mergers.made))


@dataclass
class _Writer:
    plan: Plan
    names: Names
    steps: Mapping[Task, Variant]
    mergers: Mergers
    in_order: bool
    lines: list[str] = field(default_factory=list)
    depth: int = 0

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

    # Steps that have no form for registers -------------------------------------------------------

    def one_by_one(self) -> None:
        """A function around each step that takes plain numbers only."""
        done: set[str] = set()
        for task, variant in self.steps.items():
            if variant.one_by_one and variant.name not in done:
                done.add(variant.name)
                node = self.node(task.node)
                self.each_lane(variant, refresh_call(node) if task.refresh else step_call(node))

    def each_lane(self, variant: Variant, call: Call) -> None:
        arguments = [port.name for port in call.arguments]
        results = [f"result_{i}" for i in range(len(call.results))]
        self.line("")
        self.line("")
        self.line(f"def {each_name(variant)}({', '.join(arguments)}):")
        with self.indented():
            for port, name in zip(call.results, results, strict=True):
                zero = "0" if port.dtype == "int64" else "0.0"
                self.line(f"{name} = spread({zero}, {variant.shape})")
            for number in range(variant.width):
                one = ", ".join(f"lane({name}, {number})" for name in arguments)
                new = [f"{name}_of_lane" for name in results]
                self.line(f"{', '.join(new)} = {variant.name}({one})")
                for name, value in zip(results, new, strict=True):
                    self.line(f"{name} = with_lane({name}, {number}, {value})")
            self.line(f"return {', '.join(results)}")

    # The whole ----------------------------------------------------------------------------------

    def body(self) -> None:
        self.before()
        if self.refreshes:
            self.stretches()
        else:
            self.stretch("n")
        self.after()

    def stretches(self) -> None:
        """The samples of a chunk, from one refresh to the next.

        A branch for it in every sample would cost more than that: what is in registers is put away
        where two ways part.
        """
        periods = list(dict.fromkeys(group.tick.period for group in self.refreshes))
        to_go = ", ".join(f"done + {period} - position_{period}" for period in periods)
        self.line("done = 0")
        self.line("while done < n:")
        with self.indented():
            self.line(f"stop = min(n, {to_go})")
            self.stretch("done, stop")
            for period in periods:
                if period not in self.periods():
                    self.line(f"position_{period} = (position_{period} + stop - done) % {period}")
            self.line("done = stop")
            for period in periods:
                self.line(f"if position_{period} == 0:")
                with self.indented():
                    for group in self.refreshes:
                        if group.tick.period == period:
                            self.group(group)

    def stretch(self, samples: str) -> None:
        pair = across_samples(self.plan)
        if pair:
            self.group(pair.first)
        self.line(f"for t in range({samples}):")
        with self.indented():
            self.latches()
            self.groups()
            self.clocks()

    def before(self) -> None:
        """Once per chunk: what fits a local variable, views for vector steps, places in clocks."""
        self.line("align_stack()")
        for node in self.checked.flat.nodes:
            for slot, name in self.names.hoisted(node):
                self.line(f"{name} = {_get(slot)}")
            for slot, name in self.names.views(node):
                self.line(f"{name} = {VIEW}({slot.array}, {slot.offset}, {slot.size})")
        refreshes = {group.tick.period for group in self.refreshes}
        for period in sorted({*self.periods(), *refreshes}):
            self.line(f"position_{period} = start % {period}")
        for tick in self.rows():
            self.line(f"{row_name(tick)} = 0")

    def after(self) -> None:
        """Once per chunk: states back to memory."""
        for node in self.checked.flat.nodes:
            for slot, name in self.names.hoisted(node):
                if slot.array in "FI":
                    self.line(_put(slot, str(slot.offset), name))

    def latches(self) -> None:
        for source in self.plan.late:
            node, slot = self.node(source.node), self.names.memory.wire.get(source)
            self.line(f"# {node.name}.{source.port} as it was before this tick")
            if slot is None:
                local = self.names.local(source.node, source.port)
                self.line(f"{self.names.latch(source)} = {local}")
                continue
            with self.loop(Loop(slot.size)) as loop:
                state = self.evaluated(self.names.state(node, source.port, loop), loop)
                self.line(_put(slot, place(slot, loop), state))

    def groups(self) -> None:
        pair = across_samples(self.plan)
        previous: Tick | None = None
        for group in self.plan.groups:
            if group in self.refreshes or (pair and group is pair.first):
                continue
            always = group.tick.period == 1
            if not always and group.tick != previous:
                self.line(f"if position_{group.tick.period} == {group.tick.phase}:")
            previous = group.tick
            if pair and group is pair.last:
                self.both(pair)
            elif always:
                self.group(group)
            else:
                with self.indented():
                    self.group(group)

    def both(self, pair: Pair) -> None:
        """The last loop of this sample and the first of the next, tile by tile in one pass.

        The first has no state, so it does no harm behind the last sample of a stretch. Behind it
        states may be put right, so that the next stretch begins with it once more.
        """
        sums, inside = self.begin_sums(pair.first), _inside(pair.last)
        with self.loop(Loop(pair.last.lanes, inside)) as loop:
            self.tasks(pair.last, loop)
            loop.inside = inside | _inside(pair.first)
            self.tasks(pair.first, loop)
        self.end_sums(sums, pair.first.lanes)

    @cached_property
    def refreshes(self) -> list[Group]:
        return [g for g in self.plan.groups if any(task.refresh for task in g.tasks)]

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
        if group.vector:
            self.vector_step(group.tasks[0])
            return
        sums = self.begin_sums(group)
        with self.loop(Loop(group.lanes, _inside(group))) as loop:
            self.tasks(group, loop)
        self.end_sums(sums, group.lanes)

    @contextmanager
    def loop(self, loop: Loop) -> Iterator[Loop]:
        if not loop.in_tiles:
            yield loop
            return
        self.line(f"for tile in range({-(-loop.lanes // TILE)}):")
        with self.indented():
            if loop.valid == "valid":
                self.line(f"valid = min({TILE}, {loop.lanes} - {TILE} * tile)")
            yield loop

    def tasks(self, group: Group, loop: Loop) -> None:
        if self.mergers.fits(group):
            self.merged(group, loop)
        for task in group.tasks:
            if not task.output and self.mergers.fits(group):
                continue
            if task.output:
                self.store(task, loop)
            elif task.refresh:
                self.refresh(task, loop)
            else:
                self.lane_step(task, loop)

    def evaluated(self, text: str, loop: Loop) -> str:
        """Write what an expression needs before it; return the expression."""
        for line in loop.pending:
            self.line(line)
        loop.pending.clear()
        return text

    def merged(self, group: Group, loop: Loop) -> None:
        """The steps of a group that is part of a feedback loop, as one."""
        arguments: dict[Task, list[str]] = {}
        for task in group.tasks:
            if not task.output:
                self.comment(task)
                arguments[task] = self.arguments(task, loop)
                self.in_registers(task, arguments[task], loop)
        made = self.mergers.merge(group, arguments, loop)
        self.evaluated("", loop)
        self.line(f"{', '.join(made.results)} = {made.variant.name}({', '.join(made.arguments)})")
        for name in made.results:
            if name.endswith(everywhere_name("")):
                self.line(f"{name.removesuffix(everywhere_name(''))} = lane({name}, 0)")
        for task in arguments:
            if self.mergers.is_term(task):
                (port,) = unregistered(self.node(task.node))
                result = self.mergers.result(task, port, loop)
                if result != self.total(task):
                    self.add(task, result, loop)
                continue
            self.keep_states(task, loop)
            self.keep(task, loop)

    def in_registers(self, task: Task, arguments: list[str], loop: Loop) -> None:
        """Take single numbers that fill a register from there."""
        for number, (_, source) in enumerate(inputs_of(self.checked, self.node(task.node))):
            if isinstance(source, Source) and self.mergers.takes_register(task, source, loop):
                arguments[number] = everywhere_name(arguments[number])

    def comment(self, task: Task) -> None:
        node = self.node(task.node)
        self.line(f"# {node.name} ({type(node.block).__name__}), {node.node.location}")

    def arguments(self, task: Task, loop: Loop) -> list[str]:
        node = self.node(task.node)
        inputs = [self.given(port, source, loop) for port, source in inputs_of(self.checked, node)]
        return [*inputs, *self.position(task), *self.kept(node, step_call(node), loop)]

    def given(self, port: Port, source: Source | float, loop: Loop) -> str:
        """A number for a port, in the type of the port."""
        if not isinstance(source, Source):
            return repr(int(source)) if port.dtype == "int64" else repr(source)
        text = self.names.read(source, loop)
        is_whole = self.checked.port(source).dtype == "int64" != port.dtype
        return f"fraction({text})" if is_whole else text

    def lane_step(self, task: Task, loop: Loop) -> None:
        self.comment(task)
        text = self.evaluated(self.called(task, self.arguments(task, loop)), loop)
        if self.sums(task) and loop.lanes > 1:
            variant = self.steps[task]
            single = 0 in variant.single
            self.add(task, f"spread({text}, {variant.shape})" if single else text, loop)
            return
        call = step_call(self.node(task.node))
        targets = [self.names.local(task.node, port.name) for port in call.results]
        self.line(f"{', '.join(targets)} = {text}")
        self.widened(task, targets)
        self.keep_states(task, loop)
        self.keep(task, loop)

    def kept(self, node: FlatNode, call: Call, loop: Loop) -> list[str]:
        """States and coefficients among the arguments of a call."""
        state = {port.name for port in node.block.ports.state}
        coefficient = {port.name: port for port in node.block.ports.coefficients}
        own = [p for p in call.arguments if p in (*node.block.ports.state, *coefficient.values())]
        return [
            self.names.state(node, port.name, loop)
            if port.name in state
            else self.names.coefficient(node, port, loop)
            for port in own
        ]

    def refresh(self, task: Task, loop: Loop) -> None:
        node, call = self.node(task.node), refresh_call(self.node(task.node))
        self.line(f"# {node.name} put right, {node.node.location}")
        text = self.called(task, self.kept(node, call, loop))
        self.evaluated(text, loop)
        targets = [self.names.local(node.index, port.name) for port in call.results]
        self.line(f"{', '.join(targets)} = {text}")
        self.widened(task, targets)
        self.keep_states(task, loop)

    def called(self, task: Task, arguments: list[str]) -> str:
        variant = self.steps[task]
        name = each_name(variant) if variant.one_by_one else variant.name
        return f"{name}({', '.join(arguments)})"

    def widened(self, task: Task, targets: list[str]) -> None:
        """Let results that are one number for all lanes fill a register."""
        variant = self.steps[task]
        for number in sorted(variant.single) if variant.width else ():
            name = targets[number]
            self.line(f"{name} = spread({name}, {variant.shape})")

    def keep_states(self, task: Task, loop: Loop) -> None:
        """Store new states that live in memory."""
        node = self.node(task.node)
        states = {port.name for port in node.block.ports.state}
        call = refresh_call(node) if task.refresh else step_call(node)
        for port in call.results:
            if port.name in states and not self.names.is_local(node.index, port.name):
                slot = self.names.memory.state[node.index, port.name]
                local = self.names.local(node.index, port.name)
                self.line(_put(slot, place(slot, loop), local))
                loop.loaded.add(local)

    def keep(self, task: Task, loop: Loop) -> None:
        """Store outputs that another loop, or a vector step, reads."""
        for port in unregistered(self.node(task.node)):
            slot = self.names.memory.wire.get(Source(task.node, port.name))
            if slot is not None:
                local = self.names.local(task.node, port.name)
                self.line(_put(slot, place(slot, loop), local))

    # Sums ---------------------------------------------------------------------------------------

    def begin_sums(self, group: Group) -> list[Task]:
        sums = [task for task in group.tasks if self.sums(task) and group.lanes > 1]
        for task in sums:
            if self.in_order:
                self.line(f"{self.total(task)} = {self.nothing(task)}")
            elif Loop(group.lanes).in_tiles:
                shape = register_shape(group.lanes)
                self.line(f"{self.total(task)} = spread({self.nothing(task)}, {shape})")
        return sums

    def add(self, task: Task, text: str, loop: Loop) -> None:
        """Take a term into the sum over lanes."""
        total = self.total(task)
        if self.in_order:
            self.line(f"{total} = ordered_sum({total}, {text}, {loop.valid})")
        elif loop.in_tiles:
            text = text if loop.valid == str(TILE) else f"first_lanes({text}, {loop.valid})"
            self.line(f"{total} = {total} + {text}")
        else:
            self.line(f"{total} = {text}")

    def end_sums(self, sums: list[Task], lanes: int) -> None:
        for task in sums:
            (port,) = unregistered(self.node(task.node))
            local, total = self.names.local(task.node, port.name), self.total(task)
            width = register_width(lanes)
            merged = task not in self.steps
            valid = width if merged and self.mergers.is_blanked(task) else min(lanes, width)
            if Source(task.node, port.name) in self.mergers.everywhere:
                everywhere = everywhere_name(local)
                self.line(f"{everywhere} = lane_sum_everywhere({total}, {valid})")
                self.line(f"{local} = lane({everywhere}, 0)")
            else:
                whole = total if self.in_order else f"lane_sum({total}, {valid})"
                self.line(f"{local} = {whole}")
            self.keep(task, Loop(1))

    def nothing(self, task: Task) -> str:
        (port,) = unregistered(self.node(task.node))
        return "0" if port.dtype == "int64" else "0.0"

    def total(self, task: Task) -> str:
        (port,) = unregistered(self.node(task.node))
        return self.names.local(task.node, port.name) + "__total"

    # Vector steps and outputs -------------------------------------------------------------------

    def vector_step(self, task: Task) -> None:
        node, loop = self.node(task.node), Loop(1)
        ports, index = node.block.ports, node.index
        self.line(f"# {node.name} ({type(node.block).__name__}), {node.node.location}")
        arguments = [
            self.names.read_array(source) if port.lanes else self.given(port, source, loop)
            for port, source in inputs_of(self.checked, node)
        ]
        arguments += self.position(task)
        written = [port for port in unregistered(node) if port.lanes]
        arguments += [self.names.view(Source(index, port.name)) for port in written]
        arguments += [self.names.local(index, port.name) for port in ports.state]
        arguments += [self.names.local(index, port.name) for port in ports.coefficients]
        returned = [self.names.local(index, p.name) for p in unregistered(node) if not p.lanes]
        text = self.called(task, arguments)
        self.line(f"{', '.join(returned)} = {text}" if returned else text)
        for port in unregistered(node):
            slot = self.names.memory.wire.get(Source(index, port.name))
            if slot is not None and not port.lanes:
                self.line(_put(slot, str(slot.offset), self.names.local(index, port.name)))

    def store(self, task: Task, loop: Loop) -> None:
        (source,) = task.reads
        number = list(self.plan.ends).index(task.output)
        value = self.evaluated(self.names.read(source, loop), loop)
        row = row_name(task.tick)
        if loop.lanes == 1:
            self.line(f"put_row(out_{number}, {row}, {value})")
            return
        self.line(f"store_row(out_{number}, {row}, {loop.first}, {value}, {loop.valid})")

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

    def rows(self) -> list[Tick]:
        ticks = {t.tick for g in self.plan.groups for t in g.tasks if t.output}
        return sorted(
            (tick for tick in ticks if tick.period > 1), key=lambda tick: (tick.period, tick.phase)
        )

    def periods(self) -> list[int]:
        """Of the clocks that are looked at in every sample."""
        periods = {group.tick.period for group in self.plan.groups if group not in self.refreshes}
        for group in self.plan.groups:
            for task in group.tasks:
                if not task.output:
                    divisor = self.checked.divisor[task.node]
                    periods.add(divisor * self.node(task.node).block.decimation)
        return sorted(periods - {1})


def each_name(variant: Variant) -> str:
    """The function that calls a step for one lane after the other."""
    return variant.name.replace("_", "_each_", 1)


def unregistered(node: FlatNode) -> list[Port]:
    """Outputs that the step makes in this tick."""
    ports = node.block.ports
    return [port for port in ports.outputs if port.name not in ports.registered]


def row_name(tick: Tick) -> str:
    """The row of an output that is stored at `tick`."""
    return "t" if tick.period == 1 else f"row_{tick.period}_{tick.phase}"


def _inside(group: Group) -> frozenset[int]:
    return frozenset(task.node for task in group.tasks if not task.output)


def _get(slot: Slot) -> str:
    if slot.size == 1:
        return f"number({slot.array}, {slot.offset})"
    return f"load({slot.array}, {slot.offset}, {register_shape(slot.size)})"


def _put(slot: Slot, place: str, value: str) -> str:
    if slot.size == 1:
        return f"put({slot.array}, {place}, {value})"
    return f"store({slot.array}, {place}, {value})"
