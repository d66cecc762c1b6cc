"""Parameters and states of many runs, by nested name."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from hgedsp.errors import HgedspError, ParameterError
from hgedsp.run.kernel import Kernel
from hgedsp.run.many_inputs import naming
from hgedsp.run.per_run import PerRun


class RunsParameters(MutableMapping[str, PerRun]):
    """Parameters of all blocks as ``"scope/block.parameter"``, one value per run.

    A value that is set is for all runs, a `PerRun` has one for each. If one of them is refused,
    none is set.

    Examples
    --------
    >>> runs.parameters["updater.learning_rate"] = PerRun(rates)  # doctest: +SKIP
    """

    def __init__(self, kernels: list[Kernel]) -> None:
        self._kernels = kernels

    def __getitem__(self, path: str) -> PerRun:
        return PerRun(kernel.parameters[path] for kernel in self._kernels)

    def __setitem__(self, path: str, value: Any) -> None:
        values = one_each(path, value, len(self._kernels))
        for run, kernel in enumerate(self._kernels):
            with naming(run):
                kernel.parameters.refuse(path, values[run])
        for run, kernel in enumerate(self._kernels):
            kernel.parameters[path] = values[run]

    def __delitem__(self, path: str) -> None:
        del self._kernels[0].parameters[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kernels[0].parameters)

    def __len__(self) -> int:
        return len(self._kernels[0].parameters)


class RunsStates(MutableMapping[str, PerRun]):
    """State variables of all blocks as ``"scope/block.state"``, one array per run, as copies."""

    def __init__(self, kernels: list[Kernel]) -> None:
        self._kernels = kernels

    def __getitem__(self, path: str) -> PerRun:
        return PerRun(kernel.states[path] for kernel in self._kernels)

    def __setitem__(self, path: str, value: Any) -> None:
        values, before = one_each(path, value, len(self._kernels)), self[path]
        for run, kernel in enumerate(self._kernels):
            try:
                with naming(run):
                    kernel.states[path] = values[run]
            except HgedspError:
                for changed, old in zip(self._kernels[:run], before, strict=False):
                    changed.states[path] = old
                raise

    def __delitem__(self, path: str) -> None:
        raise ParameterError(f"{path} cannot be removed", mend="set it to another value")

    def __iter__(self) -> Iterator[str]:
        return iter(self._kernels[0].states)

    def __len__(self) -> int:
        return len(self._kernels[0].states)


def one_each(name: str, value: Any, runs: int) -> PerRun:
    """Return one value for each run.

    Raises
    ------
    ParameterError
        If there is another number of values than of runs.
    """
    values = value if isinstance(value, PerRun) else PerRun([value] * runs)
    if len(values) != runs:
        raise ParameterError(
            f"{name} got {len(values)} values for {runs} runs",
            mend="give PerRun one value for each run, or leave PerRun out if all get the same",
        )
    return values
