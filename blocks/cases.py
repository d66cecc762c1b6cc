"""What losses over the cases of an epoch share: collecting, chaining, and Pearson's correlation."""

from __future__ import annotations

import math

import numpy as np
from numba.extending import register_jitable

from hgedsp.checks import FloatArray, VectorLike, as_vector, require
from hgedsp.ports import Ports


def case_ports(coefficients: str) -> Ports:
    """Return the ports of a loss over cases; only its coefficients are its own."""
    return Ports(
        inputs="output, derivative[K]",
        outputs="loss, gradient[K]",
        state="outputs[cases], slopes[cases], derivatives[cases*K]",
        coefficients=coefficients,
    )


@register_jitable(inline="always")
def collect(
    output: float,
    derivative: FloatArray,
    position: int,
    outputs: FloatArray,
    derivatives: FloatArray,
) -> bool:
    """Store output and derivatives of the case at `position`; return whether it is the last."""
    width = derivative.size
    outputs[position] = output
    for k in range(width):
        derivatives[position * width + k] = derivative[k]
    return position == outputs.size - 1


@register_jitable(inline="always")
def chain(slopes: FloatArray, derivatives: FloatArray, gradient: FloatArray) -> None:
    """Write gradient_k = sum_c slope_c derivative_ck."""
    width = gradient.size
    for k in range(width):
        gradient[k] = 0.0
    for c in range(slopes.size):
        for k in range(width):
            gradient[k] += slopes[c] * derivatives[c * width + k]


@register_jitable(inline="always")
def correlate(outputs: FloatArray, target: FloatArray, slopes: FloatArray) -> float:
    """Return the correlation with a standardised target, and write its slope per case.

    d corr / d y_c = (t_c - corr (y_c - mean y) / std y) / (C std y);  all 0 for equal outputs.
    """
    cases = target.size
    mean = 0.0
    for c in range(cases):
        mean += outputs[c] / cases
    variance = 0.0
    covariance = 0.0
    for c in range(cases):
        deviation = outputs[c] - mean
        variance += deviation * deviation / cases
        covariance += deviation * target[c] / cases
    spread = math.sqrt(variance)
    correlation = covariance / spread if spread > 0.0 else 0.0
    for c in range(cases):
        slopes[c] = 0.0
        if spread > 0.0:
            share = correlation * (outputs[c] - mean) / spread
            slopes[c] = (target[c] - share) / (cases * spread)
    return correlation


def standardised(target: VectorLike) -> FloatArray:
    """Return the target with mean 0 and standard deviation 1."""
    levels = np.asarray(target, dtype=np.float64)
    result: FloatArray = (levels - levels.mean()) / levels.std()
    return result


def two_levels(owner: str, target: VectorLike) -> FloatArray:
    """Return the targets of an epoch; refuse fewer than two cases, and equal ones."""
    levels = as_vector(owner, "target", target)
    require(
        levels.size > 1 and float(np.ptp(levels)) > 0,
        f"{owner} needs targets of at least two levels, "
        f"got {np.array2string(levels, separator=', ')}",
        "give one target per case, high and low",
    )
    return levels


def two_classes(owner: str, high: VectorLike, least: int = 1) -> FloatArray:
    """Return which cases are high as 0 and 1; refuse fewer than `least` of a kind."""
    classes = (as_vector(owner, "high", high) > 0).astype(np.float64)
    counts = int(classes.sum()), int((1 - classes).sum())
    require(
        min(counts) >= least,
        f"{owner} needs at least {least} high and {least} low case(s), "
        f"got {counts[0]} and {counts[1]}",
        "give 1 for each high case and 0 for each low one"
        + (", or take another loss" if least > 1 else ""),
    )
    classes.flags.writeable = False
    return classes
