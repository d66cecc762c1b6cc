"""How much time a run of the benchmarks may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Effort:
    """How often and how long to measure.

    Attributes
    ----------
    rounds : int
        Rounds in which all candidates take turns.
    seconds : float
        Work of each candidate in each round, s.
    quick : bool
        Leave out cases, for a first look.
    """

    rounds: int = 7
    seconds: float = 0.05
    quick: bool = False

    def pick(self, cases: Sequence[T], few: Sequence[T]) -> Sequence[T]:
        """Return all cases, or the few of a quick run."""
        return few if self.quick else cases
