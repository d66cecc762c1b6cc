"""What a smooth device makes of K sines, up to third order, product by product."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import starmap
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import ComplexArray, FloatArray, IntArray
from hgedsp.hge.derivatives import Derivatives


@dataclass(frozen=True)
class Products:
    """Sines in the output, y = sum over m of Re(coefficient_m exp(i psi_m)).

    psi_m is the sum of the phases w_k t + phi_k of up to three tones, each with its sign.

    Attributes
    ----------
    tones : int array of shape (M, 3)
        Tones that make up a product: +k + 1 or -(k + 1) for tone k, 0 for none. (0, 0, 0) is the
        constant.
    order : int array of shape (M,)
        Order of the derivative it comes from, 0 to 3.
    coefficient : complex array of shape (M,)
        A.
    """

    tones: IntArray
    order: IntArray
    coefficient: ComplexArray

    def total(self, per_tone: FloatArray) -> FloatArray:
        """Return the signed sum over the tones of each product, of frequencies or phases."""
        wide = np.concatenate([[0.0], per_tone])
        result: FloatArray = (np.sign(self.tones) * wide[np.abs(self.tones)]).sum(axis=1)
        return result

    def __len__(self) -> int:
        return len(self.order)


def products(derivatives: Derivatives, amplitude: FloatArray) -> Products:
    """Return all products of the tones up to third order.

    y = f + sum f_i x_i + 1/2 sum f_ij x_i x_j + 1/6 sum f_ijl x_i x_j x_l,   x_i = a_i sin(theta_i)

    with sin A sin B = 1/2 (cos(A - B) - cos(A + B)) and
    sin A sin B sin C = 1/4 (sin(A + B - C) + sin(A - B + C) + sin(-A + B + C) - sin(A + B + C)).
    Their number is about 2/3 K^3: 190,000 for 64 tones.
    """
    a = np.asarray(amplitude, dtype=np.float64)
    parts = [*_first(derivatives, a), *_second(derivatives, a), *_third(derivatives, a)]
    tones, order, coefficient = zip(*starmap(_part, parts), strict=True)
    return Products(np.concatenate(tones), np.concatenate(order), np.concatenate(coefficient))


# Sines are Re(-i exp(i psi)), cosines Re(exp(i psi)).
_SINE, _COSINE = -1j, 1.0
_Numbers = npt.NDArray[Any]
_Part = tuple[int, tuple[_Numbers, ...], _Numbers]


def _part(
    order: int, tones: tuple[_Numbers, ...], coefficient: _Numbers
) -> tuple[IntArray, IntArray, ComplexArray]:
    values = np.atleast_1d(np.asarray(coefficient, dtype=np.complex128))
    columns = [np.broadcast_to(np.asarray(t, np.int64), values.shape) for t in tones]
    columns += [np.zeros(values.shape, np.int64)] * (3 - len(columns))
    return np.stack(columns, axis=1), np.full(values.shape, order), values


def _first(d: Derivatives, a: FloatArray) -> list[_Part]:
    k = np.arange(1, a.size + 1)
    return [(0, (), np.array([d.value])), (1, (k,), _SINE * d.gradient * a)]


def _second(d: Derivatives, a: FloatArray) -> list[_Part]:
    k = np.arange(a.size)
    own = np.diag(d.hessian) * a**2 / 4
    i, j = np.triu_indices(a.size, 1)
    half = d.hessian[i, j] * a[i] * a[j] / 2
    return [
        (2, (), own),
        (2, (k + 1, k + 1), -_COSINE * own),
        (2, (i + 1, -(j + 1)), _COSINE * half),
        (2, (i + 1, j + 1), -_COSINE * half),
    ]


def _third(d: Derivatives, a: FloatArray) -> list[_Part]:
    k = np.arange(a.size)
    own = d.third[k, k, k] * a**3
    i, j = (axis.ravel() for axis in np.nonzero(~np.eye(a.size, dtype=bool)))
    twice = d.third[i, i, j] * a[i] ** 2 * a[j]
    u, v, w = _triples(a.size)
    quarter = d.third[u, v, w] * a[u] * a[v] * a[w] / 4
    i, j, u, v, w = i + 1, j + 1, u + 1, v + 1, w + 1
    return [
        (3, (k + 1,), _SINE * own / 8),
        (3, (k + 1, k + 1, k + 1), -_SINE * own / 24),
        # Tone i twice, and what is left of it: the term that no choice of frequencies removes.
        (3, (j, i, -i), _SINE * twice / 4),
        (3, (i, i, -j), _SINE * twice / 8),
        (3, (i, i, j), -_SINE * twice / 8),
        (3, (u, v, -w), _SINE * quarter),
        (3, (u, -v, w), _SINE * quarter),
        (3, (-u, v, w), _SINE * quarter),
        (3, (u, v, w), -_SINE * quarter),
    ]


def _triples(size: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return all u < v < w below `size`."""
    v, w = np.triu_indices(size, 1)
    u = np.concatenate([np.arange(n) for n in v]) if v.size else np.zeros(0, np.int64)
    return u.astype(np.int64), np.repeat(v, v), np.repeat(w, v)
