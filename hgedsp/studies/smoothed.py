"""Derivatives as a perturbation of finite amplitude sees them, at many operating points."""

from __future__ import annotations

import numpy as np
from tqdm.auto import tqdm

from hgedsp.checks import FloatArray
from hgedsp.hge.smoothing import smoothed_gradient
from hgedsp.train.result import Device

_RANDOM_POINTS = 32  # in each of 8 sets, mirrored: exact to a hundredth of what is measured
_NODES = 32


def smoothed_by_all(
    device: Device, points: FloatArray, amplitude: float, *, progress: bool = False
) -> FloatArray:
    """Return the derivatives that all tones at once find without noise, A/V, shape (N, K).

    Parameters
    ----------
    device : Device
    points : array of shape (N, K)
        Operating points, V.
    amplitude : float
        Of each tone, V.
    progress : bool, optional
        Show a progress bar.
    """

    def current(voltage: FloatArray) -> FloatArray:
        return np.asarray(device.current(voltage))

    return np.array(
        [
            smoothed_gradient(current, point, amplitude, random_points=_RANDOM_POINTS).gradient
            for point in tqdm(points, desc="smoothing", unit="point", disable=not progress)
        ]
    )


def smoothed_by_one(device: Device, points: FloatArray, amplitude: float) -> FloatArray:
    """Return the derivatives that one tone at a time finds without noise, A/V, shape (N, K)."""
    count, electrodes = points.shape
    sine = np.sin(np.pi * ((np.arange(_NODES) + 0.5) / _NODES - 0.5))
    found = np.empty(points.shape)
    for k in range(electrodes):
        voltage = np.repeat(points[:, np.newaxis], _NODES, axis=1)
        voltage[:, :, k] += amplitude * sine
        current = np.asarray(device.current(voltage.reshape(-1, electrodes)))
        found[:, k] = 2 / amplitude * (current.reshape(count, _NODES) @ sine) / _NODES
    return found
