"""Activations of neural networks: in steps by number, in NumPy with their slopes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.extending import register_jitable

from hgedsp.checks import FloatArray
from hgedsp.vectors import load, store, where

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


# tanh is 1 to the last digit from here on.
_LARGEST = 20.0
_HALVINGS = 6
_SHARE = 2.0 / 2**_HALVINGS
# Of expm1(y) / y by Taylor, for y up to 20 _SHARE: off by less than 1e-16.
_C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13, _C14 = (
    1.0 / math.factorial(n) for n in range(2, 16)
)


@register_jitable
def activate(sums: FloatArray, units: int, number: int) -> None:
    """Apply an activation in place to as many sums; room behind them is written over."""
    if number == _RELU:
        for j in range(units):  # alone in its loop, which then uses the vector unit
            if sums[j] < 0.0:
                sums[j] = 0.0
    elif number == _TANH:
        for j in range(0, units, 16):
            store(sums, j, smooth_tanh(load(sums, j, 16, 16)))
    elif number != _LINEAR:
        for j in range(units):
            sums[j] = _activated(sums[j], number)


@register_jitable
def smooth_tanh(z: Any) -> Any:
    """Return tanh of a register of lanes, without branches, to 2e-15 of each value.

    tanh(z) = u / (u + 2),   u = expm1(2 z)

    A 64th of 2 z goes through the Taylor series, and expm1(2 y) = expm1(y) (expm1(y) + 2) six times
    leads back.
    """
    size = where(z < 0.0, -z, z)
    y = _SHARE * where(size > _LARGEST, _LARGEST, size)
    p = ((((_C14 * y + _C13) * y + _C12) * y + _C11) * y + _C10) * y + _C9
    p = ((((p * y + _C8) * y + _C7) * y + _C6) * y + _C5) * y + _C4
    u = y * ((((p * y + _C3) * y + _C2) * y + _C1) * y + 1.0)
    u = u * (u + 2.0)
    u = u * (u + 2.0)
    u = u * (u + 2.0)
    u = u * (u + 2.0)
    u = u * (u + 2.0)
    u = u * (u + 2.0)
    t = u / (u + 2.0)
    return where(z < 0.0, -t, t)


@register_jitable
def _activated(z: float, number: int) -> float:
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
