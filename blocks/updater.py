"""What all updaters of parameters share: bounds and frozen parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable

from hgedsp.block import Coefficients
from hgedsp.checks import as_vector, per_lane, require_bounds

# Ports of the coefficients that `limits` gives, in this order.
LIMITS = "lower[K], upper[K], moving[K]"
_NAMES = ("learning_rate", "initial_value", "frozen")


def settle(updater: Any) -> None:
    """Check the parameters of a new updater, and make vectors of them."""
    owner = type(updater).__name__
    for name in _NAMES:
        object.__setattr__(updater, name, as_vector(owner, name, getattr(updater, name)))
    require_bounds(owner, updater.lower, updater.upper)


def updater_lanes(updater: Any) -> dict[str, int]:
    """Return the number of parameters, as far as some value fixes it."""
    values = {name: getattr(updater, name) for name in (*_NAMES, "lower", "upper")}
    return per_lane(type(updater).__name__, **values)


def limits(updater: Any) -> Coefficients:
    """Return the coefficients lower, upper and moving."""
    return (
        np.asarray(updater.lower, dtype=np.float64),
        np.asarray(updater.upper, dtype=np.float64),
        1.0 - np.asarray(updater.frozen, dtype=np.float64),
    )


@register_jitable
def bounded(value: float, lower: float, upper: float) -> float:
    """Return the value within its bounds."""
    return min(max(value, lower), upper)
