"""Many runs, each in a kernel of its own."""

from __future__ import annotations

import dataclasses
import threading
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hgedsp.compile.layout import aligned
from hgedsp.compile.program import Program
from hgedsp.run.border import Origin
from hgedsp.run.kernel import Kernel, Outputs
from hgedsp.run.many_inputs import Inputs, naming, of_run
from hgedsp.run.pool import in_threads


class SharedCompiler:
    """Compiles once what many kernels run; each gets memory of its own for wires.

    Parameters
    ----------
    compile_one : callable
        What compiles a checked graph into a program.

    Attributes
    ----------
    more : dict of str to object
        Options for it besides those of the kernels.
    """

    def __init__(self, compile_one: Callable[..., Program]) -> None:
        self._compile = compile_one
        self.more: dict[str, Any] = {}
        self._made: dict[Any, Program] = {}
        self._turn = threading.Lock()

    def __call__(
        self, checked: Any, ends: Mapping[str, Any], every: Mapping[str, int], **options: Any
    ) -> Program:
        options |= self.more
        key = tuple(ends.items()), tuple(sorted(every.items())), tuple(sorted(options.items()))
        with self._turn:
            if key not in self._made:
                self._made[key] = self._compile(checked, ends, every, **options)
        program = self._made[key]
        if isinstance(program.built.function, types.FunctionType):
            # The interpreter remembers wires in itself.
            return self._compile(checked, ends, every, **options)
        wires = {name: aligned(program.memory.initial[name]) for name in "WV"}
        memory = dataclasses.replace(program.memory, initial={**program.memory.initial, **wires})
        return dataclasses.replace(program, memory=memory)


class Alone:
    """Runs that are worked through one by one, in several threads.

    Parameters
    ----------
    kernels : list of Kernel
    threads : int
    """

    how = "each run in a kernel of its own"

    def __init__(self, kernels: list[Kernel], threads: int) -> None:
        self.kernels = kernels
        self._threads = threads

    def advance(
        self, inputs: Inputs, probes: Mapping[str, int], origins: Mapping[str, Origin]
    ) -> Outputs:
        """Process a chunk of all runs; return outputs with an axis of runs first."""
        marks = [kernel._mark() for kernel in self.kernels]

        def work(run: int) -> Outputs:
            with naming(run):
                return self.kernels[run]._advance(of_run(inputs, run), probes, origins)

        try:
            made = in_threads(work, range(len(self.kernels)), self._threads)
        except BaseException:
            # All or none: runs that went on alone would be at another sample.
            for kernel, mark in zip(self.kernels, marks, strict=True):
                kernel._go_back(mark)
            raise
        return {name: np.stack([outputs[name] for outputs in made]) for name in made[0]}
