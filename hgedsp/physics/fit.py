"""A smooth network fitted to points of a function, by Adam in NumPy.

h_0 = x,   h_i = tanh(W_i h_{i-1} + b_i),   y = W_L h_{L-1} + b_L
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray

Float32Array = npt.NDArray[np.float32]
Parameters = list[Float32Array]  # W_1, b_1, W_2, b_2, ...; W of shape (inputs, units)

_BETA1, _BETA2, _TINY = np.float32(0.9), np.float32(0.999), np.float32(1e-8)


@dataclass(frozen=True)
class Effort:
    """How a network is fitted.

    Parameters
    ----------
    hidden : tuple of int
        Units of the hidden layers.
    epochs : int
        Times that all points are gone through.
    batch : int
        Points per step.
    learning_rate : float
        Of Adam, at first; it falls to 0 as half a cosine.
    """

    hidden: tuple[int, ...] = (64, 64)
    epochs: int = 300
    batch: int = 500
    learning_rate: float = 4e-3


def fit(
    x: FloatArray,
    y: FloatArray,
    effort: Effort,
    generator: np.random.Generator,
    watch: Callable[[int, float], object],
) -> Parameters:
    """Return the network whose mean square error on the points was brought down.

    Parameters
    ----------
    x, y : array of shape (M, inputs), (M,)
        Both best of about unit size.
    watch : callable
        Told after every epoch its number, and the rms error over it.
    """
    points, wanted = x.astype(np.float32), y.astype(np.float32)
    parameters = start((x.shape[1], *effort.hidden, 1), generator)
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    steps = len(x) // effort.batch
    for epoch in range(effort.epochs):
        order, total = generator.permutation(len(x)), 0.0
        for step in range(steps):
            chosen = order[step * effort.batch : (step + 1) * effort.batch]
            error, slopes = gradients(parameters, points[chosen], wanted[chosen])
            total += error
            time = epoch * steps + step + 1
            done = time / (steps * effort.epochs)
            rate = 0.5 * effort.learning_rate * (1.0 + np.cos(np.pi * done))
            scale = rate * np.sqrt(1.0 - float(_BETA2) ** time) / (1.0 - float(_BETA1) ** time)
            for p, g, m, v in zip(parameters, slopes, first, second, strict=True):
                m += (1 - _BETA1) * (g - m)
                v += (1 - _BETA2) * (g * g - v)
                p -= np.float32(scale) * m / (np.sqrt(v) + _TINY)
        watch(epoch, float(np.sqrt(total / steps)))
    return parameters


def start(sizes: Sequence[int], generator: np.random.Generator) -> Parameters:
    """Draw weights that keep the size of what passes a layer, biases so that tanh bend all over."""
    parameters: Parameters = []
    for inputs, units in pairwise(sizes):
        weight = generator.normal(0.0, inputs**-0.5, (inputs, units))
        parameters += [weight.astype(np.float32), np.zeros(units, np.float32)]
    parameters[1] += generator.normal(0.0, 0.5, sizes[1]).astype(np.float32)
    return parameters


def forward(parameters: Parameters, x: npt.NDArray[np.floating]) -> list[Float32Array]:
    """Return what every layer gives, the last one (M, 1)."""
    layers = [x]
    for number in range(0, len(parameters), 2):
        z = layers[-1] @ parameters[number] + parameters[number + 1]
        layers.append(np.tanh(z) if number < len(parameters) - 2 else z)
    return layers


def gradients(parameters: Parameters, x: Float32Array, y: Float32Array) -> tuple[float, Parameters]:
    """Return the mean square error, and half of its derivatives."""
    layers = forward(parameters, x)
    error = layers[-1] - y[:, None]
    slopes: Parameters = []
    back = error / np.float32(len(y))
    for number in range(len(parameters) - 2, -1, -2):
        h = layers[number // 2]
        slopes = [h.T @ back, back.sum(axis=0), *slopes]
        if number:
            back = (back @ parameters[number].T) * (1 - h * h)
    return float(np.mean(error**2)), slopes
