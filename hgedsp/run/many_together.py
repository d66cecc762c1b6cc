"""Many runs, eight at a time in the registers of one kernel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.compile.layout import Memory, side_by_side
from hgedsp.compile.program import Program
from hgedsp.compile.run_registers import RUNS
from hgedsp.compile.runs_program import same_tones
from hgedsp.run.border import Origin, as_inputs
from hgedsp.run.kernel import Kernel, Outputs
from hgedsp.run.many_alone import SharedCompiler
from hgedsp.run.many_inputs import Inputs, naming, of_run
from hgedsp.run.per_run import PerRun
from hgedsp.run.pool import in_threads
from hgedsp.run.room import OutputRoom

Array = npt.NDArray[Any]
Mark = dict[str, Array]  # states, by the name of their flat array

_ALL_SOUND = np.ones(RUNS, dtype=np.bool_)


@dataclass
class Group:
    """Up to eight runs with the same layout of memory, and their numbers side by side.

    Attributes
    ----------
    arrays : dict of str to array
        States and coefficients, each flat array with a second axis of eight runs. Where there are
        fewer runs, the last one fills the places that are left.
    """

    runs: tuple[int, ...]
    arrays: dict[str, Array]
    _wires: dict[int, list[Array]] = field(default_factory=dict)

    def wires(self, program: Program) -> list[Array]:
        """Memory for wires, of this group's own."""
        if id(program) not in self._wires:
            wide = {name: _beside([program.memory.initial[name]] * RUNS) for name in "WV"}
            placed = side_by_side(wide)
            self._wires[id(program)] = [placed[name] for name in "WV"]
        return self._wires[id(program)]

    def advance(self, program: Program, start: int, n: int, samples: list[Array]) -> None:
        """Process a chunk; `samples` are those of all inputs and room for those of all outputs."""
        flat = [self.arrays[name] for name in "FICJ"]
        program.built.function(n, start, *flat, *self.wires(program), *samples)

    def mark(self) -> Mark:
        """Note all that a chunk changes."""
        return {name: self.arrays[name].copy() for name in "FI"}

    def sound(self) -> Array:
        """Whether no state has become NaN, for each of eight runs."""
        # A state may be infinite by intention; a NaN, once in, never leaves it.
        states = self.arrays["F"]
        with np.errstate(invalid="ignore"):
            if not math.isnan(states.sum()):
                return _ALL_SOUND
        return np.logical_not(np.isnan(states).any(axis=0))

    def differing(self, memory: Memory, nodes: frozenset[int]) -> Iterator[int]:
        """Nodes of which states or coefficients are not the same for all eight runs."""
        for places in (memory.state, memory.coefficient):
            for (node, _), slot in places.items():
                if node in nodes:
                    numbers = self.arrays[slot.array][slot.places]
                    bits = numbers.view(np.uint8).reshape(-1, RUNS, numbers.itemsize)
                    if np.any(bits != bits[:, :1]):
                        yield node

    def fill(self) -> None:
        """Let the places that are left do what the last run does."""
        used = len(self.runs)
        for array in self.arrays.values() if used < RUNS else ():
            array[:, used:] = array[:, used - 1 : used]


