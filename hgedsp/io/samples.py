"""What every format shares: which arrays can be a trace, and reading with a function applied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.errors import TraceError
from hgedsp.trace import Samples


class Converted:
    """Samples that are converted as they are read, so that a long file is never held at once.

    Parameters
    ----------
    source : array
        Samples as they lie in the file.
    shape : tuple of int
        Shape after conversion.
    convert : callable
        From a cut of the source to the samples.
    """

    def __init__(
        self,
        source: Samples,
        shape: tuple[int, ...],
        convert: Callable[[npt.NDArray[Any]], npt.NDArray[Any]],
    ) -> None:
        self.shape = shape
        self._source = source
        self._convert = convert

    def __getitem__(self, cut: slice, /) -> npt.NDArray[Any]:
        return self._convert(np.asarray(self._source[cut]))


def check_samples(path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Refuse an array that is no trace: complex, no numbers, not (N,) or (N, lanes), or empty."""
    if dtype.kind == "c":
        raise TraceError(
            f"{name} is complex ({dtype})",
            where=(str(path),),
            mend="save its real part, or the real and imaginary parts as two traces",
        )
    if dtype.kind not in "iuf":
        raise TraceError(
            f"{name} holds no numbers, but {dtype}",
            where=(str(path),),
            mend="save an array of real numbers, such as float64",
        )
    if len(shape) not in (1, 2):
        raise TraceError(
            f"{name} has {len(shape)} dimensions, shape {shape}",
            where=(str(path),),
            mend="save one row per sample: shape (N,) or (N, lanes)",
        )
    if 0 in shape:
        raise TraceError(
            f"{name} has no samples, shape {shape}",
            where=(str(path),),
            mend="record at least one sample",
        )


def truncated(path: Path, found: str, expected: str) -> TraceError:
    """Make the error for a file that ends before its samples do."""
    return TraceError(
        f"the file is cut off: it holds {found}, but should hold {expected}",
        where=(str(path),),
        mend="copy or record the file again",
    )


def pick_column(path: Path, samples: Samples, column: int) -> Samples:
    """Return one column of samples of shape (N, lanes)."""
    lanes = 1 if len(samples.shape) == 1 else samples.shape[1]
    if not -lanes <= column < lanes:
        raise TraceError(
            f"there is no column {column}, only {lanes}",
            where=(str(path),),
            mend=f"give a column from 0 to {lanes - 1}",
        )
    if len(samples.shape) == 1:
        return samples
    return Converted(samples, samples.shape[:1], lambda rows: rows[:, column])
