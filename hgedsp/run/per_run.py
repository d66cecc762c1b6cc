"""One value for each run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt


class PerRun(Sequence[Any]):
    """Values that differ from run to run: inputs, parameters or states of `Runs`.

    Without it a value is one for all runs, whatever its shape.

    Parameters
    ----------
    values : iterable
        What each run gets, in order; of an array, what its first axis runs over.

    Examples
    --------
    >>> import numpy as np
    >>> PerRun([1e-4, 1e-3])[1]
    0.001
    >>> np.asarray(PerRun([[0.0, 1.0], [2.0, 3.0]])).shape
    (2, 2)
    """

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = tuple(values)

    @overload
    def __getitem__(self, run: int) -> Any: ...

    @overload
    def __getitem__(self, run: slice) -> PerRun: ...

    def __getitem__(self, run: int | slice) -> Any:
        return PerRun(self._values[run]) if isinstance(run, slice) else self._values[run]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Return an array with an axis of runs before all others."""
        return np.array(self._values, dtype=dtype)

    def __repr__(self) -> str:
        return f"PerRun({list(self._values)!r})"
