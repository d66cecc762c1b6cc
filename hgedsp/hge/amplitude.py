"""How large to make the perturbation: between noise and curvature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from hgedsp.checks import (
    FloatArray,
    VectorLike,
    all_positive,
    as_numbers,
    common_shape,
    require,
    require_not_negative,
    require_positive,
)


def mean_square_error(
    amplitude: VectorLike, density: float, window: float, curvature: VectorLike
) -> FloatArray:
    """Return noise variance plus squared bias of a derivative, (A/V)^2.

    MSE = S/(a^2 T) + (B a^2)^2

    Parameters
    ----------
    amplitude : float or array
        a (peak), the same for all tones, V.
    density : float
        One-sided noise density S at the tone, A^2/Hz.
    window : float
        Time T that is averaged over, s.
    curvature : float or array
        B = f_kkk/8 + sum over j != k of f_kjj/4, A/V^3; see `Derivatives.curvature`.

    Returns
    -------
    array of the shape of `amplitude` and `curvature` together
        (A/V)^2.

    Raises
    ------
    ParameterError
        If the density is negative, an amplitude or the window not positive, a curvature not
        finite, or shapes do not fit.

    Notes
    -----
    The first term is the variance of `window_variance`, the second the square of the bias of
    `expected_gradient`, all amplitudes being equal and no product on a tone.
    """
    owner = "mean_square_error"
    _check(owner, density, window)
    a = all_positive(owner, "amplitude", as_numbers(owner, "amplitude", amplitude, "V"), "V")
    b = as_numbers(owner, "curvature", curvature, "A/V^3")
    common_shape(owner, amplitude=a, curvature=b)
    result: FloatArray = density / (a**2 * window) + (b * a**2) ** 2
    return result


@overload
def best_amplitude(density: float, window: float, curvature: float) -> float: ...


@overload
def best_amplitude(
    density: float, window: float, curvature: Sequence[float] | FloatArray
) -> FloatArray: ...


def best_amplitude(density: float, window: float, curvature: VectorLike) -> VectorLike:
    """Return the amplitude of least mean square error, V.

    a = (S / (2 B^2 T))^(1/6)

    There, two thirds of the error are noise, and one third is bias:
    MSE = 3 2^(-2/3) (B S/T)^(2/3). Parameters as for `mean_square_error`. The sign of B does not
    count. For one amplitude on all tones take the root mean square of all B: the sum of all errors
    is least there.

    Returns
    -------
    float, or array of the shape of `curvature`
        V.

    Raises
    ------
    ParameterError
        If a curvature is zero (the larger the better, then), or density or window not positive.

    Notes
    -----
    With x = a^2 the error is S/(x T) + B^2 x^2, of derivative -S/(x^2 T) + 2 B^2 x: zero at
    x^3 = S/(2 B^2 T), where the first term is 2 B^2 x^2.
    """
    _check("best_amplitude", density, window)
    _require_noise("best_amplitude", density)
    b = as_numbers("best_amplitude", "curvature", curvature, "A/V^3")
    require(
        bool(np.all(b != 0)),
        "best_amplitude knows no best amplitude without curvature: the larger the better",
        "give a curvature that is not 0, or take the largest amplitude that the device stands",
    )
    best: FloatArray = (density / (2.0 * b**2 * window)) ** (1.0 / 6.0)
    return best if best.ndim else float(best)


@dataclass(frozen=True)
class Richardson:
    """Two measurements, at amplitudes a and a/r, combined so that the bias of order a^2 is gone.

    g = (r^2 g(a/r) - g(a)) / (r^2 - 1);   (4 g(a/2) - g(a)) / 3 for r = 2

    With g(a) = f_k + B a^2 + C a^4 the bias left is -C a^4 / r^2 (C = f_kkkkk/192 for one tone).

    Parameters
    ----------
    ratio : float, optional
        r, above 1.
    share : float, optional
        Part of all measuring time that is spent on the smaller amplitude, between 0 and 1;
        the best one, r^3/(r^3 + 1), if left out.

    Raises
    ------
    ParameterError
        If one of them is out of range.

    Notes
    -----
    Extrapolation to an amplitude of zero [1]_: B a^2 (r^2/r^2 - 1) = 0, and C a^4 (r^2/r^4 - 1)
    over r^2 - 1 is -C a^4/r^2.

    References
    ----------
    .. [1] Richardson (1911), Philosophical Transactions of the Royal Society A 210, 307-357.
    """

    ratio: float = 2.0
    share: float | None = None

    def __post_init__(self) -> None:
        require_positive("Richardson", "", ratio=self.ratio)
        require(
            self.ratio > 1,
            f"Richardson needs a ratio above 1, got {self.ratio}",
            "give the larger amplitude over the smaller one, 2 for example",
        )
        if self.share is None:
            object.__setattr__(self, "share", self.ratio**3 / (self.ratio**3 + 1))
        require(
            isinstance(self.share, (int, float)) and 0 < self.share < 1,
            f"Richardson needs a share of time between 0 and 1, got {self.share}",
            "leave it out for the best one",
        )

    def combine(self, large: VectorLike, small: VectorLike) -> FloatArray:
        """Return the corrected derivatives from those at a and at a/r, A/V."""
        owner, square = "Richardson.combine", self.ratio**2
        at_a, at_less = as_numbers(owner, "large", large), as_numbers(owner, "small", small)
        common_shape(owner, large=at_a, small=at_less)
        result: FloatArray = (square * at_less - at_a) / (square - 1)
        return result

    @property
    def variance_factor(self) -> float:
        """Variance over that of a single measurement at a in the same time altogether.

        (r^6/s + 1/(1 - s)) / (r^2 - 1)^2 for a share s of the time at a/r: 9 for r = 2 at the best
        share, 130/9 at equal times (then 65/9 times that of a measurement at a of half the time).

        A derivative at a/r has r^2 times the variance and the weight r^2/(r^2 - 1), that at a the
        weight 1/(r^2 - 1); each variance goes with one over its share of the time.
        """
        assert self.share is not None
        r, s = self.ratio, self.share
        return (r**6 / s + 1 / (1 - s)) / (r**2 - 1) ** 2

    def variance(self, amplitude: float, density: float, window: float) -> float:
        """Return the variance, (A/V)^2, if both measurements together take `window` (s)."""
        _check("Richardson.variance", density, window)
        require_positive("Richardson.variance", "V", amplitude=amplitude)
        return self.variance_factor * density / (amplitude**2 * window)

    def best_amplitude(self, density: float, window: float, fourth: float) -> float:
        """Return the larger amplitude a of least mean square error, V.

        a = (V S r^4 / (4 C^2 T))^(1/10),   from V S/(a^2 T) + (C a^4/r^2)^2

        Parameters
        ----------
        density, window : float
            S, A^2/Hz, and the time T of both measurements together, s.
        fourth : float
            C, the bias of a single measurement per fourth power of the amplitude, A/V^5; not 0.

        Returns
        -------
        float
            V.
        """
        _check("Richardson.best_amplitude", density, window)
        _require_noise("Richardson.best_amplitude", density)
        as_numbers("Richardson.best_amplitude", "fourth", fourth, "A/V^5")
        require(
            fourth != 0,
            "Richardson.best_amplitude needs a bias of fourth order that is not 0",
            "where it is 0, the larger the amplitude the better",
        )
        noise = self.variance_factor * density / window
        return float((noise * self.ratio**4 / (4 * fourth**2)) ** 0.1)


def _require_noise(owner: str, density: float) -> None:
    require(
        density > 0,
        f"{owner} knows no best amplitude without noise: the smaller the better",
        "give a density above 0 A^2/Hz, or take the smallest amplitude that can be made",
    )


def _check(owner: str, density: float, window: float) -> None:
    require_not_negative(owner, "A^2/Hz", density=density)
    require_positive(owner, "s", window=window)
