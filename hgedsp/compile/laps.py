"""Laps: how long each stage of the compiler took."""

from __future__ import annotations

import time
from typing import TypeVar

T = TypeVar("T")


class Laps:
    """A stopwatch that is pressed at the end of each stage.

    Attributes
    ----------
    seconds : dict of str to float
        Per stage, in order.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def __call__(self, stage: str, made: T) -> T:
        """Note the time since the last stage; return what this one has made."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now
        return made
