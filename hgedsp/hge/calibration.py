"""Delay and phase of the path from the perturbation to the recorded output.

A path of complex gain H_k at tone k turns the response a_k f_k sin(w_k t + phi_k) of a device into

    Z_k = I_k + j Q_k = a_k f_k H_k,   I_k = 2 mean(y sin(w_k t + phi_k)),  Q_k with the cosine,

so that theta_k = arg H_k is -2 pi f_k tau for a delay tau. The derivative is
(I_k cos theta_k + Q_k sin theta_k) / (a_k |H_k|), with its sign; what is left over,
Q_k cos theta_k - I_k sin theta_k, has mean zero if theta_k is right and the device has no memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hgedsp.checks import (
    FloatArray,
    VectorLike,
    all_positive,
    as_numbers,
    common_shape,
    require,
)
from hgedsp.hge.amplitudes import checked, checked_known, checked_noise

# A phase further than this from that of the common delay may belong to the other sign.
_FAR = math.pi / 4


@dataclass(frozen=True)
class PhaseFit:
    """The phase of each tone, and its gain where it could be measured.

    Attributes
    ----------
    phase : array of shape (K,)
        theta_k = arg H_k, rad; not reduced to one turn.
    standard_error : array of shape (K,)
        Of it, rad.
    gain : array of shape (K,)
        |H_k|; 1 where the path is known only through a device with unknown derivatives.
    doubtful : array of bool, shape (K,)
        Tones of which the sign is not sure: they lie more than pi/4, with four standard errors,
        from the phase of the common delay. Never with a known path.
    """

    phase: FloatArray
    standard_error: FloatArray
    gain: FloatArray
    doubtful: npt.NDArray[np.bool_]


def fit_phase(
    frequency: VectorLike,
    z: npt.ArrayLike,
    *,
    delay: float = 0.0,
    known: npt.ArrayLike | None = None,
    noise: VectorLike | None = None,
) -> PhaseFit:
    """Find the phase of every tone for itself, for paths that are more than a delay.

    theta_k = arg(sum_w Z_wk^2) / 2, of the two solutions that nearer to -2 pi f_k delay; with a
    known path H_k = sum_w Z_wk known_wk / sum_w known_wk^2 and theta_k = arg H_k, within half a
    turn of -2 pi f_k delay.

    Parameters
    ----------
    frequency, z, known, noise
        As for `fit_delay`; without `noise` two windows are needed.
    delay : float, optional
        Common delay, s, as `fit_delay` finds it.

    Returns
    -------
    PhaseFit

    Raises
    ------
    ParameterError
        If shapes do not fit, numbers are not finite, or noise is not given and cannot be estimated.

    Notes
    -----
    Without noise Z_wk = r_wk H_k with r_wk real, so Z_wk^2 has the angle 2 theta_k whatever the
    sign of r_wk; weighting by |Z|^2 is maximum likelihood [1]_, as derived for `fit_delay`. With a
    known path it is a straight line through the origin by least squares.

    var(theta_k) = sigma_k^2 / sum_w |Z_wk|^2: noise of standard deviation sigma across a vector of
    length |Z| turns it by sigma/|Z|.

    References
    ----------
    .. [1] Kay (1993), Fundamentals of Statistical Signal Processing: Estimation Theory, ch. 7.
    """
    tones, values = checked(frequency, z)
    require(
        as_numbers("fit_phase", "delay", delay, "s").ndim == 0,
        "fit_phase needs one delay for all tones",
        "give the delay that fit_delay found, s",
    )
    expected = -2 * np.pi * tones * delay
    if known is None:
        square = (values**2).sum(axis=0)
        phase, size, turn = np.angle(square) / 2, np.abs(square), np.pi
        gain = np.ones(tones.size)
        residual = (values * np.exp(-1j * phase)).imag
    else:
        reference = np.broadcast_to(checked_known(known, values), values.shape)
        power = (reference**2).sum(axis=0)
        response = (values * reference).sum(axis=0) / power
        phase, gain, turn = np.angle(response), np.abs(response), 2 * np.pi
        size = gain**2 * power
        residual = np.abs(values - response * reference) / math.sqrt(2)
    phase = phase + turn * np.round((expected - phase) / turn)
    if noise is None:
        require(
            len(values) > 1,
            "fit_phase cannot tell noise from signal in one window",
            "give z of several windows or operating points, or noise",
        )
        sigma = np.sqrt((residual**2).sum(axis=0) / (len(values) - 1))
    else:
        sigma = checked_noise(noise, tones.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(size > 0, sigma / np.sqrt(size), np.inf)
    distance = np.abs(phase - expected) + 4 * error
    doubtful = (distance > _FAR) & (known is None)
    return PhaseFit(phase, error, gain, doubtful)


def derotate(
    z: npt.ArrayLike, phase: VectorLike, gain: VectorLike = 1.0
) -> tuple[FloatArray, FloatArray]:
    """Return signed amplitude and quadrature before the path: Z exp(-j theta) / |H|.

    Parameters
    ----------
    z : complex array of shape (..., K)
        I + j Q.
    phase : float or array of shape (K,)
        theta_k, rad.
    gain : float or array of shape (K,), optional
        |H_k|.

    Returns
    -------
    amplitude, quadrature : array of shape (..., K)
        (I cos theta + Q sin theta) / |H| and (Q cos theta - I sin theta) / |H|.

    Raises
    ------
    ParameterError
        If a gain is not positive, numbers are not finite, or shapes do not fit.

    Notes
    -----
    The path has made Z = r H of a real r, with H = |H| exp(j theta): this is the division by H.
    """
    values = np.asarray(z, dtype=np.complex128)
    require(
        bool(np.isfinite(values).all()),
        "derotate got z that are not finite",
        "leave out windows without a finite I + jQ",
    )
    theta = as_numbers("derotate", "phase", phase, "rad")
    size = all_positive("derotate", "gain", as_numbers("derotate", "gain", gain))
    common_shape("derotate", z=values.real, phase=theta, gain=size)
    turned = values * np.exp(-1j * theta) / size
    return turned.real, turned.imag
