"""Activations of neural networks: in steps by number, in NumPy with their slopes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numba.extending import register_jitable

from hgedsp.checks import FloatArray

# The place in this list is the number that a step goes by.
ACTIVATIONS = (
    "relu",
    "linear",
    "leaky_relu",
    "elu",
    "tanh",
    "hard_tanh",
    "sigmoid",
    "softplus",
)
_RELU, _LINEAR, _LEAKY_RELU, _ELU, _TANH, _HARD_TANH, _SIGMOID, _SOFTPLUS = range(8)
_LEAK = 0.01  # slope of leaky_relu below zero, as in PyTorch


@register_jitable
def activate(sums: FloatArray, number: int) -> None:
    """Apply an activation in place."""
    if number == _RELU:
        for j in range(sums.size):  # alone in its loop, which then uses the vector unit
            if sums[j] < 0.0:
                sums[j] = 0.0
    elif number != _LINEAR:
        for j in range(sums.size):
            sums[j] = _activated(sums[j], number)


@register_jitable
def _activated(z: float, number: int) -> float:
    if number == _TANH:
        return math.tanh(z)
    if number == _HARD_TANH:
        return -1.0 if z < -1.0 else (1.0 if z > 1.0 else z)
    if number == _LEAKY_RELU:
        return _LEAK * z if z < 0.0 else z
    if number == _ELU:
        return math.expm1(z) if z < 0.0 else z
    # exp of a negative number cannot overflow.
    small = math.exp(-abs(z))
    if number == _SOFTPLUS:
        return math.log1p(small) + (0.0 if z < 0.0 else z)
    return (small if z < 0.0 else 1.0) / (1.0 + small)


def value(activation: str, z: FloatArray) -> FloatArray:
    """Return the activation of each element."""
    return _VALUES[activation](z)


def slope(activation: str, z: FloatArray) -> FloatArray:
    """Return the derivative of the activation at each element; 0 at the edge of relu."""
    return _SLOPES[activation](z)


def _sigmoid(z: FloatArray) -> FloatArray:
    small = np.exp(-np.abs(z))
    result: FloatArray = np.where(z < 0.0, small, 1.0) / (1.0 + small)
    return result


_VALUES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "relu": lambda z: np.maximum(z, 0.0),
    "linear": lambda z: z,
    "leaky_relu": lambda z: np.where(z < 0.0, _LEAK * z, z),
    "elu": lambda z: np.where(z < 0.0, np.expm1(np.minimum(z, 0.0)), z),
    "tanh": np.tanh,
    "hard_tanh": lambda z: np.clip(z, -1.0, 1.0),
    "sigmoid": _sigmoid,
    "softplus": lambda z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0.0),
}
_SLOPES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "relu": lambda z: np.where(z > 0.0, 1.0, 0.0),
    "linear": np.ones_like,
    "leaky_relu": lambda z: np.where(z < 0.0, _LEAK, 1.0),
    "elu": lambda z: np.exp(np.minimum(z, 0.0)),
    "tanh": lambda z: 1.0 - np.tanh(z) ** 2,
    "hard_tanh": lambda z: np.where(np.abs(z) < 1.0, 1.0, 0.0),
    "sigmoid": lambda z: _sigmoid(z) * _sigmoid(-z),
    "softplus": _sigmoid,
}
