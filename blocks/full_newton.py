"""A damped Newton step with the whole Hessian."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numba.extending import register_jitable

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.damping import damped_start, settle_damped
from hgedsp.blocks.updater import LIMITS, bounded, limits, updater_lanes
from hgedsp.checks import FloatArray, VectorLike, require
from hgedsp.ports import Ports

_SWEEPS = 12


@final
@dataclass(frozen=True, eq=False)
class FullNewton(Block):
    """Move all parameters downhill by the gradient over the Hessian, damped.

    h <- memory h + (1 - memory) hessian,   h' = h / (1 - memory^t) at the t-th tick
    s  = learning_rate sum_m v_m (v_m . gradient) / max(abs(l_m), damping)
    p <- clip(p - s min(1, longest / max abs(s)), lower, upper)   where not frozen

    with eigenvalues l_m and eigenvectors v_m of h' among the parameters that can move: those that
    are frozen, or at a bound with a gradient that pushes beyond, are left out. Eigenvalues count
    by their size, so that a step goes downhill at a saddle, too [1]_.

    Parameters
    ----------
    learning_rate : float
        Share of a full Newton step, 1 for all of it.
    initial_value : array of shape (K,)
        Parameters at the start.
    damping : float
        Curvature below which a direction is followed as by gradient descent; above the standard
        error of the second derivatives.
    longest : float, optional
        Largest change of any parameter per tick.
    memory : float, optional
        Share of the average Hessian that is kept from tick to tick, from 0 to below 1.
    lower, upper : float or array of shape (K,), optional
        Bounds of each parameter; infinite for none.
    frozen : sequence of bool of shape (K,), optional
        Parameters that stay as they are.

    Raises
    ------
    ParameterError
        If a value is not finite or of the wrong shape, `damping` is not positive, `memory` is not
        in [0, 1), or a lower bound is not below its upper one.

    Notes
    -----
    The input `hessian` is the upper triangle row by row, as `graphs.hessian_extraction` gives it.
    Eigenvalues come from Jacobi's cyclic method in place [2]_: about 10 K^3 operations per tick.

    References
    ----------
    .. [1] Dauphin et al., NeurIPS 2014, arXiv:1406.2572.
    .. [2] Golub & Van Loan, Matrix Computations, 4th ed., algorithm 8.5.3.
    """

    learning_rate: float
    initial_value: VectorLike
    damping: float
    longest: float = math.inf
    memory: float = 0.0
    lower: VectorLike = -math.inf
    upper: VectorLike = math.inf
    frozen: VectorLike = 0.0

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="gradient[K], hessian[P]",
        outputs="parameters[K]",
        state="parameters[K], mean[P], power[1], matrix[K*K], vectors[K*K], change[K]",
        coefficients=f"learning_rate, damping, longest, memory, {LIMITS}",
    )

    def __post_init__(self) -> None:
        settle_damped(self)
        rate = np.asarray(self.learning_rate)
        require(
            rate.size == 1 and np.size(self.longest) == 1,
            f"FullNewton has one learning_rate and one longest, got {rate.size} and "
            f"{np.size(self.longest)}",
            "give one number: the directions it moves in are no parameters of their own",
        )

    def lanes(self) -> dict[str, int]:
        size = updater_lanes(self).get("K", np.size(self.initial_value))
        return {"K": size, "P": size * (size + 1) // 2}

    def coefficients(self, rate: float) -> Coefficients:
        (learning_rate,) = np.asarray(self.learning_rate, dtype=np.float64).ravel()
        size = self.lanes()["K"]
        wide = [np.broadcast_to(np.asarray(limit), (size,)) for limit in limits(self)]
        return float(learning_rate), self.damping, float(self.longest), self.memory, *wide

    def initial(self, rate: float) -> dict[str, float | FloatArray]:
        return damped_start(self)

    @staticmethod
    def step(
        gradient: FloatArray,
        hessian: FloatArray,
        parameters: FloatArray,
        mean: FloatArray,
        power: FloatArray,
        matrix: FloatArray,
        vectors: FloatArray,
        change: FloatArray,
        learning_rate: float,
        damping: float,
        longest: float,
        memory: float,
        lower: FloatArray,
        upper: FloatArray,
        moving: FloatArray,
    ) -> None:
        size = gradient.size
        power[0] = memory * power[0] if power[0] > 1e-20 else 0.0
        for e in range(hessian.size):
            mean[e] = memory * mean[e] + (1.0 - memory) * hessian[e]
        e = 0
        for i in range(size):
            for j in range(i, size):
                both = _free(parameters, gradient, lower, upper, moving, i) and _free(
                    parameters, gradient, lower, upper, moving, j
                )
                matrix[i * size + j] = mean[e] / (1.0 - power[0]) if both else 0.0
                matrix[j * size + i] = matrix[i * size + j]
                e += 1
        _diagonalise(matrix, vectors, size)
        for k in range(size):
            change[k] = 0.0
        for m in range(size):
            along = 0.0
            for k in range(size):
                if _free(parameters, gradient, lower, upper, moving, k):
                    along += vectors[k * size + m] * gradient[k]
            along *= learning_rate / max(abs(matrix[m * size + m]), damping)
            for k in range(size):
                change[k] += along * vectors[k * size + m]
        largest = 0.0
        for k in range(size):
            largest = max(largest, abs(change[k]))
        share = longest / largest if largest > longest else 1.0
        for k in range(size):
            if _free(parameters, gradient, lower, upper, moving, k):
                moved = parameters[k] - share * change[k]
                parameters[k] = bounded(moved, lower[k], upper[k])


@register_jitable
def _free(
    parameters: FloatArray,
    gradient: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    moving: FloatArray,
    k: int,
) -> bool:
    """Return whether a parameter can move where its gradient pushes it."""
    if moving[k] == 0.0:
        return False
    if parameters[k] <= lower[k] and gradient[k] > 0.0:
        return False
    return not (parameters[k] >= upper[k] and gradient[k] < 0.0)


@register_jitable
def _diagonalise(matrix: FloatArray, vectors: FloatArray, size: int) -> None:
    """Turn a symmetric matrix into its eigenvalues, and make the eigenvectors (columns)."""
    total = 0.0
    for i in range(size):
        for j in range(size):
            vectors[i * size + j] = 1.0 if i == j else 0.0
            total += matrix[i * size + j] * matrix[i * size + j]
    for _ in range(_SWEEPS):
        rest = 0.0
        for i in range(size):
            for j in range(i + 1, size):
                rest += matrix[i * size + j] * matrix[i * size + j]
        if rest <= 1e-30 * total:
            return
        for p in range(size):
            for q in range(p + 1, size):
                _rotate(matrix, vectors, size, p, q)


@register_jitable
def _rotate(matrix: FloatArray, vectors: FloatArray, size: int, p: int, q: int) -> None:
    """Rotate rows and columns p and q so that their common entry becomes 0."""
    common = matrix[p * size + q]
    if common == 0.0:
        return
    tau = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * common)
    t = 1.0 / (abs(tau) + math.sqrt(1.0 + tau * tau))
    t = -t if tau < 0.0 else t
    c = 1.0 / math.sqrt(1.0 + t * t)
    s = t * c
    for k in range(size):
        left, right = matrix[k * size + p], matrix[k * size + q]
        matrix[k * size + p] = c * left - s * right
        matrix[k * size + q] = s * left + c * right
    for k in range(size):
        left, right = matrix[p * size + k], matrix[q * size + k]
        matrix[p * size + k] = c * left - s * right
        matrix[q * size + k] = s * left + c * right
    matrix[p * size + q] = 0.0
    matrix[q * size + p] = 0.0
    for k in range(size):
        left, right = vectors[k * size + p], vectors[k * size + q]
        vectors[k * size + p] = c * left - s * right
        vectors[k * size + q] = s * left + c * right
