"""Derivatives of a device at its operating point, up to the third."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgedsp.checks import FloatArray, VectorLike, as_vector, common_lanes, require


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
    """

    value: float
    gradient: FloatArray
    hessian: FloatArray
    third: FloatArray

    def __post_init__(self) -> None:
        size = np.size(self.gradient)
        wanted = {"gradient": (size,), "hessian": (size,) * 2, "third": (size,) * 3}
        for name, shape in wanted.items():
            array = np.asarray(getattr(self, name), dtype=np.float64)
            require(
                array.shape == shape,
                f"Derivatives of {size} voltages need {name} of shape {shape}, got {array.shape}",
                "give arrays of shape (K,), (K, K) and (K, K, K)",
            )
            object.__setattr__(self, name, array)

    @property
    def curvature(self) -> FloatArray:
        """Bias of each derivative per amplitude squared, if all amplitudes are equal, A/V^3.

        B_k = f_kkk / 8 + sum over j != k of f_kjj / 4
        """
        pairs = np.einsum("kjj->k", self.third)
        own = np.einsum("kkk->k", self.third)
        result: FloatArray = pairs / 4 - own / 8
        return result


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
    """
    v = as_vector("polynomial_derivatives", "point", point, "V")
    given = {"linear": linear, "quadratic": quadratic, "cubic": cubic}
    vectors = {name: as_vector("polynomial_derivatives", name, x) for name, x in given.items()}
    common_lanes("polynomial_derivatives", point=v, **vectors)
    l, q, c = (np.broadcast_to(vector, v.shape) for vector in vectors.values())  # noqa: E741
    square, cube = float(q @ v), float(c @ v)
    return Derivatives(
        value=offset + float(l @ v) + square**2 + cube**3,
        gradient=l + 2 * square * q + 3 * cube**2 * c,
        hessian=2 * np.multiply.outer(q, q) + 6 * cube * np.multiply.outer(c, c),
        third=6 * np.einsum("i,j,k->ijk", c, c, c),
    )
