"""Inputs of many runs, and which run an error is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from hgedsp.errors import HgedspError, SampleError
from hgedsp.run.per_run import PerRun
from hgedsp.trace import Trace

Inputs = Mapping[str, Any] | int


def of_run(inputs: Inputs, run: int) -> Inputs:
    """Return what one run takes of the inputs of all."""
    if isinstance(inputs, Mapping):
        return {n: v[run] if isinstance(v, PerRun) else v for n, v in inputs.items()}
    return inputs


def refuse_uneven(inputs: Mapping[str, Any], runs: int) -> None:
    """Refuse samples of each run's own that are not for all runs, or not as many for each."""
    for name, value in inputs.items():
        if not isinstance(value, PerRun):
            continue
        if len(value) != runs:
            raise SampleError(
                f"input {name} has samples for {len(value)} runs, but there are {runs}",
                mend="give PerRun the samples of every run, or leave it out if all get the same",
            )
        counts = [len(one) if isinstance(one, Trace) else np.shape(one)[:1] for one in value]
        for run, count in enumerate(counts):
            if count != counts[0]:
                raise SampleError(
                    f"run {run}: input {name} has another number of samples than in run 0",
                    mend="give every run the same number of samples",
                )


@contextmanager
def naming(run: int) -> Iterator[None]:
    """Let an error that leaves this block say which run it comes from."""
    try:
        yield
    except HgedspError as error:
        error.what = f"run {run}: {error.what}"
        error.args = (f"run {run}: {error}",)
        raise
