"""All workloads by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hgedsp.benchmarks import (
    closed_loop,
    hopping,
    many_runs,
    open_loop,
    start_up,
    surrogate_loop,
)
from hgedsp.benchmarks.effort import Effort
from hgedsp.benchmarks.machine import one_core
from hgedsp.benchmarks.timing import Result


@dataclass(frozen=True)
class Workload:
    """A kind of work that is timed.

    Attributes
    ----------
    title : str
    run : callable
        Yields one result per case.
    """

    title: str
    run: Callable[[Effort], Iterator[Result]]


WORKLOADS: dict[str, Workload] = {
    module.NAME: Workload(module.TITLE, module.run)
    for module in (closed_loop, surrogate_loop, hopping, open_loop, many_runs, start_up)
}


def run_suite(
    names: Sequence[str], effort: Effort, *, on_result: Callable[[Result], object] = id
) -> list[Result]:
    """Run workloads on one core.

    Parameters
    ----------
    names : sequence of str
        Keys of `WORKLOADS`.
    effort : Effort
    on_result : callable, optional
        Called with every result as soon as it is there.
    """
    results: list[Result] = []
    with one_core():
        for name in names:
            for result in WORKLOADS[name].run(effort):
                results.append(result)
                on_result(result)
    return results
