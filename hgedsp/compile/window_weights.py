"""Weights: by how much each sample of a window counts in what filters hold at its end."""

from __future__ import annotations

import numpy as np
from scipy import signal

from hgedsp.checks import FloatArray
from hgedsp.compile.state_space import Extended, ExtendedArray, StateSpace


def weights_of(space: StateSpace, averages: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return what samples, and states at the start, give to states and averages of a window.

    Parameters
    ----------
    averages : list of array of shape (D,)
        Per sink, the weights of the samples it reads.

    Returns
    -------
    of_samples : array of shape (P, J + Q, D)
        Per product, weights of its samples in the J states at the end, and in the Q averages.
    of_states : array of shape (J + Q, J)
        Factors of the states at the start.
    """
    window, (order, products) = len(averages[0]), space.b.shape
    of_samples = np.empty((products, order + len(averages), window))
    of_states = np.empty((order + len(averages), order))
    of_states[:order] = np.linalg.matrix_power(space.a, window)
    for p in range(products):
        late = _powers(space.a, space.b[:, p], window)
        of_samples[p, :order] = late[:, ::-1]
        for q, weights in enumerate(averages):
            answer = np.concatenate([space.d[q, p : p + 1], space.c[q] @ late[:, :-1]])
            of_samples[p, order + q] = _averaged(weights, answer)
    for q, weights in enumerate(averages):
        of_states[order + q] = _powers(space.a.T, space.c[q], window) @ weights
    return of_samples, of_states


def _averaged(weights: FloatArray, answer: ExtendedArray) -> ExtendedArray | FloatArray:
    """The sum over m of weights[m] answer[m - i] for each i: an average of impulse responses."""
    if not answer[1:].any():
        scaled: ExtendedArray = weights * answer[0]
        return scaled
    used = np.flatnonzero(weights)
    if len(used) == 1:
        shifted: ExtendedArray = np.zeros_like(answer)
        shifted[: used[0] + 1] = weights[used[0]] * answer[used[0] :: -1]
        return shifted
    whole: FloatArray = signal.fftconvolve(weights[::-1], np.asarray(answer, dtype=np.float64))
    return whole[: len(weights)][::-1]


def _powers(a: ExtendedArray, b: ExtendedArray, count: int) -> ExtendedArray:
    """The columns b, a b, a^2 b, ... by doubling."""
    columns, power = np.asarray(b[:, np.newaxis], dtype=Extended), a
    while columns.shape[1] < count:
        columns = np.concatenate([columns, power @ columns], axis=1)
        power = power @ power
    return columns[:, :count]
