"""What error to expect of each way to measure a gradient, in the same total time.

Notation: K electrodes, peak amplitude a, total time T, one-sided noise density S(f), device f with
derivatives f_i, f_ijk. Each estimate has a bias, the same every time, and a variance. For white
noise and no waiting the variances are (`docs/hge.md`, "Estimators side by side")

    HGE, all tones at once          S / (a^2 T)   (`hgedsp.hge.noise.window_variance`)
    HGE, one electrode at a time    S K / (a^2 T)
    central differences             S K / (2 a^2 T)
    SPSA, Walsh codes               S / (2 a^2 T),   SPSA plus (sum of other f_j^2) / draws

A sine has half the power of a square wave of the same peak: that is the factor 2 between the
columns. At equal total power of the perturbation, a^2 goes as 1/K for all who move all electrodes
at once, and the factor K is gone: what then remains is no waiting, and noise from where the tones
are instead of from where the switching is.

The biases are the third order of a Taylor series, averaged over the waveform: u^4 / u^2 over 6 for
the electrode itself and u_j^2 / 2 for each other one, u the perturbation. For a sine (means of
3/8 and 1/2) that is a^2/8 and a^2/4, for a square wave a^2/6 and a^2/2.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hgedsp.checks import FloatArray, require, require_integer, require_positive
from hgedsp.hge.lines import VectorFunction
from hgedsp.hge.smoothing import smoothed_gradient

Density = Callable[[FloatArray], FloatArray]
GradientOf = Callable[[FloatArray], FloatArray]


_TURNS = 32  # swings of an integrand that are followed one by one


@dataclass(frozen=True)
class Waveform:
    """How strongly third derivatives bias an estimate: own a^2 f_iii + other sum_j a^2 f_ijj."""

    own: float
    other: float


SINE = Waveform(1 / 8, 1 / 4)
SINE_ALONE = Waveform(1 / 8, 0.0)
SQUARE = Waveform(1 / 6, 1 / 2)
SQUARE_ALONE = Waveform(1 / 6, 0.0)


@dataclass(frozen=True)
class ExpectedError:
    """Error to expect of an estimated gradient.

    Attributes
    ----------
    bias, variance : array of shape (K,)
        In units of the gradient, and their square.
    scale : float
        Standard deviation of a factor that all derivatives have in common.
    """

    bias: FloatArray
    variance: FloatArray
    scale: float = 0.0

    def relative(self, gradient: FloatArray) -> float:
        """Return the mean of |estimate - gradient|^2 over |gradient|^2."""
        apart = (self.bias**2 + self.variance).sum() / (gradient**2).sum()
        return float(apart) + self.scale**2

    def floor(self, gradient: FloatArray) -> float:
        """Return what no measurement time takes away: |bias|^2 over |gradient|^2."""
        return float((self.bias**2).sum() / (gradient**2).sum())

    def spread(self, gradient: FloatArray, repeats: int) -> float:
        """Return the standard deviation of the mean of so many relative squared errors.

        For normal and independent errors of the derivatives. The common factor is taken for one and
        the same in all repeats, since it comes from noise that is slower than these.
        """
        chance = (2 * self.variance**2 + 4 * self.bias**2 * self.variance).sum()
        chance /= float((gradient**2).sum()) ** 2 * repeats
        return float(np.sqrt(chance + 2 * self.scale**4))

    def angle(self, gradient: FloatArray) -> float:
        """Return the angle to the gradient (rad): root mean square across it, over its length.

        Holds for small angles. Errors along the gradient do not turn it.
        """
        length = float(np.linalg.norm(gradient))
        along = gradient / length
        across = (self.bias**2 + self.variance).sum() - (self.bias @ along) ** 2
        across -= float(self.variance @ along**2)
        return float(np.arctan2(np.sqrt(max(across, 0.0)), length))


def third_order_bias(third: FloatArray, amplitude: float, waveform: Waveform) -> FloatArray:
    """Return the bias of each derivative, own a^2 f_iii + other a^2 sum_{j != i} f_ijj.

    Parameters
    ----------
    third : array of shape (K, K, K)
        Third derivatives at the operating point.
    amplitude : float
        Peak amplitude a, V.
    waveform : Waveform
        Of the perturbation.

    Returns
    -------
    array of shape (K,)
        A/V.
    """
    own = np.einsum("iii->i", third)
    others = np.einsum("ijj->i", third) - own
    bias: FloatArray = amplitude**2 * (waveform.own * own + waveform.other * others)
    return bias


def averaged_gradient(
    function: VectorFunction, point: FloatArray, amplitude: float, waveform: Waveform
) -> FloatArray:
    """Return the gradient that an estimate tends to, averaged over a perturbation of any size.

    E[f(p + a w) w_i] / (a E[w_i^2]), w one of the four waveforms of this module. Where the device
    is of third order it is f_i and `third_order_bias`.

    Parameters
    ----------
    function : callable
        Values (N,) at voltages (N, K).
    point : array of shape (K,)
        V. All 2^K signs are gone through for `SQUARE`.
    amplitude : float
        Peak amplitude a, V.
    waveform : Waveform
        `SINE`, `SQUARE`, or one of these on one electrode after the other.

    Returns
    -------
    array of shape (K,)
        A/V.
    """
    sine = waveform.own == SINE.own
    if waveform.other == 0.0:
        parts = []
        for one in np.eye(len(point)):

            def along(step: FloatArray, one: FloatArray = one) -> FloatArray:
                return np.asarray(function(point + step * one))

            alone = Waveform(waveform.own, SINE.other if sine else SQUARE.other)
            parts.append(averaged_gradient(along, np.zeros(1), amplitude, alone))
        return np.concatenate(parts)
    if sine:
        return smoothed_gradient(function, point, amplitude).gradient
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=len(point))))
    values = np.asarray(function(point + amplitude * signs))
    gradient: FloatArray = values @ signs / (len(signs) * amplitude)
    return gradient


def pair_variance(
    density: Density, amplitude: float, dwell: int, settle: int, rate: float
) -> float:
    """Return the variance of one derivative from one pair of levels at +-a.

    V = 1/(4 a^2) integral S(f) |D(f)|^2 4 sin^2(pi f d) df,   from 0 to half the rate

    with d the time from one reading to the next and D the mean over the time read, m samples:
    |D| = sin(pi f m / rate) / (m sin(pi f / rate)). For white noise and read time t = d - settle it
    is S / (4 a^2 t); for S = c/f and t = d it is (ln 2) c / a^2, however long one reads.

    Parameters
    ----------
    density : callable
        One-sided noise density at frequencies in Hz.
    amplitude : float
        a, V.
    dwell, settle : int
        Samples on each level, and how many of them are waited through before reading.
    rate : float
        Samples per second, Hz.

    Returns
    -------
    float
        (A/V)^2.

    Raises
    ------
    ParameterError
        If nothing is left to read.
    """
    require_positive("pair_variance", "V", amplitude=amplitude)
    require_integer("pair_variance", 0, settle=settle)
    require(
        dwell > settle,
        f"pair_variance has {dwell} samples on a level, {settle} of them to settle",
        "stay longer on each level, or settle faster",
    )
    read = dwell - settle
    near, width = _near(rate, dwell)
    swing = 2 * np.sin(np.pi * near * dwell / rate) * np.sin(np.pi * near * read / rate)
    integral = width @ (density(near) * (swing / (read * np.sin(np.pi * near / rate))) ** 2)
    far, width = _far(rate, dwell, settle)
    # 4 sin^2(x) sin^2(y) for large x and y is 1 + cos(2 (x - y)) / 2 on the average.
    swing_squared = 1 + np.cos(2 * np.pi * far * settle / rate) / 2
    integral += width @ (density(far) * swing_squared / (read * np.sin(np.pi * far / rate)) ** 2)
    return float(integral) / (4 * amplitude**2)


def mean_variance(density: Density, time: float) -> float:
    """Return the variance of the mean of noise over a time (s): integral S(f) sinc^2(f T) df.

    Returns
    -------
    float
        A^2.
    """
    require_positive("mean_variance", "s", time=time)
    # Finer than the lobes of the sinc up to the 30th, which is where 1 % of white noise is left.
    edges = np.concatenate([[0.0], np.geomspace(1e-6, 0.1, 500), np.linspace(0.1, 30.0, 3000)[1:]])
    turns, width = _middles(edges)
    return float(width @ (density(turns / time) * np.sinc(turns) ** 2)) / time


def loss_density(
    density: Density, frequency: FloatArray, carried: FloatArray, offset: float
) -> FloatArray:
    """Return the density of noise at each tone of the loss (y - target)^2.

    4 e^2 S(f_i) + A_i^2 S(2 f_i) + sum_{j != i} A_j^2 (S(abs(f_i - f_j)) + S(f_i + f_j))

    Noise n shows as 2 (e + sum A_j sin) n: by the distance e from the target, and around each tone,
    where the slow part of 1/f noise falls on near neighbours. The square of n is left out, and
    what is slower than a measurement is a factor that all derivatives share (`mean_variance`).

    Parameters
    ----------
    density : callable
        S, one-sided noise density of the output at frequencies in Hz.
    frequency, carried : array of shape (K,)
        Tones, Hz, and their amplitudes A_i in the output.
    offset : float
        e, output minus target.

    Returns
    -------
    array of shape (K,)
        A^4/Hz.
    """
    apart = np.abs(np.subtract.outer(frequency, frequency))
    own = np.eye(len(frequency), dtype=bool)
    slow = np.where(own, 0.0, density(np.where(own, 1.0, apart)))
    around = slow + density(np.add.outer(frequency, frequency))
    result: FloatArray = 4 * offset**2 * density(frequency) + around @ carried**2
    return result


def draw_variance(gradient: FloatArray, draws: float) -> FloatArray:
    """Return the cross-talk of SPSA: (sum over j != i of f_j^2) / draws, shape (K,).

    Returns
    -------
    array of shape (K,)
        (A/V)^2.
    """
    variance: FloatArray = ((gradient**2).sum() - gradient**2) / draws
    return variance


def code_variance(third: FloatArray, amplitude: float, length: int) -> FloatArray:
    """Return what third order puts on Walsh codes in one cycle, shape (K,).

    The product of three of N codes is a fourth, one of the N - 3 others. With codes dealt at random
    and turned about at random, derivative l gains a^2 f_abc with a random sign wherever that is
    its own: sum over a < b < c, none of them l, of (a^2 f_abc)^2 / (N - 3).

    Parameters
    ----------
    third : array of shape (K, K, K)
    amplitude : float
        a, V.
    length : int
        N.

    Returns
    -------
    array of shape (K,)
        (A/V)^2.
    """
    count = len(third)
    if count < 4:
        return np.zeros(count)
    square = third**2
    for axes in ("iij->ij", "iji->ij", "jii->ij"):
        # A view onto the entries of which two indices are equal; they are no collisions.
        np.einsum(axes, square)[...] = 0.0
    # Each triple is in the tensor six times, and two times among those of one electrode.
    without = square.sum() / 6 - square.sum(axis=(1, 2)) / 2
    variance: FloatArray = amplitude**4 * np.maximum(without, 0.0) / (length - 3)
    return variance


def leakage_variance(
    gradient: FloatArray, frequency: FloatArray, time: float, amplitude: float = 1.0
) -> FloatArray:
    """Return what neighbours leak into each derivative where periods are not whole.

    1/2 sum_{j != i} f_j^2 sinc^2((f_i - f_j) T), the mean square over random phases of a boxcar;
    images at the sum of two tones are left out.

    Returns
    -------
    array of shape (K,)
        (A/V)^2.
    """
    spacing = np.subtract.outer(frequency, frequency)
    share = np.sinc(spacing * time) ** 2 / 2
    np.fill_diagonal(share, 0.0)
    variance: FloatArray = share @ gradient**2
    return variance


def comb_variance(third: FloatArray, amplitude: float) -> FloatArray:
    """Return the mean square of intermodulation of an even comb with random phases, shape (K,).

    Tones at f_0 + i Delta put f_a + f_b - f_c on tone l wherever a + b - c = l. With sines of
    amplitude a the derivative there gains a^2 f_abc / 4 for a != b, and a^2 f_aac / 8 for twice the
    same tone, each with a random phase; half of its square is in phase. Products that always fall
    on the tone (c = a or c = b) are no collisions but the bias of `third_order_bias`.

    Returns
    -------
    array of shape (K,)
        (A/V)^2.
    """
    count = len(third)
    first, second = np.triu_indices(count)
    strength = np.where(first == second, 1 / 8, 1 / 4)
    variance = np.zeros(count)
    for tone in range(count):
        # c = a or c = b would mean that the other one is the tone itself.
        partner = first + second - tone
        hit = (partner >= 0) & (partner < count) & (first != tone) & (second != tone)
        product = third[first[hit], second[hit], partner[hit]] * strength[hit]
        variance[tone] = amplitude**4 * (product**2).sum() / 2
    return variance


def third_derivatives(gradient_of: GradientOf, point: FloatArray, step: float) -> FloatArray:
    """Return all third derivatives at a point from differences of the gradient.

    Parameters
    ----------
    gradient_of : callable
        Gradient at points of shape (N, K).
    point : array of shape (K,)
        V.
    step : float
        V; errors go with its square, and with the derivatives of fifth order.

    Returns
    -------
    array of shape (K, K, K)
    """
    require_positive("third_derivatives", "V", step=step)
    count = len(point)
    shift = step * np.eye(count)
    third = np.empty((count, count, count))
    for j in range(count):
        mixed = sum(
            side_j * side_k * gradient_of(point + side_j * shift[j] + side_k * shift)
            for side_j in (1, -1)
            for side_k in (1, -1)
        )
        third[:, j, :] = np.asarray(mixed).T / (4 * step**2)
    return third


def _near(rate: float, dwell: int) -> tuple[FloatArray, FloatArray]:
    """Return frequencies, and their widths, where the swings of the integrand are followed.

    It has a zero at every multiple of rate / dwell, and is smooth below the first.
    """
    turn = rate / dwell
    end = min(_TURNS * turn, rate / 2)
    low = min(turn, end) * np.geomspace(1e-6, 1.0, 1001)
    even = np.linspace(low[-1], end, 1 + 16 * round((end - low[-1]) / turn))
    return _middles(np.concatenate([[0.0], low, even[1:]]))


def _far(rate: float, dwell: int, settle: int) -> tuple[FloatArray, FloatArray]:
    """Return frequencies, and their widths, beyond those: only the mean over swings counts."""
    start = min(_TURNS * rate / dwell, rate / 2)
    return _middles(np.geomspace(start, rate / 2, 1001 + 16 * settle))


def _middles(edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    return (edges[1:] + edges[:-1]) / 2, np.diff(edges)
