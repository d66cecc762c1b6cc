"""Second derivatives from the bins at twice a tone and at sums and differences of two.

With y = f(p + sum_k a_k sin theta_k), theta_k = w_k t + phi_k, the second order of f is

    1/2 sum_ij f_ij a_i a_j sin theta_i sin theta_j =
        sum_i   f_ii a_i^2 / 4 (1 - cos 2 theta_i)
      + sum_i<j f_ij a_i a_j / 2 (cos(theta_i - theta_j) - cos(theta_i + theta_j)),

so every entry of the Hessian has one bin (i = j) or two of its own, unless bins coincide. For tones
on odd bins all of them are even, no product of odd order falls on them, and for a Sidon set within
one octave they are all different.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hgedsp.checks import (
    FloatArray,
    IntArray,
    VectorLike,
    all_positive,
    as_lanes,
    as_numbers,
    require,
    require_integer,
    require_positive,
)
from hgedsp.errors import ParameterError
from hgedsp.hge.derivatives import as_symmetric
from hgedsp.hge.empty_bins import product_bins
from hgedsp.hge.second_order import Density, Products, Response, solve


@dataclass(frozen=True)
class HessianPlan:
    """Which bins to demodulate for a Hessian, and how to put it together.

    Attributes
    ----------
    pairs : array of int, shape (P, 2)
        Entries (i, j), i <= j, in the order of the estimate: (0, 0), (0, 1) ... (K - 1, K - 1), or
        the diagonal only.
    bins : array of int, shape (B,)
        Bins to demodulate.
    weights : array of shape (P, 2 B)
        hessian = weights @ (I_1 ... I_B, Q_1 ... Q_B) with I_b = 2 mean(y sin(w_b t)) and Q_b with
        the cosine, phase 0.
    density : array of shape (B,)
        Noise density that was assumed on each bin, square of the unit of y per Hz, or 1.
    shared : array of int, shape (C, 2)
        Entries of which a bin is shared with others, and that were told apart by least squares.
    biased : array of int, shape (D, 2)
        Entries for which bins with third-order products had to be used.
    """

    pairs: IntArray
    bins: IntArray
    weights: FloatArray
    density: FloatArray
    shared: IntArray
    biased: IntArray

    def variance(self, seconds: float) -> FloatArray:
        """Return the variance of each entry after a coherent time, shape (P,).

        I_b and Q_b have the variance S_b / T: that of f_ii is 16 S / (a_i^4 T), that of f_ij
        2 S / (a_i^2 a_j^2 T) where sum and difference are as noisy. From the amplitudes
        a_i^2 f_ii / 4 on one bin, and a_i a_j f_ij / 2 on each of two, which are averaged.
        """
        require_positive("HessianPlan.variance", "s", seconds=seconds)
        variance: FloatArray = self.weights**2 @ np.tile(self.density, 2) / seconds
        return variance

    def estimate(self, in_phase: FloatArray, quadrature: FloatArray) -> FloatArray:
        """Return the entries, shape (..., P), from amplitudes at the bins, shape (..., B)."""
        i, q = np.asarray(in_phase), np.asarray(quadrature)
        require(
            i.shape == q.shape and i.shape[-1:] == self.bins.shape,
            f"HessianPlan.estimate needs both quadratures of {self.bins.size} bins, "
            f"got shapes {i.shape} and {q.shape}",
            "demodulate at the bins of the plan",
        )
        entries: FloatArray = np.concatenate([i, q], axis=-1) @ self.weights.T
        return entries


def hessian_plan(
    tones: IntArray | Sequence[int],
    amplitude: VectorLike,
    phase: VectorLike = 0.0,
    *,
    highest: int,
    spacing: float = 1.0,
    diagonal: bool = False,
    response: Response | None = None,
    density: Density | None = None,
) -> HessianPlan:
    """Choose the bins for the second derivatives, and the weights that turn them into a Hessian.

    1/2 sum_ij f_ij a_i a_j sin theta_i sin theta_j has the amplitude a_i^2/4 f_ii at 2 k_i, and
    a_i a_j/2 f_ij at k_i + k_j and at |k_i - k_j|. Where several entries share bins, they are told
    apart by weighted least squares over both quadratures of all bins they fall on; phases of the
    tones that differ help with it.

    Parameters
    ----------
    tones : array of int, shape (K,)
        Periods of each tone per window.
    amplitude, phase : float or array of shape (K,)
        Of the tones, V and rad at sample 0.
    highest : int
        Highest bin that can be demodulated: below half of the samples of a window.
    spacing : float, optional
        Hz per bin: one over the length of a window. For `response` and `density`.
    diagonal : bool, optional
        Only f_ii. What shares bins with it is still taken into account.
    response : callable, optional
        Complex gain at frequencies (Hz) of the path from the device to the detector, such as
        ``lambda f: np.exp(-2j * np.pi * f * delay)``; 1 if left out.
    density : callable, optional
        One-sided noise density at frequencies (Hz): a noisier bin weighs less, as the low
        differences do with 1/f noise. The same everywhere if left out.

    Returns
    -------
    HessianPlan

    Raises
    ------
    ParameterError
        If tones are no whole numbers, an amplitude is not positive, shapes do not fit, the response
        or the density is not finite on a bin, or an entry cannot be told from others at these
        tones.

    Notes
    -----
    From 2 sin A sin B = cos(A - B) - cos(A + B) in the second order of Taylor's series. [1]_
    demodulate second derivatives likewise, for Newton steps of an extremum-seeking loop.

    Fourth derivatives bias the estimate, see `hessian_bias`. Bins on which tones or products of
    third order fall are not used, unless an entry has no other.

    References
    ----------
    .. [1] Ghaffari, Krstic & Nesic (2012), Automatica 48, 1759-1767.
    """
    require_integer("hessian_plan", 1, highest=highest)
    require_positive("hessian_plan", "Hz", spacing=spacing)
    products = Products.of(tones, amplitude, phase)
    products = products.on((products.bin > 0) & (products.bin <= highest))
    needed = products.diagonal if diagonal else np.ones(len(products.pairs), dtype=bool)
    # Products of order three include the tones themselves.
    clean = products.on(~np.isin(products.bin, product_bins(tones, 3)))
    found = solve(clean, spacing, response, density)
    biased = found.missing & needed
    if biased.any():
        off_tones = products.on(~np.isin(products.bin, np.asarray(tones)))
        found = solve(off_tones, spacing, response, density)
        _refuse(products.pairs[found.missing & needed])
    rows = found.weights[needed]
    used = np.any(rows.reshape(len(rows), 2, -1) != 0, axis=(0, 1))
    return HessianPlan(
        products.pairs[needed],
        found.bins[used],
        rows[:, np.tile(used, 2)],
        found.noise[used],
        products.pairs[needed & found.shared],
        products.pairs[biased],
    )


def hessian_bias(fourth: FloatArray, amplitude: VectorLike) -> FloatArray:
    """Return what fourth derivatives add to the estimated Hessian, shape (K, K).

    f_ii: a_i^2/12 f_iiii + sum_{j != i} a_j^2/4 f_iijj
    f_ij: a_i^2/8 f_iiij + a_j^2/8 f_ijjj + sum_{k != i, j} a_k^2/4 f_ijkk

    Parameters
    ----------
    fourth : array of shape (K, K, K, K)
        Fourth derivatives at the operating point.
    amplitude : float or array of shape (K,)
        Of the tones, V.

    Returns
    -------
    array of shape (K, K)
        A/V^2.

    Raises
    ------
    ParameterError
        If the fourth derivatives are not of that shape, finite and symmetric in all four, or an
        amplitude is not positive.

    Notes
    -----
    From sin^3 x = (3 sin x - sin 3x)/4 and sin^4 x = 3/8 - cos(2x)/2 + cos(4x)/8 in the fourth
    order of f. Products a + b + c - d of other tones that fall on a bin come on top, and so do
    sixth derivatives, O(a^4).
    """
    owner, size = (
        "hessian_bias",
        max(1, len(np.atleast_1d(as_numbers("hessian_bias", "fourth", fourth)))),
    )
    tensor = as_symmetric(owner, "fourth", fourth, size, 4)
    a = all_positive(owner, "amplitude", as_lanes(owner, "amplitude", amplitude, size, "V"), "V")
    a2 = a**2
    traced = np.einsum("ijkk,k->ijk", tensor, a2)
    bias: FloatArray = traced.sum(axis=2) / 4
    first = np.einsum("iji->ij", traced)  # a_i^2 f_iiij
    bias -= (first + first.T) / 8
    own = np.einsum("iii->i", traced)
    bias[np.diag_indices(size)] = traced[np.arange(size), np.arange(size)].sum(axis=1) / 4
    bias[np.diag_indices(size)] -= own / 4 - own / 12
    return bias


def as_matrix(entries: FloatArray) -> FloatArray:
    """Return symmetric matrices, shape (..., K, K), from entries (0, 0), (0, 1) ..., (..., P).

    Returns
    -------
    array of shape (..., K, K)
        In the unit of the entries.

    Raises
    ------
    ParameterError
        If the entries do not fill a triangle.
    """
    entries = np.asarray(entries, dtype=np.float64)
    count = entries.shape[-1] if entries.ndim else 0
    size = int((np.sqrt(8 * count + 1) - 1) / 2)
    require(
        count > 0 and size * (size + 1) // 2 == count,
        f"{count} numbers are no upper triangle of a matrix",
        "give K (K + 1) / 2 entries",
    )
    matrix = np.zeros((*entries.shape[:-1], size, size))
    row, column = np.triu_indices(size)
    matrix[..., row, column] = entries
    matrix[..., column, row] = entries
    return matrix


def _refuse(pairs: IntArray) -> None:
    if len(pairs):
        listing = ", ".join(f"f_{i}{j}" if max(i, j) < 10 else f"f_{i},{j}" for i, j in pairs[:4])
        raise ParameterError(
            f"{len(pairs)} second derivatives have no bins of their own: {listing}"
            f"{' ...' if len(pairs) > 4 else ''}",
            mend="take tones on a Sidon set of odd bins within one octave, and a sample rate above "
            "four times the highest tone",
        )
