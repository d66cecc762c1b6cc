"""The loop over chunks for many runs: what it takes for a kernel, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hgedsp.compile.program import Program
from hgedsp.errors import RateError
from hgedsp.run.border import Origin
from hgedsp.run.kernel import Outputs
from hgedsp.run.many_inputs import Inputs, refuse_uneven
from hgedsp.run.per_run import PerRun
from hgedsp.run.record import Change, Record
from hgedsp.trace import Trace
from hgedsp.units import format_rate

if TYPE_CHECKING:
    from hgedsp.run.many import Runs


class Chunks:
    """Many runs as the loop over chunks sees them; their outputs are kept here.

    Parameters
    ----------
    runs : Runs
    on_chunk : callable or None
        What the user wants to see each chunk.
    """

    def __init__(self, runs: Runs, on_chunk: Callable[[Outputs], str | None] | None) -> None:
        self._runs = runs
        self._on_chunk = on_chunk
        self._made: list[Outputs] = []
        self._changes = [len(one.changes) for one in runs]
        self.graph, self.input_names = runs.graph, runs.input_names
        self.changes: list[Change] = []

    @property
    def sample(self) -> int:
        """Samples processed so far."""
        return self._runs.sample

    def _program(self, probes: Mapping[str, int]) -> Program:
        return self._runs._program(probes)

    def _advance(
        self, inputs: Inputs, probes: Mapping[str, int], origins: Mapping[str, Origin]
    ) -> Outputs:
        self._made.append(self._runs._advance(inputs, probes, origins))
        return {name: np.zeros(0) for name in self._made[-1]}

    def tell(self, _: Outputs) -> str | None:
        """Show the user's function the last chunk, with all runs in it."""
        assert self._on_chunk is not None, "the loop is given nothing to call without it"
        return self._on_chunk(self._made[-1])

    def records(self, record: Record) -> list[Record]:
        """Return what each run has recorded, given what the loop has of all of them."""
        joined = {
            name: np.concatenate([chunk[name] for chunk in self._made], axis=1)
            for name in record
            if self._made
        }
        return [
            replace(
                record,
                arrays={name: values[one.number] for name, values in joined.items()}
                or record.arrays,
                changes=tuple(one.changes[self._changes[one.number] :]),
            )
            for one in self._runs
        ]


def as_traces(source: Mapping[str, Any] | Trace | None, runs: int) -> Any:
    """Let the samples of all runs be one trace, of which a cut is the cut of each run."""
    if not isinstance(source, Mapping):
        return source
    refuse_uneven(source, runs)
    return {n: _joint(n, v) if isinstance(v, PerRun) else v for n, v in source.items()}


def _joint(name: str, each: PerRun) -> Trace:
    traces = [v if isinstance(v, Trace) else Trace(np.atleast_1d(v), name="") for v in each]
    for run, trace in enumerate(traces):
        rate, first = trace.sample_rate, traces[0].sample_rate
        if rate is not None and first is not None and rate != first:
            raise RateError(
                f"run {run}: input {name} was recorded at {format_rate(rate)}, "
                f"but at {format_rate(first)} in run 0",
                where=(trace.name,) if trace.name else (),
                mend="resample one of them, or make two graphs",
            )
    rates = [trace.sample_rate for trace in traces if trace.sample_rate is not None]
    return Trace(_Joint(traces), next(iter(rates), None), name="")


class _Joint:
    """The samples of all runs, to be cut together."""

    def __init__(self, traces: list[Trace]) -> None:
        self._traces = traces

    @property
    def shape(self) -> tuple[int, ...]:
        """That of each run."""
        return tuple(self._traces[0].samples.shape)

    def __getitem__(self, cut: slice) -> PerRun:
        return PerRun(trace.samples[cut] for trace in self._traces)
