"""Losses over the cases of an epoch by name, as the training graphs take them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hgedsp.block import Block
from hgedsp.blocks import (
    CorrelationLoss,
    CorrelationSigmoidLoss,
    FisherLoss,
    SquaredErrorLoss,
)
from hgedsp.checks import FloatArray
from hgedsp.errors import ParameterError

# How far apart squared error asks the classes to lie, half above and half below zero.
SWING_NA = 10.0


@dataclass(frozen=True)
class Loss:
    """A loss over cases: how to make it, its unit, and which fall of it counts as progress."""

    about: str
    make: Callable[[FloatArray], Block]
    unit: str
    progress: float


LOSSES: dict[str, Loss] = {
    "correlation": Loss(
        "1 - correlation",
        lambda target: CorrelationLoss(target, name="loss"),
        "1 - correlation",
        0.01,
    ),
    "correlation-sigmoid": Loss(
        "(1.1 - correlation) / sigmoid((gap - 5 nA) / 3 nA)",
        lambda target: CorrelationSigmoidLoss(target, name="loss"),
        "correlation-sigmoid",
        0.05,
    ),
    "fisher": Loss(
        "-(difference of the means)^2 / (sum of the variances)",
        lambda target: FisherLoss(target, name="loss"),
        "Fisher",
        0.05,
    ),
    "squared-error": Loss(
        f"squared error to {SWING_NA / 2:+g} nA (high) and {-SWING_NA / 2:+g} nA (low)",
        lambda target: SquaredErrorLoss(SWING_NA * (target - 0.5), name="loss"),
        "squared error, nA$^2$",
        0.1,
    ),
}


def make_loss(name: str, target: FloatArray) -> Block:
    """Return the block ``loss`` for targets of 0 and 1, outputs in nA.

    Returns
    -------
    Block

    Raises
    ------
    ParameterError
        If there is no such loss, or it cannot do with these targets.
    """
    if name not in LOSSES:
        raise ParameterError(f"no loss is named {name!r}", mend=f"choose {', '.join(LOSSES)}")
    return LOSSES[name].make(target)
