"""A recorded trace: samples, rate, where it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy.typing as npt


class Samples(Protocol):
    """Anything that can be cut like an array of shape (N,) or (N, lanes), perhaps from a file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of samples, and of lanes."""

    def __getitem__(self, cut: slice, /) -> Any:
        """Return the samples of a slice."""


@dataclass(frozen=True)
class Trace:
    """Samples of one quantity, read only as far as they are asked for.

    Parameters
    ----------
    samples : array of shape (N,) or (N, lanes)
        Samples, perhaps mapped from a file.
    sample_rate : float or None
        Samples per second, Hz; None where the file does not say.
    name : str
        File, or what else the samples came from; errors name it.
    start : int
        Index of the first sample in the recording it was cut from.
    extra : mapping of str to array
        What else the file holds, such as tones.
    """

    samples: Samples
    sample_rate: float | None = None
    name: str = "trace"
    start: int = 0
    extra: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.samples.shape[0])

    @property
    def lanes(self) -> int:
        """Number of samples side by side."""
        return 1 if len(self.samples.shape) == 1 else int(self.samples.shape[1])

    @property
    def seconds(self) -> float | None:
        """Length in seconds, where the rate is known."""
        return None if self.sample_rate is None else len(self) / self.sample_rate
