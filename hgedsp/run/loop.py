"""The loop over chunks: sources, progress, stopping."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm.auto import tqdm

from hgedsp.checks import IntArray, require_integer, require_positive
from hgedsp.errors import ParameterError, RateError, SampleError
from hgedsp.run.record import Change, Record
from hgedsp.trace import Trace
from hgedsp.units import format_rate

if TYPE_CHECKING:
    from hgedsp.run.kernel import Kernel

# A chunk is as long as its computation takes about this time: Ctrl-C and the bar feel immediate,
# and the cost of a chunk in Python does not show.
_CHUNK_SECONDS = 0.05
_FIRST_CHUNK = 1024
_LARGEST_CHUNK = 1 << 18


def run(
    kernel: Kernel,
    source: Mapping[str, Any] | Trace | None,
    probes: Mapping[str, int],
    *,
    seconds: float | None,
    samples: int | None,
    progress: bool,
    chunk: int | None,
    on_chunk: Callable[[dict[str, Any]], str | None] | None,
) -> Record:
    """Process a source chunk by chunk; see `Kernel.run`."""
    traces = _as_traces(kernel, source)
    total = _total(kernel, traces, seconds, samples)
    if chunk is not None:
        require_integer("run", 1, chunk=chunk)
    first, changes = kernel.sample, len(kernel.changes)
    collected: list[dict[str, Any]] = []

    def record(interrupted: bool = False) -> Record:
        done = kernel.sample - first
        made = tuple(kernel.changes[changes:])
        return _record(kernel, collected, probes, first, done, interrupted, made)

    size, done, stopped = chunk or _FIRST_CHUNK, 0, False
    bar = tqdm(total=total, unit="sample", unit_scale=True, disable=not progress)
    with bar, _interrupt_flag() as interrupted:
        while done < total and not interrupted and not stopped:
            n = min(size, total - done)
            began = time.perf_counter()
            try:
                origins = {name: (t.start + done, t.name) for name, t in traces.items()}
                collected.append(kernel._advance(_cut(traces, done, n), probes, origins))
            except SampleError as error:
                error.record = record()
                raise
            spent = time.perf_counter() - began
            done += n
            stopped = _tell(on_chunk, collected[-1], bar)
            bar.update(n)
            if chunk is None:
                size = _next_size(size, n, spent)
    return record(bool(interrupted))


def _record(
    kernel: Kernel,
    collected: list[dict[str, Any]],
    probes: Mapping[str, int],
    first: int,
    done: int,
    interrupted: bool,
    changes: tuple[Change, ...],
) -> Record:
    plan = kernel._program(probes).plan
    index = {name: _as_array(tick.among(first, done)) for name, tick in plan.every.items()}
    values = {name: _join(kernel, [c[name] for c in collected], name, probes) for name in plan.ends}
    rate = kernel.graph.sample_rate
    return Record(values, index, rate, done, interrupted, changes)


def _as_traces(kernel: Kernel, source: Mapping[str, Any] | Trace | None) -> dict[str, Trace]:
    names = kernel.input_names
    if source is None:
        source = {}
    if not isinstance(source, (Mapping, Trace)):
        raise _no_source(source)
    if isinstance(source, Trace):
        if len(names) != 1:
            raise SampleError(
                f"one trace for {len(names)} inputs: {', '.join(names) or 'none'}",
                mend='name them: run({"name": trace, ...})',
            )
        source = {names[0]: source}
    if set(source) != set(names):
        raise SampleError(
            f"samples for {', '.join(source) or 'nothing'}, "
            f"but the inputs are {', '.join(names) or 'none'}",
            mend="give samples for each input of the graph, by its name",
        )
    traces = {
        name: value if isinstance(value, Trace) else Trace(np.atleast_1d(value), name="")
        for name, value in source.items()
    }
    for name, trace in traces.items():
        rate = kernel.graph.sample_rate
        if trace.sample_rate is not None and abs(trace.sample_rate - rate) > 1e-9 * rate:
            raise RateError(
                f"input {name} runs at {format_rate(rate)}, "
                f"but the trace was recorded at {format_rate(trace.sample_rate)}",
                where=(trace.name,),
                mend=f"make the graph with sample_rate={trace.sample_rate:g}, or resample it",
            )
    return traces


def _no_source(given: object) -> ParameterError:
    if isinstance(given, (int, float, np.number)) and not isinstance(given, bool):
        mend = f"say what it counts: run(samples={given}), or run(seconds={given})"
    else:
        mend = 'name the input: run({"name": samples, ...}), or give a Trace'
    return ParameterError(
        f"run takes samples for the inputs, by name, got {_shown(given)}", mend=mend
    )


def _shown(value: object) -> str:
    return repr(value) if np.isscalar(value) else type(value).__name__


def _total(
    kernel: Kernel, traces: dict[str, Trace], seconds: float | None, samples: int | None
) -> int:
    lengths = [len(trace) for trace in traces.values()]
    if seconds is not None:
        require_positive("run", "s", seconds=seconds)
        samples = round(seconds * kernel.graph.sample_rate)
    if samples is None and not lengths:
        raise SampleError(
            "the graph has no inputs, so a run has no end of its own",
            mend="give seconds=... or samples=...",
        )
    if samples is not None:
        require_integer("run", 0, samples=samples)
        if lengths and samples > min(lengths):
            raise SampleError(
                f"{samples} samples asked for, but the source has {min(lengths)}",
                mend="ask for fewer, or leave samples and seconds out",
            )
        return samples
    if len(set(lengths)) > 1:
        listing = ", ".join(f"{name} has {len(trace)}" for name, trace in traces.items())
        raise SampleError(
            f"the inputs differ in length: {listing}", mend="give samples=... to say how far to go"
        )
    return lengths[0]


def _cut(traces: dict[str, Trace], start: int, n: int) -> dict[str, Any] | int:
    """The next n samples of every trace."""
    return {name: t.samples[start : start + n] for name, t in traces.items()} if traces else n


def _tell(
    on_chunk: Callable[[dict[str, Any]], str | None] | None, outputs: dict[str, Any], bar: Any
) -> bool:
    """Show a chunk to the user's function; return whether it wants to stop."""
    if on_chunk is None:
        return False
    try:
        text = on_chunk(outputs)
    except StopIteration:
        return True
    if text:
        bar.set_postfix_str(text, refresh=False)
    return False


def _next_size(size: int, n: int, spent: float) -> int:
    wanted = int(n * _CHUNK_SECONDS / max(spent, 1e-6))
    return max(1, min(2 * size, wanted, _LARGEST_CHUNK))


def _as_array(samples: range) -> IntArray:
    # Not np.array(range), which takes its numbers one by one.
    return np.arange(samples.start, samples.stop, samples.step)


def _join(kernel: Kernel, parts: list[Any], name: str, probes: Mapping[str, int]) -> Any:
    if parts:
        return np.concatenate(parts)
    program = kernel._program(probes)
    source, checked = program.plan.ends[name], program.plan.checked
    shape = (0, width) if (width := checked.width(source)) > 1 else 0
    return np.zeros(shape, dtype=program.memory.dtype_of(checked.port(source)))


@contextmanager
def _interrupt_flag() -> Iterator[list[bool]]:
    """Turn Ctrl-C into a flag that the loop reads between chunks; a second one is let through."""
    flag: list[bool] = []
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return

    def note(number: int, frame: Any) -> None:
        if flag:
            raise KeyboardInterrupt
        flag.append(True)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield flag
    finally:
        signal.signal(signal.SIGINT, before)
