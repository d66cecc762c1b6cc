"""The loop that learns while it measures: how fast it may go, and how fast it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from hgedsp.checks import (
    ComplexArray,
    FloatArray,
    as_numbers,
    require,
    require_integer,
    require_positive,
)
from hgedsp.hge.derivatives import as_symmetric
from hgedsp.hge.filters import Response, gain_of

_DECADES, _PER_DECADE = 9, 400


@dataclass(frozen=True)
class LearningLoop:
    """The continuous loop, averaged over the tones and linearised where it stands.

    theta' = -eta H{g},   g = lambda theta along an eigenvector of the loss's second derivatives

    L(f) = eta lambda / rate  H(f) exp(-2 pi i f delay / rate) / (exp(2 pi i f / rate) - 1)

    with H everything between loss and updater. The picture holds where the loop is slow beside the
    lowest tone and the spacing of tones; see `hgedsp.hge.time_scales`.

    Parameters
    ----------
    response : callable
        H(frequency, rate) of the low-pass, times that of other filters in the loop.
    rate : float
        Sample rate, Hz.
    curvature : float
        lambda, largest eigenvalue of the loss's second derivatives, unit of the loss per V^2.
    delay : int, optional
        Further samples of delay in the loop, beside the one of the updater.

    Raises
    ------
    ParameterError
        If a value is out of range.

    Notes
    -----
    The updater theta[n + 1] = theta[n] - eta/rate g[n] has the response -eta/rate / (z - 1) at
    z = exp(2 pi i f / rate). By Nyquist's criterion [1]_ the loop, stable for small rates, loses
    its stability where L(f) first reaches -1.

    References
    ----------
    .. [1] Nyquist (1932), Bell System Technical Journal 11, 126-147.
    """

    response: Response
    rate: float
    curvature: float
    delay: int = 0

    def __post_init__(self) -> None:
        require_positive("LearningLoop", "Hz", rate=self.rate)
        require_positive("LearningLoop", "", curvature=self.curvature)
        require_integer("LearningLoop", 0, delay=self.delay)

    def open_loop(self, frequency: FloatArray, learning_rate: float) -> ComplexArray:
        """Return L(f) at a learning rate eta per second, V^2 per unit of the loss and s."""
        require_positive("LearningLoop.open_loop", "", learning_rate=learning_rate)
        gain = learning_rate * self.curvature / self.rate
        result: ComplexArray = gain * self._unit(np.asarray(frequency, dtype=np.float64))
        return result

    @property
    def largest_learning_rate(self) -> float:
        """The learning rate (per second) above which the loop swings up.

        The least one at which L(f) = -1 at some frequency. A `GradientDescent` takes it divided by
        its own rate.
        """
        crossings = self._crossings()
        strongest = float(np.max(np.abs(self._unit(crossings))))
        return self.rate / (self.curvature * strongest)

    def bandwidth(self, learning_rate: float) -> float:
        """Return the frequency (Hz) up to which the loop follows: abs(L(f)) falls below 1."""
        require_positive("LearningLoop.bandwidth", "", learning_rate=learning_rate)
        grid = self._grid()
        strong = np.abs(self.open_loop(grid, learning_rate)) >= 1
        if not strong.any():
            return float(grid[0])
        last = int(np.flatnonzero(strong)[-1])
        if last + 1 == grid.size:
            return float(grid[-1])

        def excess(f: float) -> float:
            return abs(complex(self.open_loop(np.array([f]), learning_rate)[0])) - 1

        return float(optimize.brentq(excess, grid[last], grid[last + 1]))

    def phase_margin(self, learning_rate: float) -> float:
        """Return by how much (rad) the phase at `bandwidth` stays short of a half turn."""
        f = self.bandwidth(learning_rate)
        grid = np.append(self._grid()[self._grid() < f], f)
        return math.pi + float(np.unwrap(np.angle(self._unit(grid)))[-1])

    def _unit(self, frequency: FloatArray) -> ComplexArray:
        turn = 2j * np.pi * frequency / self.rate
        # expm1 keeps all digits where the frequency is low.
        unit: ComplexArray = (
            gain_of("LearningLoop", self.response, frequency, self.rate)
            * np.exp(-self.delay * turn)
            / np.expm1(turn)
        )
        return unit

    def _grid(self) -> FloatArray:
        top = self.rate / 2
        grid: FloatArray = np.geomspace(top * 10.0**-_DECADES, top, _DECADES * _PER_DECADE + 1)
        if self.delay > 1:
            # Equal steps in the phase of the delay, of which the last turns are too fast else.
            fine = np.linspace(0.0, top, 16 * self.delay + 1)[1:]
            grid = np.union1d(grid, fine)
        return grid

    def _crossings(self) -> FloatArray:
        """Return all frequencies at which L is a negative number."""
        grid = self._grid()
        values = self._unit(grid)
        change = (values.imag[:-1] * values.imag[1:] < 0) & (values.real[:-1] < 0)
        found = [
            optimize.brentq(lambda f: complex(self._unit(np.array([f]))[0]).imag, *grid[i : i + 2])
            for i in np.flatnonzero(change)
        ]
        # At half the sample rate everything is a number; whether a negative one depends.
        if values[-1].real < 0:
            found.append(grid[-1])
        require(
            bool(found),
            "the loop's phase reaches no half turn below half the sample rate",
            "check that the response is that of a low-pass",
        )
        return np.array(found)


def largest_learning_rate_of_poles(time_constant: float, order: int, curvature: float) -> float:
    """Return the learning rate (per second) at which a loop with n analog poles begins to swing up.

    eta lambda tau < tan(pi/(2n)) / cos(pi/(2n))^n:   no limit, 2, 0.889, 0.569 for n = 1 to 4

    With one pole the loop is critically damped at eta lambda tau = 1/4.

    Parameters
    ----------
    time_constant : float
        tau of each pole, s.
    order : int
        Number of poles n.
    curvature : float
        lambda, largest second derivative of the loss, per square of the parameter's unit.

    Returns
    -------
    float
        1/s; infinite for a single pole.

    Raises
    ------
    ParameterError
        If `time_constant` or `curvature` is not positive, or `order` no whole number from 1.

    Notes
    -----
    From theta' = -eta lambda theta / (1 + s tau)^n, thus s (1 + s tau)^n + eta lambda = 0. On the
    imaginary axis s has the phase pi/2, so each pole gives pi/(2n): s = i tan(pi/(2n)) / tau, where
    abs(1 + s tau) is 1/cos(pi/(2n)).
    """
    require_positive("largest_learning_rate_of_poles", "s", time_constant=time_constant)
    require_positive("largest_learning_rate_of_poles", "", curvature=curvature)
    require_integer("largest_learning_rate_of_poles", 1, order=order)
    if order == 1:
        return math.inf
    angle = math.pi / (2 * order)
    return math.tan(angle) / math.cos(angle) ** order / (curvature * time_constant)


def largest_learning_rate_of_windows(
    window: float, curvature: float, windows_late: int = 0
) -> float:
    """Return the learning rate (per second) at which updates once per window begin to swing up.

    eta T lambda < 2 sin(pi / (2 (2 d + 1))):   2 at once, 1 with d = 1 window of delay

    Parameters
    ----------
    window : float
        Time T from update to update, s.
    curvature : float
        lambda, unit of the loss per V^2.
    windows_late : int, optional
        Windows d that pass between a measurement and the update by it.

    Returns
    -------
    float
        1/s.

    Raises
    ------
    ParameterError
        If `window` or `curvature` is not positive, or `windows_late` no whole number from 0.

    Notes
    -----
    From theta[n + 1] = theta[n] - eta T lambda theta[n - d], thus z - 1 + eta T lambda z^-d = 0. At
    z = exp(i x), z - 1 is 2 sin(x/2) exp(i (x + pi)/2): the phases agree at x = pi/(2 d + 1).
    """
    require_positive("largest_learning_rate_of_windows", "s", window=window)
    require_positive("largest_learning_rate_of_windows", "", curvature=curvature)
    require_integer("largest_learning_rate_of_windows", 0, windows_late=windows_late)
    limit = 2.0 * math.sin(math.pi / (2 * (2 * windows_late + 1)))
    return limit / (window * curvature)


def largest_curvature(hessian: FloatArray) -> float:
    """Return the largest eigenvalue of a symmetric matrix of second derivatives, or 0.

    Returns
    -------
    float
        In the unit of the matrix.

    Raises
    ------
    ParameterError
        If it is not a square matrix of finite numbers, or not symmetric.
    """
    size = max(1, len(np.atleast_1d(as_numbers("largest_curvature", "hessian", hessian))))
    matrix = as_symmetric("largest_curvature", "hessian", hessian, size, 2)
    return max(float(np.linalg.eigvalsh(matrix)[-1]), 0.0)
