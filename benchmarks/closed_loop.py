"""Closed loop, cubic device: every sample feeds back into the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hgedsp.benchmarks.effort import Effort
from hgedsp.benchmarks.loop_peers import ours, plain_c, researcher, tuned_c
from hgedsp.benchmarks.loop_setup import LoopSetup, cubic_loop
from hgedsp.benchmarks.pathsim_loop import pathsim_loop
from hgedsp.benchmarks.timing import Candidate, Result, collect, measure

NAME = "closed_loop"
TITLE = "Closed loop, cubic device"
TONES = (1, 7, 16, 64, 256, 1024, 16384)
ORDERS = (1, 4)
# What takes microseconds for each tone and sample is tried where K is small.
_SLOW_UP_TO = 64


def run(effort: Effort) -> Iterator[Result]:
    """Measure all K and orders."""
    for tones in effort.pick(TONES, (1, 7, 64)):
        for order in effort.pick(ORDERS, (1,)):
            yield _case(cubic_loop(tones, order), effort)


def _case(setup: LoopSetup, effort: Effort) -> Result:
    samples = max(64, min(1 << 16, (1 << 22) // setup.tones))
    answered = 3000 if setup.tones <= 1024 else 500
    candidates, notes = collect(_makers(setup, samples, answered))
    return measure(
        NAME,
        {"K": setup.tones, "order": setup.order},
        candidates,
        reference=lambda: setup.numpy_losses(answered),
        rounds=effort.rounds,
        seconds=effort.seconds,
        notes=notes,
    )


def _makers(setup: LoopSetup, samples: int, answered: int) -> list[Callable[[], Candidate]]:
    makers = [
        lambda: ours(setup, samples, answered),
        lambda: plain_c(setup, samples, answered),
        lambda: tuned_c(setup, samples, answered),
        lambda: researcher(setup, 200),
    ]
    if setup.tones <= _SLOW_UP_TO:
        makers.append(lambda: ours(setup, 16, 50, name="interpreter", interpret=True))
    if setup.tones == 7:
        makers.append(lambda: pathsim_loop(setup, 50))
    return makers
