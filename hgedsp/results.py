"""What a training, a study or a reproduced figure has to tell, in one form for all."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Result(Protocol):
    """Something that was found out: in words, in numbers, as arrays and as a picture."""

    @property
    def success(self) -> bool:
        """Whether what was aimed at was reached; True if nothing was."""

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped early, and tells what there was until then."""

    def text(self) -> str:
        """What a person reads at the end of the command."""

    def numbers(self) -> dict[str, Any]:
        """Result, settings and seed in a form that JSON can take, with units in the names."""

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that was measured, by names that end in the unit."""

    def draw(self, figure: Any) -> None:
        """Draw everything that matters onto an empty matplotlib figure."""


def finite_or_none(value: float) -> float | None:
    """Return a number as JSON can take it, which knows neither infinity nor NaN."""
    return value if np.isfinite(value) else None
