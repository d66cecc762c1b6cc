"""What updaters share that divide by a damped and averaged curvature."""

from __future__ import annotations

from typing import Any

import numpy as np

from hgedsp.blocks.updater import settle
from hgedsp.checks import FloatArray, require, require_not_negative, require_positive


def settle_damped(updater: Any) -> None:
    """Check the parameters of a new updater, and make vectors of them, as `settle` does."""
    settle(updater)
    owner = type(updater).__name__
    require_positive(owner, "", damping=updater.damping)
    require_not_negative(owner, "", memory=updater.memory)
    require(
        updater.memory < 1.0,
        f"{owner} needs memory below 1, got {updater.memory!r}",
        "take 0 for no memory, or 0.8 for about five ticks; at 1 nothing new would be learnt",
    )
    longest = np.asarray(updater.longest, dtype=np.float64)
    require(
        bool(np.all(longest > 0)),
        f"{owner} needs longest above 0, got {longest.min():g}",
        "give the longest step a positive number, or leave it out",
    )


def damped_start(updater: Any) -> dict[str, float | FloatArray]:
    """Return the state at the start: parameters, and memory to the power of 0."""
    return {"parameters": np.asarray(updater.initial_value), "power": 1.0}
