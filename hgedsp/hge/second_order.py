"""All second-order products of tones on bins, and how to tell second derivatives from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from hgedsp.checks import (
    BoolArray,
    ComplexArray,
    FloatArray,
    IntArray,
    VectorLike,
    all_positive,
    as_lanes,
    require,
)
from hgedsp.hge.empty_bins import product_bins

Response = Callable[[FloatArray], ComplexArray]
Density = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Products:
    """All second-order products: entry, bin, phase (rad) and amplitude per unit of f_ij."""

    pairs: IntArray
    entry: IntArray
    bin: IntArray
    phase: FloatArray
    size: FloatArray

    @property
    def diagonal(self) -> BoolArray:
        """Which entries are on the diagonal, shape (P,)."""
        diagonal: BoolArray = self.pairs[:, 0] == self.pairs[:, 1]
        return diagonal

    @classmethod
    def of(
        cls, tones: IntArray | Sequence[int], amplitude: VectorLike, phase: VectorLike
    ) -> Products:
        product_bins(tones, 1)  # checks them
        k = np.asarray(tones, dtype=np.int64)
        require(
            np.unique(k).size == k.size,
            "two tones are on the same bin",
            "give every electrode a tone of its own",
        )
        owner = "hessian_plan"
        a = as_lanes(owner, "amplitude", amplitude, k.size, "V")
        all_positive(owner, "amplitude", a, "V")
        phi = as_lanes(owner, "phase", phase, k.size, "rad")
        i, j = np.triu_indices(k.size)
        entry = np.arange(i.size)
        size = np.where(i == j, -(a[i] ** 2) / 4, -a[i] * a[j] / 2)
        two = i != j
        sign = np.sign(k[j] - k[i])[two]
        return cls(
            np.stack([i, j], axis=1),
            np.r_[entry, entry[two]],
            np.r_[k[i] + k[j], np.abs(k[j] - k[i])[two]],
            np.r_[phi[i] + phi[j], sign * (phi[j] - phi[i])[two]],
            np.r_[size, -size[two]],
        )

    def on(self, chosen: BoolArray) -> Products:
        """Return some of the products."""
        return Products(
            self.pairs,
            self.entry[chosen],
            self.bin[chosen],
            self.phase[chosen],
            self.size[chosen],
        )


@dataclass(frozen=True)
class Solution:
    """Weights (P, 2 B) of I and Q at bins (B,), noise there, and per entry two facts (P,)."""

    weights: FloatArray
    bins: IntArray
    noise: FloatArray
    shared: BoolArray
    missing: BoolArray


def solve(
    products: Products, spacing: float, response: Response | None, density: Density | None
) -> Solution:
    """Tell the entries apart by weighted least squares, part by part."""
    bins, place = np.unique(products.bin, return_inverse=True)
    frequency = np.asarray(bins * spacing, dtype=np.float64)
    path = _on_bins("response", response, frequency)
    noise = _on_bins("density", density, frequency).real
    require(
        bool(np.all(noise > 0)),
        "hessian_plan needs a density above 0 on every bin",
        "give the noise of device and amplifier: a bin without any would get all the weight",
    )
    term = products.size * path[place] * np.exp(1j * products.phase)
    count = len(products.pairs)
    design = sparse.coo_array((term, (place, products.entry)), (bins.size, count)).tocsc()
    weights = np.zeros((count, 2 * bins.size))
    missing, shared = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for rows, columns in _parts(design):
        if not rows.size:
            missing[columns] = True
            continue
        part = design[:, columns][rows].toarray() / np.sqrt(noise[rows, np.newaxis])
        inverse, known = _inverse(np.r_[part.real, part.imag])
        inverse = inverse / np.sqrt(np.tile(noise[rows], 2))
        missing[columns] = ~known
        shared[columns] = columns.size > 1
        # y = Re(A exp(jwt)) with A = Q - jI.
        half = rows.size
        weights[np.ix_(columns, rows)] = -inverse[:, half:]
        weights[np.ix_(columns, bins.size + rows)] = inverse[:, :half]
    return Solution(weights, bins, noise, shared, missing)


def _on_bins(name: str, function: Response | Density | None, frequency: FloatArray) -> ComplexArray:
    """Return a function's values on the bins, or 1; one finite number each."""
    if function is None:
        return np.ones(frequency.size, dtype=np.complex128)
    values = np.asarray(function(frequency), dtype=np.complex128)
    require(
        values.shape in ((), frequency.shape) and bool(np.isfinite(values).all()),
        f"hessian_plan got a {name} that is not one finite number per frequency",
        f"let the {name} return an array of the shape of its frequencies",
    )
    return np.broadcast_to(values, frequency.shape)


def _parts(design: sparse.csc_array) -> list[tuple[IntArray, IntArray]]:
    """Return rows and columns that have to do with each other, part by part."""
    rows = design.shape[0]
    joint = sparse.block_array([[None, design], [design.conj().T, None]]) != 0
    count, label = sparse.csgraph.connected_components(joint, directed=False)
    order = np.argsort(label, kind="stable")
    pieces = np.split(order, np.searchsorted(label[order], np.arange(1, count)))
    parts = [(piece[piece < rows], piece[piece >= rows] - rows) for piece in pieces]
    return [part for part in parts if part[1].size]


def _inverse(design: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return the pseudo-inverse, and which unknowns it really determines."""
    size = np.linalg.norm(design, axis=0)
    inverse = np.linalg.pinv(design / size, rcond=1e-6)
    # Where the resolution is not the identity, an unknown is mixed with others.
    resolved = np.abs(inverse @ (design / size) - np.eye(size.size)).max(axis=1) < 1e-6
    return inverse / size[:, np.newaxis], resolved
