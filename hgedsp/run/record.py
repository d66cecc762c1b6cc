"""What a run leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray


@dataclass(frozen=True)
class Change:
    """A parameter set between chunks."""

    sample: int
    name: str
    value: Any


@dataclass(frozen=True)
class Record(Mapping[str, npt.NDArray[Any]]):
    """Outputs and probes of a run, by name.

    Attributes
    ----------
    arrays : dict of str to array
        Shape (N,) for one lane, (N, lanes) for more.
    sample_index : dict of str to array
        Base sample at which each value was taken, shape (N,).
    sample_rate : float
        Base rate, Hz.
    samples : int
        Base samples that were processed.
    interrupted : bool
        Whether the run was ended early by Ctrl-C.
    changes : tuple of Change
        Parameters that were set while it ran.
    """

    arrays: dict[str, npt.NDArray[Any]]
    sample_index: dict[str, npt.NDArray[np.int64]]
    sample_rate: float
    samples: int
    interrupted: bool = False
    changes: tuple[Change, ...] = field(default=())

    def time(self, name: str) -> FloatArray:
        """Return the time of each value of an output, s, since sample 0."""
        times: FloatArray = self.sample_index[name] / self.sample_rate
        return times

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)
