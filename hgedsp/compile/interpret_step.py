"""One step as the interpreter calls it: per lane on NumPy scalars, or once on arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
# What every wire, state and coefficient shows now, one number per lane.
Shown = dict[str, Array]


@dataclass(frozen=True)
class Value:
    """One argument or result of a step: where it is shown, and the port it goes by."""

    key: str
    dtype: Any
    as_array: bool

    def array(self, shown: Shown) -> Array:
        return np.asarray(shown[self.key], self.dtype)

    def argument(self, shown: Shown) -> Any:
        return self.array(shown) if self.as_array else self.array(shown)[0]


@dataclass(frozen=True)
class Step:
    """The step, or the refresh, of one node, and what it takes and gives."""

    function: Callable[..., Any]
    lanes: int  # 0 for a step on arrays
    divisor: int
    decimation: int
    reduces: bool
    holds: bool
    inputs: list[Value]
    outputs: list[Value]  # but for the registered ones
    states: list[Value]
    coefficients: list[Value]

    def ticks(self, t: int) -> bool:
        return t % self.divisor == self.divisor - 1

    def call(self, t: int, shown: Shown) -> Shown:
        """Show the outputs, and return the new states."""
        return self._per_lane(t, shown) if self.lanes else self._on_arrays(t, shown)

    def _per_lane(self, t: int, shown: Shown) -> Shown:
        columns = [value.array(shown) for value in self.inputs]
        columns += self._position(t)
        columns += [value.array(shown) for value in (*self.states, *self.coefficients)]
        wide = [column if column.size > 1 else repeat(column[0]) for column in columns]
        lanes = zip(range(self.lanes), *wide, strict=False)  # the range ends it
        returned = [_as_tuple(self.function(*arguments)) for _, *arguments in lanes]
        if self.reduces:
            returned = [(_sum([term for (term,) in returned]),)]
        results = [*self.outputs, *self.states]
        made = {
            result.key: np.array(values, result.dtype)
            for result, values in zip(results, zip(*returned, strict=True), strict=True)
        }
        shown.update({output.key: made.pop(output.key) for output in self.outputs})
        return made

    def _on_arrays(self, t: int, shown: Shown) -> Shown:
        states = {state.key: shown[state.key].copy() for state in self.states}
        returned = self.function(
            *(value.argument(shown) for value in self.inputs),
            *(position[0] for position in self._position(t)),
            *(output.array(shown) for output in self.outputs if output.as_array),
            *states.values(),
            *(value.argument(shown) for value in self.coefficients),
        )
        scalars = [output for output in self.outputs if not output.as_array]
        for output, value in zip(scalars, _as_tuple(returned), strict=True):
            shown[output.key] = np.array([value], output.dtype)
        return states

    def _position(self, t: int) -> list[Array]:
        """The argument that only steps which decimate have."""
        window = self.divisor * self.decimation
        return [np.array([t % window // self.divisor])] if self.decimation > 1 else []


def _as_tuple(returned: Any) -> tuple[Any, ...]:
    if returned is None:
        return ()
    return returned if isinstance(returned, tuple) else (returned,)


def _sum(terms: list[Any]) -> Any:
    if len(terms) == 1:
        return terms[0]
    total = 0.0
    for term in terms:
        total = total + term
    return total
