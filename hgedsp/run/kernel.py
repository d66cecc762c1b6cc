"""The runner: a compiled graph with its state."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import require_integer
from hgedsp.compile.layout import aligned
from hgedsp.compile.program import Program, compile_checked
from hgedsp.errors import ParameterError, PathError
from hgedsp.graph.flat import Source
from hgedsp.graph.graph import Graph, use_compiler
from hgedsp.run.blame import find_blame
from hgedsp.run.border import Origin, as_inputs
from hgedsp.run.call import call
from hgedsp.run.loop import run
from hgedsp.run.parameters import Parameters, States
from hgedsp.run.record import Change, Record
from hgedsp.trace import Trace

Outputs = dict[str, npt.NDArray[Any]]


def compile_graph(
    graph: Graph,
    *,
    probes: Mapping[str, int] | None = None,
    fastmath: bool = True,
    interpret: bool = False,
) -> Kernel:
    """Compile a graph into a kernel that is ready to run.

    Parameters
    ----------
    graph : Graph
    probes : mapping of str to int, optional
        More wires to return, as ``{"mixer.product": 100}``: every 100th tick of that wire.
    fastmath : bool
        Allow fused multiply-add, and sums over lanes in another order. The results differ from
        the interpreter's by rounding; without it they are equal bit for bit.
    interpret : bool
        Run the same emitted source as plain Python: slow, for checking and for debuggers.

    Returns
    -------
    Kernel

    Raises
    ------
    StepError
        If the step of a block cannot be compiled.
    """
    return Kernel(graph, dict(probes or {}), fastmath, interpret)


class Kernel:
    """A compiled graph. Made by `Graph.compile`.

    Attributes
    ----------
    parameters : Parameters
        Parameters of all blocks by nested name, to read and to set between chunks.
    states : States
        State variables of all blocks by nested name.
    sample : int
        Samples processed since the start or the last reset.
    changes : list of Change
        Parameters that were set, with the sample from which on they held.
    """

    def __init__(
        self, graph: Graph, probes: Mapping[str, int], fastmath: bool, interpret: bool
    ) -> None:
        self.graph = graph
        self._options = {"fastmath": fastmath, "interpret": interpret}
        self._programs: dict[tuple[tuple[str, int], ...], Program] = {}
        self._probes = dict(probes)
        program = self._program(self._probes)
        self._arrays = {name: aligned(array) for name, array in program.memory.initial.items()}
        self.parameters = Parameters(graph.checked, program.memory, self._arrays, self._log)
        self.states = States(graph.checked, program.memory, self._arrays)
        self.sample = 0
        self.changes: list[Change] = []
        # Compiled code lets other threads run, so two of them could be in the same state at once.
        self._turn = threading.Lock()

    # What was compiled --------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The emitted Python text."""
        return self._program(self._probes).text.source

    @property
    def cache_hit(self) -> bool:
        """Whether the machine code came from the cache."""
        return self._program(self._probes).built.cache_hit

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs that `process` needs."""
        return self._program(self._probes).text.inputs

    # Samples ------------------------------------------------------------------------------------

    def process(self, inputs: Mapping[str, Any] | int) -> Outputs:
        """Process one chunk; the state goes on to the next.

        Parameters
        ----------
        inputs : mapping of str to array, or int
            Per input, samples of shape (N,) or (N, lanes); for a graph without inputs, N itself.

        Returns
        -------
        dict of str to array
            Per output and probe, shape (M,) for one lane or (M, lanes); M is the number of ticks
            of that wire in this chunk.

        Raises
        ------
        SampleError
            If an input is missing, has the wrong shape or holds a value that is not finite, or if
            an output would not be finite or a state NaN. The state is then what it was before.
        """
        return self._advance(inputs, self._probes)

    def run(
        self,
        source: Mapping[str, Any] | Trace | None = None,
        *,
        seconds: float | None = None,
        samples: int | None = None,
        probes: Mapping[str, int] | None = None,
        progress: bool = True,
        chunk: int | None = None,
        on_chunk: Callable[[Outputs], str | None] | None = None,
    ) -> Record:
        """Process a whole source, or a time, with a progress bar; Ctrl-C ends it cleanly.

        Parameters
        ----------
        source : mapping of str to array or Trace, or Trace
            Samples per input; a single trace will do where there is one input.
        seconds, samples : float, int
            How long to run; the whole source if left out.
        probes : mapping of str to int
            More wires to record, every n-th tick, for this run only.
        progress : bool
            Show a progress bar.
        chunk : int
            Samples per chunk; chosen by time if left out. The result does not depend on it.
        on_chunk : callable
            Called with the outputs of each chunk. It may set parameters; a text it returns is
            shown beside the bar, and a raised `StopIteration` ends the run.

        Returns
        -------
        Record
            Outputs and probes of this run; after Ctrl-C, those up to there.

        Raises
        ------
        SampleError
            As `process`; its attribute `record` holds what was recorded before.
        """
        wanted = self._probes if probes is None else {**self._probes, **probes}
        return run(
            self,
            source,
            wanted,
            seconds=seconds,
            samples=samples,
            progress=progress,
            chunk=chunk,
            on_chunk=on_chunk,
        )

    def _advance(
        self,
        inputs: Mapping[str, Any] | int,
        probes: Mapping[str, int],
        origins: Mapping[str, Origin] | None = None,
    ) -> Outputs:
        with self._turn:
            program = self._program(probes)
            n, arrays = as_inputs(program, inputs, self.sample, origins or {})
            return self._advance_alone(program, n, arrays)

    def _advance_alone(self, program: Program, n: int, arrays: list[npt.NDArray[Any]]) -> Outputs:
        before = {name: self._arrays[name].copy() for name in "FI"}
        try:
            outputs = call(program, self._arrays, self.sample, n, arrays)
            seen = self._not_finite(outputs)
            if seen:
                self._restore(before)
                raise find_blame(self.graph.checked, self._arrays, self.sample, n, arrays, seen)
        except BaseException:
            # Ctrl-C too: states that have moved on without the count of samples fit no clock.
            self._restore(before)
            raise
        self.sample += n
        return {
            name: values[:, 0] if values.shape[1] == 1 else values
            for name, values in outputs.items()
        }

    def _not_finite(self, outputs: Outputs) -> str:
        """Name an output that is not finite, or a state that has become NaN; else nothing."""
        for name, values in outputs.items():
            if not np.isfinite(values).all():
                return f"output {name}"
        # A state may be infinite by intention; a NaN, once in, never leaves it.
        if np.isnan(self._arrays["F"]).any():
            return next(
                f"state {name}" for name in self.states if np.isnan(self.states[name]).any()
            )
        return ""

    def _restore(self, before: Outputs) -> None:
        for name, array in before.items():
            self._arrays[name][:] = array

    # State --------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Go back to sample 0 with the initial state. Parameters that were set stay set."""
        self.parameters.write_initial_states()
        self.sample = 0

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that is needed to go on from here later, bit for bit."""
        saved = {name: self._arrays[name].copy() for name in "FICJ"}
        return {
            **saved,
            "sample": np.array(self.sample),
            "parameters": np.array(self.parameters.changed_text()),
            "layout": np.array(self._layout()),
        }

    def load_state(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from a saved state of the same graph.

        Raises
        ------
        ParameterError
            If it was saved by a graph with another layout.
        """
        if str(state.get("layout")) != self._layout():
            raise ParameterError(
                "the saved state belongs to another graph",
                mend="load it into a kernel of the graph that saved it",
            )
        for name in "FICJ":
            self._arrays[name][:] = state[name]
        self.parameters.adopt_text(str(state["parameters"]))
        self.sample = int(state["sample"])

    def _layout(self) -> str:
        memory, checked = self._program(self._probes).memory, self.graph.checked
        places = {**memory.state, **memory.coefficient}
        lines = [f"{memory.names[node]}.{name} {slot!r}" for (node, name), slot in places.items()]
        # Clocks are part of the emitted text, not of the saved arrays, so they have to agree.
        text = "\n".join([*lines, repr(checked), repr(checked.flat), f"{checked.sample_rate!r}"])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _log(self, name: str, value: Any) -> None:
        self.changes.append(Change(self.sample, name, value))

    def _program(self, probes: Mapping[str, int]) -> Program:
        key = tuple(sorted(probes.items()))
        if key not in self._programs:
            for name, every in probes.items():
                require_integer(f"probe {name}", 1, every=every)
            self._programs[key] = compile_checked(
                self.graph.checked, self._ends(probes), probes, **self._options
            )
        return self._programs[key]

    def _ends(self, probes: Mapping[str, int]) -> dict[str, Source]:
        ends = dict(self.graph.checked.flat.outputs)
        for name in probes:
            if name in ends:
                raise PathError(f"{name!r} is an output already", mend="probe another wire")
            ends[name] = self.graph.find(name)
        return ends

    def __repr__(self) -> str:
        return f"<Kernel of {self.graph.name} at sample {self.sample}>"


use_compiler(compile_graph)
