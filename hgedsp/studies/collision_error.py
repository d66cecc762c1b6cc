"""How far a noise-free multi-tone estimate is from the smoothed gradient it should be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc
from tqdm import tqdm

from hgedsp.checks import FloatArray, IntArray
from hgedsp.devices import Model

SAMPLES = 4096  # per window: folding meets the tones with products of tenth order or higher only
_TORUS = 8192  # points on the torus of phases, a power of 2 for Sobol's sequence


@dataclass(frozen=True, eq=False)
class ToneSet:
    """Tones on some electrodes of a device, all of one amplitude.

    Attributes
    ----------
    name : str
    bins : array of shape (K,)
        Periods per window.
    phase : array of shape (K,)
        rad.
    """

    name: str
    bins: IntArray
    phase: FloatArray


def points_in_range(device: Model, amplitude: float, count: int, seed: int) -> FloatArray:
    """Return random operating points, an amplitude away from the ends of the range, (count, E)."""
    low, high = device.lower + amplitude, device.upper - amplitude
    return np.random.default_rng(seed).uniform(low, high, (count, device.electrodes))


def estimated(
    device: Model,
    points: FloatArray,
    electrodes: IntArray,
    tones: ToneSet,
    amplitude: float,
    progress: bool = False,
) -> FloatArray:
    """Return in-phase estimates of the derivatives in one window without noise, (P, K), A/V."""
    angle = 2 * np.pi * np.outer(np.arange(SAMPLES) / SAMPLES, tones.bins) + tones.phase
    reference = np.sin(angle)
    weights = 2 / amplitude * reference / SAMPLES
    bar = tqdm(points, tones.name, disable=not progress, leave=False)
    return np.array([_moved(device, p, electrodes, amplitude * reference) @ weights for p in bar])


def smoothed(
    device: Model,
    points: FloatArray,
    electrodes: IntArray,
    amplitude: float,
    seed: int,
    progress: bool = False,
) -> tuple[FloatArray, float]:
    """Return the smoothed gradient (P, K), A/V, and its own rms error.

    The mean of (2 / a) y sin(theta_k) over independent phases theta of all tones, which is what
    tones give whose products never meet: the derivative smoothed by a semicircle kernel in its own
    direction and arcsine kernels in the others. Taken over two scrambled Sobol sequences, of what a
    linear device with the derivatives of the operating point leaves; their difference is the error.
    """
    halves = []
    for half in range(2):
        sobol = qmc.Sobol(len(electrodes), rng=np.random.default_rng([seed, half]))
        reference = np.sin(2 * np.pi * sobol.random(_TORUS))
        bar = tqdm(points, "smoothed gradient", disable=not progress, leave=False)
        halves.append(
            [_mean_on_torus(device, p, electrodes, amplitude, reference) for p in bar],
        )
    one, other = np.array(halves)
    return (one + other) / 2, float(np.sqrt(np.mean((one - other) ** 2)) / 2)


def _mean_on_torus(
    device: Model,
    point: FloatArray,
    electrodes: IntArray,
    amplitude: float,
    reference: FloatArray,
) -> FloatArray:
    current = _moved(device, point, electrodes, amplitude * reference)
    slope, *_ = np.linalg.lstsq(
        np.column_stack([np.ones(len(reference)), amplitude * reference]), current, rcond=None
    )
    rest = current - slope[0] - amplitude * reference @ slope[1:]
    result: FloatArray = slope[1:] + 2 / amplitude * rest @ reference / len(reference)
    return result


def _moved(
    device: Model, point: FloatArray, electrodes: IntArray, perturbation: FloatArray
) -> FloatArray:
    voltage = np.tile(point, (len(perturbation), 1))
    voltage[:, electrodes] += perturbation
    return np.asarray(device.current(voltage))
