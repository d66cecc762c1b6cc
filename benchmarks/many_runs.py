"""Many independent closed loops of K = 7 at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from hgedsp.benchmarks.effort import Effort
from hgedsp.benchmarks.loop_peers import ours
from hgedsp.benchmarks.loop_setup import LoopSetup, cubic_loop
from hgedsp.benchmarks.machine import all_cores, cores
from hgedsp.benchmarks.native import aligned, call, load
from hgedsp.benchmarks.timing import OURS, Candidate, Result, collect, measure
from hgedsp.checks import FloatArray
from hgedsp.run.per_run import PerRun

NAME = "many_runs"
TITLE = "Many runs at once: closed loop, K = 7, 1st-order low-pass; time per sample of one run"
ALONE, THREADS = "hgedsp, one run", "hgedsp, 2 threads"
RUNS = (1, 8, 64)
_ANSWERED = 2000
# In the registers of one kernel, so that fewer give one thread something to do.
_TOGETHER = 8


def run(effort: Effort) -> Iterator[Result]:
    """Measure 1, 8 and 64 runs, on one core and on two."""
    for runs in effort.pick(RUNS, (1, 8)):
        yield _case(cubic_loop(7, 1), runs, effort)


def _case(setup: LoopSetup, runs: int, effort: Effort) -> Result:
    # Some ten milliseconds of work where there are many, as in a chunk of a long run.
    samples = 1 << 16
    makers: list[Callable[[], Candidate]] = [partial(_ours, setup, runs, samples)]
    notes = []
    if runs > _TOGETHER and cores() > 1:
        makers.append(partial(_in_threads, setup, runs, samples))
    elif runs > _TOGETHER:
        notes.append("2 threads left out: this process may use one core only")
    makers += [
        partial(ours, setup, 1 << 16, _ANSWERED, name=ALONE),
        partial(runs_in_c, setup, runs, samples),
    ]
    candidates, missing = collect(makers)
    return measure(
        NAME,
        {"K": setup.tones, "runs": runs},
        candidates,
        reference=lambda: setup.numpy_losses(_ANSWERED),
        rounds=effort.rounds,
        seconds=effort.seconds,
        notes=[*notes, *missing],
    )


def _ours(setup: LoopSetup, runs: int, samples: int) -> Candidate:
    kernel = _kernel(setup, runs)

    def answer() -> FloatArray:
        losses: FloatArray = kernel.process(_ANSWERED)["loss"]
        return _last_run(losses, runs)

    return Candidate(OURS, lambda: kernel.process(samples), samples * runs, answer)


def _kernel(setup: LoopSetup, runs: int, threads: int = 1) -> Any:
    """The loop, with another learning rate for each of many runs."""
    if runs == 1:
        return setup.graph().compile()
    kernel = setup.graph().compile(runs=runs, threads=threads)
    rates = setup.learning_rate * np.linspace(0.5, 1.0, runs)
    kernel.parameters["gradient_descent.learning_rate"] = PerRun(rates.tolist())
    return kernel


def _last_run(losses: FloatArray, runs: int) -> FloatArray:
    """Return the losses of the last run; the axis of runs is the one with their number."""
    axis = list(losses.shape).index(runs) if runs > 1 else None
    return losses if axis is None else np.take(losses, runs - 1, axis=axis).ravel()


def _in_threads(setup: LoopSetup, runs: int, samples: int) -> Candidate:
    """The runs parted among two threads."""
    kernel = _kernel(setup, runs, threads=2)

    def step() -> None:
        with all_cores():
            kernel.process(samples)

    return Candidate(THREADS, step, samples * runs)


def runs_in_c(setup: LoopSetup, runs: int, samples: int) -> Candidate:
    """Return so many loops side by side in plain C."""
    library = load("many_runs.c", f"-DK={setup.tones}", f"-DRUNS={runs}")
    state = np.repeat(setup.rows()[:, :, np.newaxis], runs, axis=2)
    running, settings = aligned(state), aligned(setup.settings())
    losses = np.zeros((samples, runs))

    def answer() -> FloatArray:
        call(library.advance, aligned(state), settings, _ANSWERED, losses)
        return losses[:_ANSWERED, -1].copy()

    def step() -> None:
        call(library.advance, running, settings, samples, losses)

    return Candidate("plain C", step, samples * runs, answer)
