"""Derivatives as a perturbation of finite amplitude sees them, at many operating points."""

from __future__ import annotations

import numpy as np
from tqdm.auto import tqdm

from hgedsp.checks import FloatArray, IntArray
from hgedsp.devices import Device
from hgedsp.hge.smoothing import smoothed_gradient
from hgedsp.studies.points import current_around

_SETS = 2  # large ones: closer than many small ones with as many points


def smoothed_by_all(
    device: Device,
    points: FloatArray,
    amplitude: float,
    *,
    electrodes: IntArray | None = None,
    random_points: int = 128,
    seed: int = 0,
    progress: bool = False,
) -> tuple[FloatArray, float]:
    """Return the derivatives that all tones at once find without noise, and their rms error.

    Parameters
    ----------
    device : Device
    points : array of shape (N, E)
        Operating points, V.
    amplitude : float
        Of each tone, V.
    electrodes : array of int, shape (K,), optional
        Those that have tones; all if left out.
    random_points : int, optional
        Points of each of two sets that are integrated over. With amplitudes of 20 mV on all seven
        electrodes of the simulated device 128 are right to 0.2 % of the rms derivative (rms), and
        16384 to 0.001 %.
    seed : int, optional
        Of the points.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    gradient : array of shape (N, K)
        A/V.
    error : float
        Of the integration, A/V.
    """
    chosen = np.arange(points.shape[1]) if electrodes is None else electrodes
    found = [
        smoothed_gradient(
            current_around(device, point, chosen),
            point[chosen],
            amplitude,
            random_points=random_points,
            sets=_SETS,
            seed=seed,
        )
        for point in tqdm(points, desc="smoothing", unit="point", disable=not progress)
    ]
    error = np.array([each.standard_error for each in found])
    return np.array([each.gradient for each in found]), float(np.sqrt(np.mean(error**2)))
