"""Merging: which steps of a plan become one function, and with what in mind."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hgedsp.compile.layout import IN_REGISTERS, TILE, Memory, register_shape, register_width
from hgedsp.compile.merge import Merged, Part, merge
from hgedsp.compile.names import Loop, Names
from hgedsp.compile.one_rounding import fuse_tree
from hgedsp.compile.rewrite import Straight
from hgedsp.compile.schedule import Group, Plan, Task, inputs_of, is_stored_by_hold
from hgedsp.compile.step_text import assembled, copied
from hgedsp.compile.variants import Chooser, Variant, compiled, step_call
from hgedsp.graph.flat import FlatNode, Source
from hgedsp.ports import Port

# A longer chain would be one function too large to compile in good time.
_MOST_STEPS = 40


@dataclass(frozen=True)
class MergedStep:
    """A merged function and the call of it.

    Attributes
    ----------
    arguments, results : tuple of str
        In terms of the kernel.
    ports : tuple of (int, Port)
        Node and port of each result.
    text : str
        The function for a person to read.
    """

    variant: Variant
    arguments: tuple[str, ...]
    results: tuple[str, ...]
    ports: tuple[tuple[int, Port], ...]
    text: str


@dataclass
class Mergers:
    """Puts the steps of feedback loops together, group by group."""

    plan: Plan
    names: Names
    chooser: Chooser
    made: list[MergedStep] = field(default_factory=list)
    by_group: dict[int, MergedStep] = field(default_factory=dict)

    @property
    def memory(self) -> Memory:
        return self.names.memory

    def node(self, task: Task) -> FlatNode:
        return self.plan.checked.flat.nodes[task.node]

    def fits(self, group: Group) -> bool:
        """Whether the steps of a group are better one function."""
        steps = [task for task in group.tasks if not task.output]
        return (
            self.chooser.fuse
            and not group.vector
            and group.tick.period == 1
            and 1 < len(steps) <= _MOST_STEPS
            and any(task.node in self.plan.loops for task in steps)
            and not any(task.refresh for task in steps)
            and all(self.straight(task) is not None for task in steps)
        )

    @cached_property
    def everywhere(self) -> dict[Source, int]:
        """Single numbers that are kept in every lane of a register, with the lanes they go to.

        What becomes of sums over lanes often goes back to the same lanes. Where it is worked out
        in registers all the way, it need not be taken out of one and spread over another.
        """
        found: dict[Source, int] = {}
        for group in self.plan.groups:
            steps = [task for task in group.tasks if not task.output]
            if group.lanes == 1 and self.fits(group) and self.is_plain(steps):
                sums = dict(self.sums_read(steps))
                if len({register_shape(lanes) for lanes in sums.values()}) == 1:
                    made = [
                        Source(t.node, p.name)
                        for t in steps
                        for p in step_call(self.node(t)).results
                    ]
                    found.update(sums)
                    found.update(dict.fromkeys(made, next(iter(sums.values()))))
        return found

    def is_plain(self, steps: list[Task]) -> bool:
        """Whether steps have neither state nor branches."""
        for task in steps:
            text = self.straight(task)
            assert text is not None, "steps that are merged have straight text"
            if self.node(task).block.ports.state or _branches(text):
                return False
        return True

    def sums_read(self, steps: list[Task]) -> Iterator[tuple[Source, int]]:
        """Sums over a few lanes among what steps read, with their lanes."""
        home = {task.node: group for group in self.plan.groups for task in group.tasks}
        for source in (source for task in steps for source in task.reads):
            group = home.get(source.node)
            reduces = self.plan.checked.flat.nodes[source.node].block.reduces
            if group and reduces and 1 < group.lanes <= IN_REGISTERS and self.fits(group):
                yield source, group.lanes

    def takes_register(self, task: Task, source: Source, loop: Loop) -> bool:
        """Whether a step may be given a single number in every lane of a register."""
        lanes = self.everywhere.get(source)
        if lanes is None:
            return False
        if loop.lanes == 1:
            return Source(task.node, self.node(task).block.ports.outputs[0].name) in self.everywhere
        text = self.straight(task)
        return (
            text is not None
            and register_shape(loop.lanes) == register_shape(lanes)
            and not _branches(text)
        )

    def straight(self, task: Task) -> Straight | None:
        """The straight text of a step, if it has one and every result differs between lanes."""
        text = self.chooser.straight(task)
        return None if text is None or (text.single and task.lanes > 1) else text

    def merge(self, group: Group, arguments: dict[Task, list[str]], loop: Loop) -> MergedStep:
        """Make one function of the steps of a group.

        Parameters
        ----------
        arguments : dict of Task to list of str
            What each step is called with, in terms of the kernel.
        """
        if id(group) in self.by_group:
            return self.by_group[id(group)]
        steps = list(arguments)
        space: dict[str, Any] = {}
        parts, keys = [], []
        ports: dict[str, tuple[int, Port]] = {}
        for task in steps:
            text = self.straight(task)
            assert text is not None, "only steps with straight text are merged"
            call = step_call(self.node(task))
            results = tuple(self.result(task, port, loop) for port in call.results)
            ports.update(zip(results, ((task.node, port) for port in call.results), strict=True))
            adds = self.is_term(task) and self.adds(loop)
            lanes = task.lanes if self.is_blanked(task) else 0
            part = Part(_renamed(text, space), tuple(arguments[task]), results, adds, lanes)
            parts.append(part)
            keys.append(self.chooser.key(task))
        number = len(self.made) + 1
        merged = merge(
            f"merged_{number}",
            parts,
            late=frozenset(self.late(steps, loop)),
            constant=frozenset(self.constants(steps, loop)),
            wanted=dict(self.wanted(steps, loop)),
            shorten=not loop.in_tiles,
            wide=frozenset(self.wide(steps)),
        )
        self.made.append(self.called(merged, space, keys, ports))
        self.by_group[id(group)] = self.made[-1]
        return self.made[-1]

    def called(
        self,
        merged: Merged,
        space: dict[str, Any],
        keys: list[str],
        ports: dict[str, tuple[int, Port]],
    ) -> MergedStep:
        fuse_tree(merged.tree)
        text = ast.dump(merged.tree)
        key = hashlib.sha256("\n".join([text, *keys]).encode()).hexdigest()
        function = self.chooser.keep(key, lambda: compiled(assembled(merged.tree, space)))
        variant = Variant(merged.tree.name, key, function, 0, "", False, frozenset())
        given = tuple(ports[result] for result in merged.results)
        readable = ast.unparse(merged.tree)
        return MergedStep(variant, merged.arguments, merged.results, given, readable)

    def result(self, task: Task, port: Port, loop: Loop) -> str:
        """What the kernel calls a result; of a sum over lanes, its terms so far or one of them."""
        name = self.names.local(task.node, port.name)
        if loop.lanes == 1 and Source(task.node, port.name) in self.everywhere:
            return everywhere_name(name)
        if not self.is_term(task):
            return name
        return name + ("__term" if loop.in_tiles and not self.adds(loop) else "__total")

    def is_term(self, task: Task) -> bool:
        """Whether a step gives a term of a sum over lanes."""
        return self.node(task).block.reduces and task.lanes > 1

    def is_blanked(self, task: Task) -> bool:
        """Whether a merged function itself makes zero what is no lane of a sum."""
        few = task.lanes <= IN_REGISTERS
        return self.is_term(task) and few and task.lanes != register_width(task.lanes)

    def adds(self, loop: Loop) -> bool:
        """Whether terms are added up tile by tile inside the function, all lanes being valid."""
        return loop.in_tiles and loop.valid == str(TILE)

    # What comes when ----------------------------------------------------------------------------

    def late(self, steps: list[Task], loop: Loop) -> Iterator[str]:
        """What comes last: what other groups have just made; else the states of the loop."""
        inside = {task.node for task in steps}
        wires = [
            source
            for task in steps
            for _, source in inputs_of(self.plan.checked, self.node(task))
            if isinstance(source, Source)
            and source.node in self.plan.loops
            and source.node not in inside
        ]
        made_now = [source for source in wires if not self.is_kept(source)]
        read = [
            source
            for task in steps
            for _, source in inputs_of(self.plan.checked, self.node(task))
            if isinstance(source, Source)
            and source.node in self.plan.loops
            and self.plan.checked.flat.is_registered(source)
        ]
        for source in made_now or read:
            name = self.names.read(source, Loop(loop.lanes, frozenset(inside), set(loop.loaded)))
            yield name
            yield everywhere_name(name)

    def is_kept(self, source: Source) -> bool:
        block = self.plan.checked.flat.nodes[source.node].block
        return (
            block.constant
            or block.external
            or self.plan.checked.flat.is_registered(source)
            or is_stored_by_hold(self.plan.checked, source)
        )

    def constants(self, steps: list[Task], loop: Loop) -> Iterator[str]:
        """What is the same for a whole chunk, and in a register of its own."""
        for task in steps:
            node = self.node(task)
            # Whether they are one number for all lanes, or lie in tiles, changes no bit.
            for port in node.block.ports.coefficients:
                yield self.names.local(node.index, port.name)
            for _, source in inputs_of(self.plan.checked, node):
                if isinstance(source, Source):
                    maker = self.plan.checked.flat.nodes[source.node]
                    slot_size = self.plan.checked.width(source)
                    if maker.block.constant and (slot_size == 1 or not loop.in_tiles):
                        yield self.names.local(source.node, source.port)

    def wide(self, steps: list[Task]) -> Iterator[str]:
        """States and coefficients of the steps that are a number per lane."""
        for places in (self.memory.state, self.memory.coefficient):
            for (node, name), slot in places.items():
                if slot.size > 1 and any(task.node == node for task in steps):
                    yield self.names.local(node, name)

    def wanted(self, steps: list[Task], loop: Loop) -> Iterator[tuple[str, bool]]:
        """Results that leave the group; those that are only stored leave no trace in the others."""
        inside = {task.node for task in steps}
        flat = self.plan.checked.flat
        read = {
            source
            for other in self.plan.groups
            for task in other.tasks
            for source in task.reads
            if not task.output and task.node not in inside
        }
        stored = {
            source
            for other in self.plan.groups
            for task in other.tasks
            for source in task.reads
            if task.output
        }
        for task in steps:
            node = flat.nodes[task.node]
            states = {port.name for port in node.block.ports.state}
            for port in step_call(node).results:
                source = Source(task.node, port.name)
                result = self.result(task, port, loop)
                if port.name in states or source in read or self.is_term(task):
                    yield result, True
                elif source in stored or source in self.memory.wire:
                    yield result, False


def everywhere_name(name: str) -> str:
    """What a single number is called that fills a register."""
    return f"{name}__all"


def _branches(text: Straight) -> bool:
    return any(isinstance(node, ast.If) for node in ast.walk(text.tree))


def _renamed(text: Straight, space: dict[str, Any]) -> ast.FunctionDef:
    """Let names from outside mean one thing only; `space` holds what they mean."""
    new: dict[str, str] = {}
    for name, value in text.names.items():
        mine, number = name, 1
        while mine in space and space[mine] is not value:
            number += 1
            mine = f"{name}__of_{number}"
        space[mine] = value
        new[name] = mine
    tree: ast.FunctionDef = copied(text.tree)
    local = {argument.arg for argument in tree.args.args}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in new and node.id not in local:
            node.id = new[node.id]
    return tree
