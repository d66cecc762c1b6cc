"""Variants: in which form the step of each node is compiled.

A step of plain numbers is called as it is where there is one lane. Over several lanes it is
rewritten for registers of them; where that cannot be, the numbers are taken out of the registers
and put back one by one. Calls of the same step in the same form share a name and machine code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba

from hgedsp.compile.fingerprint import fingerprint, plain
from hgedsp.compile.inline import StepCompiler
from hgedsp.compile.layout import Memory, register_shape, register_width
from hgedsp.compile.narrow import kind_of, narrowed
from hgedsp.compile.rewrite import Straight, fused, on_lanes, straight
from hgedsp.compile.schedule import Plan, Task, inputs_of
from hgedsp.compile.step_text import has_tree
from hgedsp.graph.flat import FlatNode, Source
from hgedsp.ports import Port

Function = Callable[..., Any]

# No wrapper for calls from Python, and always in line: less to compile, and array arguments are
# not handed over one field at a time. No fast-math: LLVM must not choose what is rounded.
STEP_OPTIONS: dict[str, Any] = {
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "nogil": True,
    "error_model": "numpy",
    "forceinline": True,
    "pipeline_class": StepCompiler,
}

# Compiled forms of steps in this process: graphs of the same blocks need not type them again.
_MADE: dict[str, tuple[Function, frozenset[int]]] = {}
_STRAIGHT: dict[str, Straight | None] = {}


@dataclass(frozen=True)
class Variant:
    """One form of a step.

    Attributes
    ----------
    name : str
        What the emitted text calls it.
    key : str
        A hash of what it does.
    function : callable
        To be compiled, or compiled already.
    width : int
        Lanes of the registers it takes; 0 if it takes plain numbers or arrays.
    shape : str
        The same with the lanes of a part, as `layout.register_shape` gives it.
    one_by_one : bool
        Whether it takes plain numbers that have to be taken out of registers.
    single : frozenset of int
        Results, by position, that are one number for all lanes.
    """

    name: str
    key: str
    function: Function
    width: int
    shape: str
    one_by_one: bool
    single: frozenset[int]


@dataclass(frozen=True)
class Call:
    """A call of a step: the ports of its arguments and of its results, in order."""

    arguments: tuple[Port, ...]
    results: tuple[Port, ...]

    def kinds(self, node: FlatNode) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What the arguments and the results are in a graph in float32."""
        arrays = {port for port in self.arguments if node.block.vector and port.lanes}
        arrays |= set(node.block.ports.state) if node.block.vector else set()
        return (
            tuple(kind_of(port.dtype, port in arrays) for port in self.arguments),
            tuple(kind_of(port.dtype, False) for port in self.results),
        )


def step_call(node: FlatNode) -> Call:
    """Return what the step of a node takes and gives; a vector step writes its outputs."""
    block, ports = node.block, node.block.ports
    made = [port for port in ports.outputs if port.name not in ports.registered]
    position = [Port("position", dtype="int64")] if block.decimation > 1 else []
    state = [port for port in ports.state if port.name not in block.rare]
    coefficients = [port for port in ports.coefficients if port.name not in block.rare]
    if block.vector:
        written = [port for port in made if port.lanes]
        given = (*ports.inputs, *position, *written, *state, *coefficients)
        return Call(given, tuple(port for port in made if not port.lanes))
    return Call((*ports.inputs, *position, *state, *coefficients), (*made, *state))


def refresh_call(node: FlatNode) -> Call:
    """Return what the `refresh` of a node takes and gives."""
    ports = node.block.ports
    return Call((*ports.state, *ports.coefficients), ports.state)


def narrowed_step(function: Function, node: FlatNode, refresh: bool) -> Function:
    """Return the step, or the refresh, of a node for a graph in float32."""
    call = refresh_call(node) if refresh else step_call(node)
    return narrowed(plain(function), *call.kinds(node))


def variants(chooser: Chooser) -> dict[Task, Variant]:
    """Choose a form for every step of a plan."""
    return {
        task: chooser.choose(task)
        for group in chooser.plan.groups
        for task in group.tasks
        if not task.output
    }


