"""The one current that parts two classes best."""

from __future__ import annotations

import numpy as np

from hgedsp.checks import FloatArray


def best_threshold(levels: FloatArray, label: FloatArray) -> tuple[float, float]:
    """Return the threshold with the fewest errors where class 1 lies above it, and its accuracy.

    Every gap between neighbours of the sorted levels is tried; the threshold is the middle of the
    best one, the first if several are. Below or above all levels it is just beyond the outermost.

    Parameters
    ----------
    levels : array of shape (M,)
    label : array of shape (M,)
        1 or 0.
    """
    order = np.argsort(levels, kind="stable")
    values, ones = levels[order], label[order] > 0
    # With the threshold below the n-th level: ones from there on, and zeros before it.
    right = np.concatenate([[0], np.cumsum(~ones)]) + ones.sum()
    right[1:] -= np.cumsum(ones)
    # Between equal levels there is no room for a threshold.
    right[1:-1][np.diff(values) == 0] = -1
    place = int(np.argmax(right))
    edges = np.concatenate([[np.nextafter(values[0], -np.inf)], values, [np.inf]])
    low, high = edges[place], edges[place + 1]
    threshold = (low + high) / 2 if 0 < place < values.size else low
    return float(threshold), float(right[place] / values.size)


def accuracy(levels: FloatArray, label: FloatArray, threshold: float) -> float:
    """Return the share of points on the right side of a threshold."""
    return float(np.mean((levels > threshold) == (label > 0)))