class Together:
    """Runs that are worked through in groups of eight, several groups at a time.

    The states and coefficients of each kernel are a column of the arrays of its group, so what is
    set there is set here.

    Parameters
    ----------
    kernels : list of Kernel
        Their programs are those for eight runs.
    threads : int
    alone : callable
        Makes an ordinary kernel of the same graph: a run that fails is run again in it, to the same
        bits, to find what was the matter.
    compiler : SharedCompiler
        What compiled the programs. It takes tones for the same in all runs, until it is told which
        differ.
    """

    how = f"{RUNS} runs at a time in the registers of one kernel"

    def __init__(
        self,
        kernels: list[Kernel],
        threads: int,
        alone: Callable[[], Kernel],
        compiler: SharedCompiler,
    ) -> None:
        self.kernels = kernels
        self._threads = threads
        self._alone = alone
        self._compiler = compiler
        self._tones = same_tones(kernels[0].graph.checked)
        self._rooms = OutputRoom()
        self._groups: list[Group] = []
        # Of each run, its place among those of all groups, and what its kernel has of the arrays.
        self._places = [0] * len(kernels)
        self._columns: list[Array | None] = [None] * len(kernels)

    def advance(
        self, inputs: Inputs, probes: Mapping[str, int], origins: Mapping[str, Origin]
    ) -> Outputs:
        """Process a chunk of all runs; return outputs with an axis of runs first."""
        self._gather()
        self._part_tones()
        start, programs = self.kernels[0].sample, self._programs(probes)
        n, samples = self._samples(programs[0], inputs, start, origins)
        outputs = self._room(programs[0], start, n)
        marks: dict[int, Mark] = {}

        def work(number: int) -> Array:
            group, places = self._groups[number], slice(RUNS * number, RUNS * (number + 1))
            marks[number] = group.mark()
            given = [_for_group(arrays, group.runs) for arrays in samples]
            made = [array[:, :, places] for array in outputs.values()]
            group.advance(programs[number], start, n, [*given, *made])
            return group.sound()

        try:
            sound = np.concatenate(in_threads(work, range(len(self._groups)), self._threads))
            for array in outputs.values():
                sound &= (array[-1] == 0).all(axis=0)
            for run, place in enumerate(self._places):
                if not sound[place]:
                    self._go_back(marks)
                    self._blame(run, inputs, probes, origins)
        except BaseException:
            # Ctrl-C too: states that have moved on without the count of samples fit no clock.
            self._go_back(marks)
            raise
        for kernel in self.kernels:
            kernel.sample += n
        return {name: self._by_run(array) for name, array in outputs.items()}

    def _by_run(self, array: Array) -> Array:
        """Put an axis of runs first; in memory the runs stay side by side if they are in order."""
        in_order = self._places == list(range(len(self._places)))
        places = slice(len(self._places)) if in_order else self._places
        by_run: Array = array[:-1].transpose(2, 0, 1)[places]
        return by_run[:, :, 0] if by_run.shape[2] == 1 else by_run

    def _go_back(self, marks: dict[int, Mark]) -> None:
        for number, mark in marks.items():
            for name, array in mark.items():
                self._groups[number].arrays[name][:] = array

    def _blame(
        self, run: int, inputs: Inputs, probes: Mapping[str, int], origins: Mapping[str, Origin]
    ) -> None:
        kernel = self._alone()
        kernel.load_state(self.kernels[run].state())
        with naming(run):
            kernel._advance(of_run(inputs, run), probes, origins)
        raise AssertionError(f"run {run} fails in the registers of eight runs, but not alone")

    # Groups -------------------------------------------------------------------------------------

    def _gather(self) -> None:
        """Put runs together, unless they are. Those of one group share their layout of memory."""
        if all(k._arrays["F"] is c for k, c in zip(self.kernels, self._columns, strict=True)):
            for group in self._groups:
                group.fill()
            return
        by_layout: dict[Any, list[int]] = {}
        for run, kernel in enumerate(self.kernels):
            by_layout.setdefault(kernel._apart, []).append(run)
        parted = [
            tuple(runs[first : first + RUNS])
            for runs in by_layout.values()
            for first in range(0, len(runs), RUNS)
        ]
        self._groups = [self._group(number, runs) for number, runs in enumerate(parted)]

    def _group(self, number: int, runs: tuple[int, ...]) -> Group:
        kernels = [self.kernels[run] for run in runs]
        wide = {name: _beside([kernel._arrays[name] for kernel in kernels]) for name in "FICJ"}
        arrays = side_by_side(wide)
        for column, (run, kernel) in enumerate(zip(runs, kernels, strict=True)):
            kernel._arrays.update({name: array[:, column] for name, array in arrays.items()})
            self._columns[run] = kernel._arrays["F"]
            self._places[run] = RUNS * number + column
        return Group(runs, arrays)

    def _part_tones(self) -> None:
        """Compile anew where tones were set that are not the same for all runs."""
        if not any(kernel._touched for kernel in self.kernels):
            return
        differ: frozenset[int] = self._compiler.more.get("differ", frozenset())
        nodes, found = self._tones - differ, set[int]()
        for group in self._groups if nodes else ():
            kernel = self.kernels[group.runs[0]]
            found.update(group.differing(kernel._program(kernel._probes).memory, nodes))
        if found:
            self._compiler.more["differ"] = differ | found
            for kernel in self.kernels:
                kernel._compile_anew()
        for kernel in self.kernels:
            kernel._touched = False

    def _programs(self, probes: Mapping[str, int]) -> list[Program]:
        return [self.kernels[group.runs[0]]._program(probes) for group in self._groups]

    # Samples ------------------------------------------------------------------------------------

    def _room(self, program: Program, start: int, n: int) -> Outputs:
        """Make room for all outputs, with an axis of the runs of all groups behind the others.

        The last row is one more than there are ticks: there the kernel notes what is not finite.
        """
        outputs = {}
        for name, tick, width, dtype in program.stored:
            shape = len(tick.among(start, n)) + 1, width, RUNS * len(self._groups)
            # From a cache line on: whoever writes there writes whole lines.
            outputs[name] = self._rooms(shape, dtype)
            outputs[name][-1] = 0
        return outputs

    def _samples(
        self, program: Program, inputs: Inputs, start: int, origins: Mapping[str, Origin]
    ) -> tuple[int, list[list[Array]]]:
        """Return the number of samples, and per input one array for all runs or one for each."""
        each = isinstance(inputs, Mapping) and any(isinstance(v, PerRun) for v in inputs.values())
        if not each:
            n, shared = as_inputs(program, inputs, start, origins)
            return n, [[array] for array in shared]
        assert isinstance(inputs, Mapping)
        columns = []
        for run in range(len(self.kernels)):
            with naming(run):
                n, arrays = as_inputs(program, of_run(inputs, run), start, origins)
            columns.append(arrays)
        own = [isinstance(inputs[name], PerRun) for name in program.text.inputs]
        return n, [
            list(arrays) if is_own else [arrays[0]]
            for arrays, is_own in zip(zip(*columns, strict=True), own, strict=True)
        ]


def _for_group(arrays: list[Array], runs: tuple[int, ...]) -> Array:
    """Samples with an axis of runs behind the others: of eight, or of one if they are for all."""
    if len(arrays) == 1:
        return arrays[0][:, :, np.newaxis]
    return np.stack([arrays[run] for run in _filled(runs)], axis=2)


def _filled(runs: tuple[int, ...]) -> tuple[int, ...]:
    """The runs of a group, the last of them as often as it takes to make eight."""
    return runs + runs[-1:] * (RUNS - len(runs))


def _beside(arrays: list[Array]) -> Array:
    """Put the flat arrays of up to eight runs side by side: a second axis, of eight."""
    return np.stack(arrays + arrays[-1:] * (RUNS - len(arrays)), axis=1)
