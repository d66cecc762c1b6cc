"""I + jQ of tones, as calibrations take it: checks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hgedsp.checks import (
    ComplexArray,
    FloatArray,
    VectorLike,
    as_numbers,
    as_vector,
    require,
    require_positive,
)


def checked(frequency: VectorLike, z: npt.ArrayLike) -> tuple[FloatArray, ComplexArray]:
    """Return frequencies (K,) and amplitudes (W, K)."""
    tones = as_vector("the calibration", "frequency", frequency, "Hz")
    require_positive("the calibration", "Hz", frequency=float(tones.min()))
    try:
        given = np.asarray(z, dtype=np.complex128)
    except (TypeError, ValueError):
        given = np.zeros(0, dtype=np.complex128)
    values = np.atleast_2d(given)
    require(
        values.ndim == 2
        and len(values) > 0
        and values.shape[1] == tones.size
        and bool(np.isfinite(values).all()),
        f"the calibration needs finite z of shape (W, {tones.size}), got shape {given.shape}",
        "give I + jQ with one row per window and one column per tone",
    )
    return tones, values


def checked_known(known: npt.ArrayLike, values: ComplexArray) -> FloatArray:
    """Return the amplitudes of a known path, of a shape that fits."""
    array = as_numbers("the calibration", "known", known)
    require(
        array.shape in (values.shape, values.shape[1:], ()),
        f"the calibration has z of shape {values.shape}, but known of shape {array.shape}",
        "give known one amplitude per tone, or per window and tone",
    )
    power = np.broadcast_to(array**2, values.shape).sum(axis=0)
    silent = np.flatnonzero(power == 0)
    require(
        silent.size == 0,
        f"the calibration has known of 0 in every window for tone {silent[:1]}",
        "give the amplitude that a path without delay would show, not 0",
    )
    return array


def checked_noise(noise: VectorLike, tones: int) -> FloatArray:
    """Return the standard deviation of I and Q of each tone, shape (K,)."""
    sigma = as_vector("the calibration", "noise", noise)
    require(
        sigma.size in (1, tones) and bool(np.all(sigma > 0)),
        f"the calibration needs noise above 0 for {tones} tones, got {sigma}",
        "give the standard deviation of I and Q, one number or one per tone",
    )
    return np.broadcast_to(sigma, (tones,))