class Chooser:
    """Forms of the steps of a plan.

    Parameters
    ----------
    fuse : bool
        Round products and sums once, as `rewrite.fused` does.
    """

    def __init__(self, plan: Plan, memory: Memory, *, fuse: bool) -> None:
        self.plan, self.memory, self.fuse = plan, memory, fuse
        self.names: dict[str, str] = {}
        self.used: dict[str, int] = {}
        self.prints: dict[Function, str] = {}

    def function(self, task: Task) -> Function:
        """The function of a task as the block has it."""
        block = self.plan.checked.flat.nodes[task.node].block
        made: Function = (
            type(block).__dict__["refresh"].__func__ if task.refresh else (block.step_function)
        )
        if self.memory.dtype == "float64":
            return made
        return narrowed_step(made, self.plan.checked.flat.nodes[task.node], task.refresh)

    def key(self, task: Task) -> str:
        """A hash of what the function does, and how it is rounded."""
        function = self.function(task)
        if function not in self.prints:
            self.prints[function] = fingerprint(function)
        # Without its text a step is taken as it is, which makes another function of it.
        readable = " from its text" if has_tree(function) else ""
        return f"{self.prints[function]} {'fused' if self.fuse else ''}{readable}"

    def keep(self, key: str, make: Callable[[], Function]) -> Function:
        """Make a function once in this process."""
        return _made(key, lambda: (make(), frozenset()))[0]

    def straight(self, task: Task) -> Straight | None:
        """The text of a step without branches that lanes could take in different ways."""
        node, function = self.plan.checked.flat.nodes[task.node], self.function(task)
        if task.lanes == 1:
            code = plain(function).__code__
            shared = frozenset(code.co_varnames[: code.co_argcount])
        else:
            shared = self.shared(task, node, function)
        key = f"{self.key(task)} straight but {' '.join(sorted(shared))}"
        if key not in _STRAIGHT:
            _STRAIGHT[key] = straight(function, shared, compiled, fuse=self.fuse)
        return _STRAIGHT[key]

    def choose(self, task: Task) -> Variant:
        """The form in which a step is called by itself."""
        node, function = self.plan.checked.flat.nodes[task.node], self.function(task)
        mark = self.key(task)
        if task.vector or task.lanes == 1:
            mark += " on arrays" * task.vector
            made, single = _made(mark, lambda: (self.as_it_is(function, task.vector), frozenset()))
            return Variant(self.name(task, mark), mark, made, 0, "", False, single)
        width, shape = register_width(task.lanes), register_shape(task.lanes)
        shared = self.shared(task, node, function)
        key = f"{mark} lanes but {' '.join(sorted(shared))}"
        made, single = _made(key, lambda: self.for_lanes(function, shared))
        one_by_one = single == _NO_WAY
        if one_by_one:
            key = f"{mark} one by one {shape}"
            made, single = _made(mark, lambda: (self.as_it_is(function, False), frozenset()))
        return Variant(self.name(task, key), key, made, width, shape, one_by_one, single)

    def as_it_is(self, function: Function, arrays: bool) -> Function:
        return compiled(fused(function, compiled, arrays=arrays) if self.fuse else function)

    def for_lanes(
        self, function: Function, shared: frozenset[str]
    ) -> tuple[Function, frozenset[int]]:
        made = on_lanes(function, shared, compiled, fuse=self.fuse)
        return (function, _NO_WAY) if made is None else (compiled(made[0]), made[1])

    def shared(self, task: Task, node: FlatNode, function: Function) -> frozenset[str]:
        """Arguments that are one number for all lanes, by their names in the step."""
        call = refresh_call(node) if task.refresh else step_call(node)
        inputs = () if task.refresh else inputs_of(self.plan.checked, node)
        narrow = {
            port.name
            for port, source in inputs
            if not isinstance(source, Source) or self.plan.checked.width(source) == 1
        }
        for port in node.block.ports.coefficients:
            if self.memory.coefficient[node.index, port.name].size == 1:
                narrow.add(port.name)
        narrow.add("position")
        code = plain(function).__code__
        names = code.co_varnames[: code.co_argcount]
        ports = [port.name for port in call.arguments]
        return frozenset(n for n, port in zip(names, ports, strict=False) if port in narrow)

    def name(self, task: Task, key: str) -> str:
        if key not in self.names:
            kind = type(self.plan.checked.flat.nodes[task.node].block).__name__
            base = f"{'refresh' if task.refresh else 'step'}_{kind}"
            self.used[base] = self.used.get(base, 0) + 1
            self.names[key] = base + (f"_{self.used[base]}" if self.used[base] > 1 else "")
        return self.names[key]


_NO_WAY = frozenset((-1,))


def _made(
    key: str, make: Callable[[], tuple[Function, frozenset[int]]]
) -> tuple[Function, frozenset[int]]:
    if key not in _MADE:
        _MADE[key] = make()
    return _MADE[key]


def compiled(function: Function) -> Function:
    """Hand a function to numba, which compiles it with the kernel that calls it."""
    if hasattr(function, "py_func"):
        return function
    made: Function = numba.njit(**STEP_OPTIONS)(function)
    return made
