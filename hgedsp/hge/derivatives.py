"""Derivatives of a device at its operating point, up to the third."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray, VectorLike, as_lanes, as_numbers, as_vector, require

_ASYMMETRY = 1e-6  # of the largest entry


@dataclass(frozen=True)
class Derivatives:
    """What a device does near its operating point: f, f_i, f_ij and f_ijl.

    Attributes
    ----------
    value : float
        f, A.
    gradient : array of shape (K,)
        A/V.
    hessian : array of shape (K, K)
        A/V^2; symmetric.
    third : array of shape (K, K, K)
        A/V^3; symmetric in all three.

    Raises
    ------
    ParameterError
        If shapes do not fit, numbers are not finite, or an array is not symmetric within a
        millionth of its largest entry.
    """

    value: float
    gradient: FloatArray
    hessian: FloatArray
    third: FloatArray

    def __post_init__(self) -> None:
        require(
            as_numbers("Derivatives", "value", self.value, "A").ndim == 0,
            "Derivatives need a single number for value",
            "give the current at the operating point, A",
        )
        size = max(1, as_numbers("Derivatives", "gradient", self.gradient, "A/V").size)
        for order, name in enumerate(("gradient", "hessian", "third"), 1):
            array = as_symmetric("Derivatives", name, getattr(self, name), size, order)
            object.__setattr__(self, name, array)

    @property
    def curvature(self) -> FloatArray:
        """Bias of each derivative per amplitude squared, if all amplitudes are equal, A/V^3.

        B_k = f_kkk / 8 + sum over j != k of f_kjj / 4

        From the third order of Taylor's series, f_kkk/6 (a sin x)^3 and f_kjj/2 (a sin x)
        (a sin y)^2, with sin^3 x = (3 sin x - sin 3x)/4 and a mean of 1/2 for sin^2 y.
        """
        pairs = np.einsum("kjj->k", self.third)
        own = np.einsum("kkk->k", self.third)
        result: FloatArray = pairs / 4 - own / 8
        return result


def require_derivatives(owner: str, derivatives: object) -> None:
    """Refuse anything but `Derivatives`, such as a bare gradient."""
    require(
        isinstance(derivatives, Derivatives),
        f"{owner} needs Derivatives, got {type(derivatives).__name__}",
        "give hgedsp.hge.Derivatives(value, gradient, hessian, third), or polynomial_derivatives",
    )


def as_symmetric(owner: str, name: str, value: npt.ArrayLike, size: int, order: int) -> FloatArray:
    """Make an array of derivatives of an order with respect to `size` voltages, (K, K, ...)."""
    array = as_numbers(owner, name, value)
    shape = (size,) * order
    require(
        array.shape == shape,
        f"{owner}: {size} voltages need {name} of shape {shape}, got {array.shape}",
        f"give {name} the shape ({', '.join('K' * order)}{',' if order == 1 else ''})",
    )
    # Neighbouring axes exchanged make up every other exchange.
    off = [np.abs(array - array.swapaxes(n - 1, n)).max() for n in range(1, order)]
    require(
        max(off, default=0.0) <= _ASYMMETRY * np.abs(array).max(),
        f"{owner}: {name} is not symmetric, entries differ by {max(off, default=0.0):g}",
        "give the mean over all exchanges of axes: (H + H.T) / 2 for second derivatives",
    )
    return array


def polynomial_derivatives(
    point: VectorLike,
    linear: VectorLike,
    quadratic: VectorLike = 0.0,
    cubic: VectorLike = 0.0,
    offset: float = 0.0,
) -> Derivatives:
    """Return the derivatives of f = offset + l.v + (q.v)^2 + (c.v)^3, that of `PolynomialDevice`.

    Parameters
    ----------
    point : array of shape (K,)
        Operating point v, V.
    linear, quadratic, cubic : float or array of shape (K,)
        l, q and c.
    offset : float, optional
        A.

    Returns
    -------
    Derivatives

    Raises
    ------
    ParameterError
        If numbers are not finite, or there are more of them than voltages.

    Notes
    -----
    By the chain rule: f_i = l_i + 2 (q.v) q_i + 3 (c.v)^2 c_i, f_ij = 2 q_i q_j + 6 (c.v) c_i c_j
    and f_ijl = 6 c_i c_j c_l.
    """
    owner = "polynomial_derivatives"
    v = as_vector(owner, "point", point, "V")
    given = {"linear": linear, "quadratic": quadratic, "cubic": cubic}
    l, q, c = (as_lanes(owner, name, x, v.size) for name, x in given.items())  # noqa: E741
    square, cube = float(q @ v), float(c @ v)
    return Derivatives(
        value=offset + float(l @ v) + square**2 + cube**3,
        gradient=l + 2 * square * q + 3 * cube**2 * c,
        hessian=2 * np.multiply.outer(q, q) + 6 * cube * np.multiply.outer(c, c),
        third=6 * np.einsum("i,j,k->ijk", c, c, c),
    )
