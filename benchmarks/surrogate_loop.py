"""Closed loop around a network that stands for a measured device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from hgedsp.benchmarks.effort import Effort
from hgedsp.benchmarks.loop_peers import ours, researcher, surrogate_c
from hgedsp.benchmarks.loop_setup import surrogate_loop
from hgedsp.benchmarks.timing import Candidate, Result, collect, measure

NAME = "surrogate"
TITLE = "Closed loop, network of relu units (7 inputs, 90 per layer), 4th-order low-pass"
TOGETHER = "hgedsp, 4 together"
DENSE, SPARSE = "tuned C, dense", "tuned C, sparse"
_ANSWERED = 1000


def run(effort: Effort) -> Iterator[Result]:
    """Measure both sizes of network in both types."""
    for hidden in effort.pick((5, 6), (5,)):
        for dtype in ("float64", "float32"):
            yield _case(hidden, dtype, effort)


def _case(hidden: int, dtype: str, effort: Effort) -> Result:
    setup = surrogate_loop(7, hidden)
    # A float32 loop parts from the float64 reference by rounding, and slowly.
    tolerance = 1e-9 if dtype == "float64" else 1e-3
    options = {} if dtype == "float64" else {"dtype": dtype}
    makers: list[Callable[[], Candidate]] = [
        partial(ours, setup, 1 << 12, _ANSWERED, tolerance=tolerance, **options),
        partial(_together, hidden, options),
        partial(surrogate_c, setup, 1 << 12, _ANSWERED, sparse=False, dtype=dtype),
        partial(surrogate_c, setup, 1 << 12, _ANSWERED, sparse=True, dtype=dtype),
    ]
    if dtype == "float64":
        makers.append(partial(researcher, setup, 200))
    candidates, missing = collect(makers)
    return measure(
        NAME,
        {"network": f"7-90x{hidden}-1", "dtype": dtype},
        candidates,
        reference=lambda: setup.numpy_losses(_ANSWERED),
        rounds=effort.rounds,
        seconds=effort.seconds,
        notes=missing,
    )


def _together(hidden: int, options: dict[str, Any]) -> Candidate:
    """The four cases of an epoch at once: one set of parameters, weights read once for all."""
    kernel = surrogate_loop(7, hidden).graph_of_cases(4).compile(**options)
    samples = 1 << 10
    return Candidate(TOGETHER, lambda: kernel.process(samples), 4 * samples)
