"""The runner: a compiled graph with its state."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import require, require_integer, require_positive
from hgedsp.compile.layout import Memory, read_slot, side_by_side, write_slot
from hgedsp.compile.program import Program, compile_checked
from hgedsp.compile.windows import WindowPlan
from hgedsp.errors import ParameterError, PathError
from hgedsp.graph.flat import Source
from hgedsp.graph.graph import Graph, use_compiler
from hgedsp.run.border import Origin, all_finite, as_inputs
from hgedsp.run.checked import compile_with_checks, find_blame
from hgedsp.run.loop import run
from hgedsp.run.measure import make_report
from hgedsp.run.parameters import Parameters, Place, States
from hgedsp.run.record import Change, Record
from hgedsp.run.report import Report
from hgedsp.run.room import OutputRoom
from hgedsp.run.window_states import Held
from hgedsp.run.windows import Windows
from hgedsp.trace import Trace

Outputs = dict[str, npt.NDArray[Any]]
_DTYPES = ("float64", "float32")
Mark = tuple[int, Outputs, Held]  # a sample, and the states before it


def compile_graph(
    graph: Graph,
    *,
    probes: Mapping[str, int] | None = None,
    fastmath: bool = True,
    interpret: bool = False,
    windows: bool = True,
    checked: bool = False,
    dtype: str = "float64",
) -> Kernel:
    """Compile a graph into a kernel that is ready to run.

    Parameters
    ----------
    graph : Graph
    probes : mapping of str to int, optional
        More wires to return, as ``{"mixer.product": 100}``: every 100th tick of that wire.
    fastmath : bool
        Round products and sums once, add up lanes in eight sums, and work out beforehand what a
        late value meets in a feedback loop. The results differ from the interpreter's by rounding,
        and are the same bits on every machine; without it they are the interpreter's.
    interpret : bool
        Do what the graph says in plain Python: slow, for checking and for debuggers.

    windows : bool
        Work out whole windows at once where nothing is fed back and all outputs come once per
        window: the same numbers but for rounding, many times faster. `Kernel.windows` tells.
    checked : bool
        Check at every tick that all wires are finite, that no state is NaN, and that no step
        leaves an array: slower, for finding what goes wrong.
    dtype : {"float64", "float32"}
        Type of all samples, states and coefficients; whole numbers stay int64. In float32 a large
        device model takes half the time, since half the bytes have to pass by; a small loop gains
        nothing. Every operation is off by up to 6e-8 of its result, a reference of a tone by up to
        1e-5. A state takes in nothing smaller than 6e-8 of itself: a parameter of 1 V stands still
        at updates of less than 60 nV a sample, so take a larger learning rate, or update per
        epoch. Nothing is worked out in windows.

    Returns
    -------
    Kernel

    Raises
    ------
    StepError
        If the step of a block cannot be compiled.
    ParameterError
        If there is no such dtype.
    """
    return Kernel(graph, dict(probes or {}), fastmath, interpret, windows, checked, dtype=dtype)


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
        self,
        graph: Graph,
        probes: Mapping[str, int],
        fastmath: bool,
        interpret: bool,
        windows: bool,
        checked: bool,
        compiler: Callable[..., Program] | None = None,
        dtype: str = "float64",
    ) -> None:
        require(
            dtype in _DTYPES,
            f"no graph is compiled to {dtype!r}",
            f"take one of {', '.join(_DTYPES)}",
        )
        self.graph = graph
        self._compile = compiler or (compile_with_checks if checked else compile_checked)
        self._options: dict[str, Any] = {"fastmath": fastmath, "interpret": interpret}
        if dtype != "float64":
            self._options["dtype"] = dtype
        self._programs: dict[tuple[tuple[str, int], ...], Program] = {}
        self._probes = dict(probes)
        self._apart: frozenset[Place] = frozenset()
        program = self._program(self._probes)
        self._arrays = side_by_side(program.memory.initial)
        self._room = OutputRoom()
        # Whether parameters or states were set since somebody looked.
        self._touched = False
        self.sample = 0
        self._windows = Windows(self, windows and not checked and dtype == "float64")
        self.parameters = Parameters(
            graph.checked,
            program.memory,
            self._arrays,
            self._log,
            self._take_apart,
            lambda divisor: self.sample // divisor,
            self._changing,
        )
        self.states = States(
            graph.checked,
            program.memory,
            self._arrays,
            self._windows.states.now,
            self._changing,
        )
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

    @property
    def windows(self) -> WindowPlan | str:
        """What is worked out in whole windows, or why nothing is."""
        return self._windows.plan(self._probes)

    def report(self, measure: bool = True, *, rate: float | None = None) -> Report:
        """Find out what the kernel is made of, how fast it is, and where the time goes.

        Parameters
        ----------
        measure : bool
            Measure the speed of the whole, and the time of every block alone and in place. That
            takes some seconds, since small kernels have to be compiled for it. Inputs are fed with
            random samples; the kernel is left as it was.
        rate : float
            Rate to keep up with, Hz; the sample rate of the graph if left out.

        Returns
        -------
        Report
            To be printed, or read by its attributes.

        Raises
        ------
        SampleError
            If random samples drive the graph to values that are not finite.
        """
        if rate is not None:
            require_positive("report", "Hz", rate=rate)
        return make_report(self, measure=measure, rate=rate)

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
            return self._advance_alone(program, probes, n, arrays)

    def _advance_alone(
        self,
        program: Program,
        probes: Mapping[str, int],
        n: int,
        arrays: list[npt.NDArray[Any]],
    ) -> Outputs:
        mark = self._mark()
        try:
            outputs = self._windows.advance(program, probes, n, arrays)
            seen = "" if self._windows.is_sound else self._not_finite(outputs)
            if seen:
                self._go_back(mark)
                self._windows.states.settle()
                raise find_blame(
                    self.graph.checked,
                    self._arrays,
                    self.sample,
                    n,
                    arrays,
                    seen,
                    apart=self._apart,
                    **self._options,
                )
        except BaseException:
            # Ctrl-C too: states that have moved on without the count of samples fit no clock.
            self._go_back(mark)
            raise
        self.sample += n
        return {
            name: values[:, 0] if values.shape[1] == 1 else values
            for name, values in outputs.items()
        }

    def _changing(self) -> None:
        """Get ready for a state or a parameter that is about to be set."""
        self._touched = True
        self._windows.changing()

    def _compile_anew(self) -> None:
        """Compile again what is run from now on; the compiler has learnt something."""
        self._programs = {}

    def _not_finite(self, outputs: Outputs) -> str:
        """Name an output that is not finite, or a state that has become NaN; else nothing."""
        for name, values in outputs.items():
            if not all_finite(values):
                return f"output {name}"
        # A state may be infinite by intention; a NaN, once in, never leaves it.
        if np.isnan(self._arrays["F"]).any():
            nodes = self.graph.nodes
            return next(
                f"state {nodes[node].name}.{name}"
                for (node, name), slot in self._program(self._probes).memory.state.items()
                if np.isnan(read_slot(self._arrays, slot)).any()
            )
        return ""

    def _mark(self) -> Mark:
        """Note all that a chunk changes."""
        states = {name: self._arrays[name].copy() for name in "FI"}
        return self.sample, states, self._windows.states.held()

    def _go_back(self, mark: Mark) -> None:
        self.sample, states, held = mark
        for name, array in states.items():
            self._arrays[name][:] = array
        self._windows.states.take_back(held)

    # State --------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Go back to sample 0 with the initial state. Parameters that were set stay set."""
        self._touched = True
        self._windows.reset()
        self.parameters.write_initial_states()
        self.sample = 0

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that is needed to go on from here later, bit for bit."""
        kept = self._windows.states.saved()
        saved = {name: self._arrays[name].copy() for name in "FICJ"}
        return {
            **saved,
            **kept,
            "sample": np.array(self.sample),
            "parameters": np.array(self.parameters.changed_text()),
            "layout": np.array(self._layout()),
            "apart": np.array(sorted(f"{node} {name}" for node, name in self._apart), dtype=str),
        }

    def load_state(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from a saved state of the same graph.

        Raises
        ------
        ParameterError
            If it was saved by a graph with another layout.
        """
        self._windows.states.settle()
        names = (str(text).split() for text in state.get("apart", ()))
        before, arrays = self._apart, {name: a.copy() for name, a in self._arrays.items()}
        self._keep_apart(frozenset((int(node), name) for node, name in names))
        if str(state.get("layout")) != self._layout():
            self._keep_apart(before)
            self._arrays.update(arrays)
            raise ParameterError(
                "the saved state belongs to another graph",
                mend="load it into a kernel of the graph that saved it",
            )
        for name in "FICJ":
            self._arrays[name][:] = state[name]
        self.parameters.adopt_text(str(state["parameters"]))
        self.sample = int(state["sample"])
        self._touched = True
        self._windows.load(state)

    def _layout(self) -> str:
        memory, checked = self._program(self._probes).memory, self.graph.checked
        places = {**memory.state, **memory.coefficient}
        lines = [f"{memory.names[node]}.{name} {slot!r}" for (node, name), slot in places.items()]
        # Clocks are part of the emitted text, not of the saved arrays, so they have to agree.
        more = [repr(checked), repr(checked.flat), f"{checked.sample_rate!r}", memory.dtype]
        text = "\n".join([*lines, *more])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _take_apart(self, places: frozenset[Place]) -> Memory:
        """Keep coefficients lane by lane that were one number for all lanes until now."""
        self._keep_apart(self._apart | places)
        return self._program(self._probes).memory

    def _keep_apart(self, places: frozenset[Place]) -> None:
        if places == self._apart:
            return
        old, before, programs = self._program(self._probes).memory, self._apart, self._programs
        self._apart, self._programs = places, {}
        try:
            new = self._program(self._probes).memory
        except BaseException:
            # Ctrl-C too: arrays and programs have to fit each other.
            self._apart, self._programs = before, programs
            raise
        arrays = side_by_side(new.initial)
        for kept, places_now in ((old.state, new.state), (old.coefficient, new.coefficient)):
            for key, slot in kept.items():
                values = read_slot(self._arrays, slot)
                write_slot(arrays, places_now[key], values[: places_now[key].size])
        self._arrays.update(arrays)
        self.parameters.move(new)
        self.states.move(new)

    def _log(self, name: str, value: Any) -> None:
        self.changes.append(Change(self.sample, name, value))

    def _program(self, probes: Mapping[str, int]) -> Program:
        key = tuple(sorted(probes.items()))
        if key not in self._programs:
            for name, every in probes.items():
                require_integer(f"probe {name}", 1, every=every)
            self._programs[key] = self._compile(
                self.graph.checked, self._ends(probes), probes, apart=self._apart, **self._options
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
        how = "" if isinstance(self.windows, str) else f", in windows of {self.windows.window}"
        how += f", in {self._options['dtype']}" if "dtype" in self._options else ""
        return f"<Kernel of {self.graph.name} at sample {self.sample}{how}>"


use_compiler(compile_graph)
