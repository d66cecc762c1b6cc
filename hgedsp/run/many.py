"""The runner of many independent copies of one graph."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import require_integer
from hgedsp.compile.program import Program
from hgedsp.errors import ParameterError, SampleError
from hgedsp.graph.graph import Graph, use_runs_compiler
from hgedsp.run.border import Origin
from hgedsp.run.kernel import Outputs
from hgedsp.run.loop import run
from hgedsp.run.many_chunks import Chunks, as_traces
from hgedsp.run.many_inputs import Inputs, refuse_uneven
from hgedsp.run.many_parameters import RunsParameters, RunsStates
from hgedsp.run.many_ways import Options, choose_way
from hgedsp.run.parameters import Parameters, States
from hgedsp.run.pool import usable_cores
from hgedsp.run.record import Change, Record
from hgedsp.trace import Trace


def compile_graph_for_runs(
    graph: Graph,
    *,
    runs: int,
    threads: int | None = None,
    probes: Mapping[str, int] | None = None,
    fastmath: bool = True,
    interpret: bool = False,
    windows: bool = True,
    checked: bool = False,
    dtype: str = "float64",
) -> Runs:
    """Compile a graph into so many runs of it; see `hgedsp.run.kernel.compile_graph`.

    Parameters
    ----------
    runs : int
        Independent copies of the graph.
    threads : int, optional
        Runs are parted among so many threads; as many as there are cores to use if left out.

    Raises
    ------
    ParameterError
        If `runs` or `threads` is not a whole number from 1.
    StepError
        If the step of a block cannot be compiled.
    """
    require_integer("compile", 1, runs=runs)
    threads = usable_cores() if threads is None else threads
    require_integer("compile", 1, threads=threads)
    options = Options(graph, dict(probes or {}), fastmath, interpret, windows, checked, dtype)
    return Runs(options, runs, threads)


class Runs:
    """Independent copies of one graph, worked through together. Made by `Graph.compile`.

    The results of each run are those of its kernel alone, bit for bit.

    Attributes
    ----------
    graph : Graph
    parameters : RunsParameters
        Parameters of all blocks by nested name: one value for all runs, or a `PerRun`.
    states : RunsStates
        State variables of all blocks by nested name, likewise.
    threads : int
        How many threads work at the same time.

    Examples
    --------
    >>> import numpy as np, hgedsp as hg
    >>> graph = hg.Graph(1000.0, {"y": hg.LowPass(0.01)(hg.Input("x"))})
    >>> runs = graph.compile(runs=3)
    >>> runs.parameters["low_pass.time_constant"] = hg.PerRun([0.01, 0.02, 0.05])
    >>> runs.process({"x": np.ones(100)})["y"].shape
    (3, 100)
    """

    def __init__(self, options: Options, runs: int, threads: int) -> None:
        self.graph = options.graph
        self.threads = threads
        self._probes = options.probes
        self._way = choose_way(options, runs, threads)
        self._kernels = self._way.kernels
        self.parameters = RunsParameters(self._kernels)
        self.states = RunsStates(self._kernels)
        # Compiled code lets other threads run, so two of them could be in the same state at once.
        self._turn = threading.Lock()

    def __len__(self) -> int:
        return len(self._kernels)

    def __getitem__(self, number: int) -> Run:
        kernel = self._kernels[number]
        return Run(range(len(self))[number], kernel.parameters, kernel.states, kernel.changes)

    def __iter__(self) -> Iterator[Run]:
        return (self[number] for number in range(len(self)))

    @property
    def sample(self) -> int:
        """Samples that each run has processed since the start or the last reset."""
        return self._kernels[0].sample

    @property
    def source(self) -> str:
        """The emitted Python text."""
        return self._kernels[0].source

    @property
    def cache_hit(self) -> bool:
        """Whether the machine code came from the cache."""
        return self._kernels[0].cache_hit

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs that `process` needs."""
        return self._kernels[0].input_names

    # Samples ------------------------------------------------------------------------------------

    def process(self, inputs: Inputs) -> Outputs:
        """Process one chunk of every run; the states go on to the next.

        Parameters
        ----------
        inputs : mapping of str to array or PerRun, or int
            Per input, samples for all runs of shape (N,) or (N, lanes), or a `PerRun` of such; for
            a graph without inputs, N itself.

        Returns
        -------
        dict of str to array
            Per output and probe, shape (runs, M) for one lane or (runs, M, lanes).

        Raises
        ------
        SampleError
            As `Kernel.process`; it names the run. All runs are then as they were before.
        """
        return self._advance(inputs, self._probes, {})

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
    ) -> list[Record]:
        """Process a whole source, or a time, in every run; see `Kernel.run`.

        Parameters
        ----------
        source : mapping of str to array, Trace or PerRun, or Trace
            Samples per input, for all runs or for each its own.

        Returns
        -------
        list of Record
            Outputs and probes of each run; after Ctrl-C, those up to there.

        Raises
        ------
        SampleError
            As `process`; its attribute `record` holds what each run had recorded before.
        """
        wanted = self._probes if probes is None else {**self._probes, **probes}
        chunks = Chunks(self, on_chunk)
        given: Any = chunks  # to the loop over chunks, a kernel
        try:
            record = run(
                given,
                as_traces(source, len(self)),
                wanted,
                seconds=seconds,
                samples=samples,
                progress=progress,
                chunk=chunk,
                on_chunk=None if on_chunk is None else chunks.tell,
            )
        except SampleError as error:
            error.record = error.record and chunks.records(error.record)
            raise
        return chunks.records(record)

    def _advance(
        self, inputs: Inputs, probes: Mapping[str, int], origins: Mapping[str, Origin]
    ) -> Outputs:
        if isinstance(inputs, Mapping):
            refuse_uneven(inputs, len(self))
        with self._turn:
            return self._way.advance(inputs, probes, origins)

    def _program(self, probes: Mapping[str, int]) -> Program:
        return self._kernels[0]._program(probes)

    # State --------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Go back to sample 0 with the initial states. Parameters that were set stay set."""
        for kernel in self._kernels:
            kernel.reset()

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that is needed to go on from here later, bit for bit."""
        saved = {
            f"run_{number}_{name}": array
            for number, kernel in enumerate(self._kernels)
            for name, array in kernel.state().items()
        }
        return {"runs": np.array(len(self)), **saved}

    def load_state(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from a saved state of as many runs of the same graph.

        Raises
        ------
        ParameterError
            If it was saved by another number of runs, or by a graph with another layout.
        """
        if int(state.get("runs", 1)) != len(self):
            raise ParameterError(
                f"the saved state is that of {int(state.get('runs', 1))} runs, not of {len(self)}",
                mend="compile the graph for as many runs as were saved",
            )
        for number, kernel in enumerate(self._kernels):
            head = f"run_{number}_"
            own = {n.removeprefix(head): a for n, a in state.items() if n.startswith(head)}
            kernel.load_state(own)

    def __repr__(self) -> str:
        return f"<{len(self)} runs of {self.graph.name} at sample {self.sample}, {self._way.how}>"


@dataclass(frozen=True)
class Run:
    """One of many runs: what can be read and set of it alone."""

    number: int
    parameters: Parameters
    states: States
    changes: list[Change]


use_runs_compiler(compile_graph_for_runs)
