"""What an estimator finds, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from hgedsp.checks import FloatArray, IntArray


@dataclass(frozen=True)
class Estimate:
    """First harmonics of K tones in W windows, in the unit of the trace.

    The trace is taken as offset + sum over k of in_phase_k sin(w_k t + phase_k)
    + quadrature_k cos(w_k t + phase_k).

    Attributes
    ----------
    sample : array of shape (W,)
        Last sample of each window, counted like the trace.
    in_phase, quadrature : array of shape (W, K)
    offset : array of shape (W,) or None
        Mean of what is no tone; None where the estimator does not separate it.
    slope : array of shape (W,) or None
        Linear drift per second, if it was asked for.
    residual : array of shape (W,) or None
        Root mean square of what the tones do not explain.
    """

    sample: IntArray
    in_phase: FloatArray
    quadrature: FloatArray
    offset: FloatArray | None = None
    slope: FloatArray | None = None
    residual: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.sample)

    @property
    def size(self) -> FloatArray:
        """Amplitude of each tone in the mean over windows, shape (K,)."""
        size: FloatArray = np.hypot(self.in_phase.mean(axis=0), self.quadrature.mean(axis=0))
        return size


def standard_error(values: FloatArray, correlation: FloatArray | None = None) -> FloatArray | None:
    """Return the standard error of the mean over rows, shape (K,); None for fewer than two.

    Parameters
    ----------
    values : array of shape (W, K)
    correlation : array of shape (L,), optional
        Known correlation of a row with the 1st, 2nd, ... row after it; none if left out.

    Notes
    -----
    With correlation rho_j the W rows are worth W' = W / (1 + 2 sum_j (1 - j/W) rho_j) independent
    ones, and the sample variance s^2 is too small by the factor W (1 - 1/W') / (W - 1) [1]_:
    error^2 = s^2 (W - 1) / (W (W' - 1)).

    References
    ----------
    .. [1] Priestley, Spectral Analysis and Time Series, section 5.3.
    """
    count = len(values)
    if count < 2:
        return None
    rho = np.zeros(0) if correlation is None else correlation[: count - 1]
    lags = np.arange(1, len(rho) + 1)
    worth = count / (1 + 2 * float(np.sum((1 - lags / count) * rho)))
    if worth <= 1:
        return None
    variance = values.var(axis=0, ddof=1)
    error: FloatArray = np.sqrt(variance * (count - 1) / (count * (worth - 1)))
    return error


def low_pass_correlation(order: int, lag: FloatArray) -> FloatArray:
    """Return the correlation of white noise behind n equal one-poles, a lag (> 0, in tau) later.

    abs(H)^2 = (1 + w^2 tau^2)^-n has the autocorrelation of Matern with exponent n - 1/2:
    rho(x) = 2^(1-v)/Gamma(v) x^v K_v(x), v = n - 1/2 (Rasmussen & Williams, eq. 4.14).
    """
    v = order - 0.5
    rho: FloatArray = 2 ** (1 - v) / math.gamma(v) * lag**v * special.kv(v, lag)
    return rho
