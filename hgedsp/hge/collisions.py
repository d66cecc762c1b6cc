"""Products of tones that land on tones: which, how strong, and what they do to the gradient.

Around its operating point a device is f + f_i u_i + f_ij u_i u_j / 2 + f_ijk u_i u_j u_k / 6 with
u_i = a_i sin(2 pi k_i t / T + phi_i). Signed tones s_1 k_1 + s_2 k_2 (+ s_3 k_3) = k_d (modulo the
samples per window, if sampled) add to the estimate of f_d

    second order   m f_ij  a_i a_j     / (2 a_d) s_1 s_2      sin(psi - phi_d)
    third order   -m f_ijk a_i a_j a_k / (4 a_d) s_1 s_2 s_3  cos(psi - phi_d)

with psi = s_1 phi_1 + ..., and m = 1; 1/2 if two of the signed tones are the same, 1/6 if all three
are. That is the product of the sines written as a sum. Collisions such as k + j - j happen with
every choice of tones, and are no matter of planning: they make the terms a_k^2 f_kkk / 8 and
a_j^2 f_kjj / 4 of the expected estimate, and are not listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hgedsp.checks import FloatArray, IntArray, require, require_integer
from hgedsp.hge.collision_power import power_on_tones
from hgedsp.hge.empty_bins import whole_bins
from hgedsp.hge.pairs import Pairs
from hgedsp.hge.product_counts import hits, modulus_without_folding

SecondDerivative = Callable[[IntArray, IntArray], FloatArray]
ThirdDerivative = Callable[[IntArray, IntArray, IntArray], FloatArray]

_MOST = 2_000_000  # products that are listed


@dataclass(frozen=True, eq=False)
class Collisions:
    """Products on tones.

    Attributes
    ----------
    tone : array of shape (M, 3)
        Tones multiplied, counted from 0; -1 in the third column in second order.
    sign : array of shape (M, 3)
        +1 or -1 with which each is added; 0 in the third column in second order.
    target : array of shape (M,)
        Tone that is hit.
    multiplicity : array of shape (M,)
        m above: 1, 1/2 or 1/6.
    total : array of shape (2,)
        Number of orderings of all collisions of second and of third order, over 2 and 6: how many
        there are, one with twice the same tone counted half.
    complete : bool
        Whether all are listed; beyond `most` the rest is only counted.
    bins : array of shape (K,)
        Of the tones.
    modulus : int
        Period of folding.
    """

    tone: IntArray
    sign: IntArray
    target: IntArray
    multiplicity: FloatArray
    total: FloatArray
    complete: bool
    bins: IntArray
    modulus: int

    def __len__(self) -> int:
        return len(self.target)

    @property
    def order(self) -> IntArray:
        """2 or 3, shape (M,)."""
        return np.where(self.tone[:, 2] < 0, 2, 3)

    def strength(self, amplitude: FloatArray) -> FloatArray:
        """Return the largest error of the hit derivative per derivative of the device, shape (M,).

        Parameters
        ----------
        amplitude : array of shape (K,)
            V.

        Returns
        -------
        array of shape (M,)
            V in second order (times f_ij), V^2 in third (times f_ijk).
        """
        a = np.append(amplitude, 1.0)[self.tone]  # -1 is the last, a factor of 1
        factor = np.where(self.order == 2, 0.5, 0.25) * self.multiplicity
        result: FloatArray = factor * a.prod(axis=1) / amplitude[self.target]
        return result

    def ranked(self, amplitude: FloatArray) -> IntArray:
        """Return the order from strong to weak: all of second order, then those of third."""
        return np.lexsort((-self.strength(amplitude), self.order))

    def bias(
        self,
        amplitude: FloatArray,
        phase: FloatArray,
        *,
        second: SecondDerivative | None = None,
        third: ThirdDerivative | None = None,
    ) -> FloatArray:
        """Return what the listed collisions add to the in-phase estimate of each derivative.

        Parameters
        ----------
        amplitude, phase : array of shape (K,)
            V, rad.
        second, third : callable, optional
            Derivatives of the device with respect to the controls of the tones i, j (and k), given
            as arrays of one length: A/V^2, A/V^3. What is left out counts as 0.

        Returns
        -------
        array of shape (K,)
            A/V.

        Raises
        ------
        ParameterError
            If not all collisions are listed.
        """
        require(
            self.complete,
            f"only {len(self)} of some {round(self.total.sum())} collisions are listed",
            f"list them all: find_collisions(bins, modulus, most={round(self.total.sum() * 1.1)})",
        )
        angle = (self.sign * np.append(phase, 0.0)[self.tone]).sum(axis=1) - phase[self.target]
        strength = self.strength(amplitude)
        added = np.zeros(len(self))
        two = self.order == 2
        if second is not None:
            i, j, _ = self.tone[two].T
            side = self.sign[two, :2].prod(axis=1)
            added[two] = side * strength[two] * np.sin(angle[two]) * second(i, j)
        if third is not None:
            i, j, k = self.tone[~two].T
            side = -self.sign[~two].prod(axis=1)
            added[~two] = side * strength[~two] * np.cos(angle[~two]) * third(i, j, k)
        return _per_tone(self.target, added, len(amplitude))

    def spread(self, amplitude: FloatArray, order: int = 3) -> FloatArray:
        """Return the rms error of each derivative for random phases, per derivative of the device.

        sqrt(sum of strength^2 / 2) over all collisions of that order, listed or not: V or V^2, to
        be multiplied by the rms of f_ij or f_ijk over those that collide.

        Parameters
        ----------
        amplitude : array of shape (K,)
            V.
        order : int, optional
            2 or 3.

        Returns
        -------
        array of shape (K,)
        """
        if not self.complete and self.total[order - 2] > 0:
            factor = (0.5 if order == 2 else 0.25) / amplitude
            power = power_on_tones(self.bins, self.modulus, amplitude, order)
            hidden: FloatArray = factor * np.sqrt(power / 2)
            return hidden
        chosen = self.order == order
        square = self.strength(amplitude)[chosen] ** 2 / 2
        result: FloatArray = np.sqrt(_per_tone(self.target[chosen], square, len(amplitude)))
        return result


def _per_tone(target: IntArray, value: FloatArray, count: int) -> FloatArray:
    return np.asarray(np.bincount(target, value, minlength=count), dtype=np.float64)


def find_collisions(
    bins: IntArray | Sequence[int],
    modulus: int | None = None,
    order: int = 3,
    most: int = _MOST,
) -> Collisions:
    """List all products of second and third order that land on tones.

    Parameters
    ----------
    bins : array of int, shape (K,)
        Different whole numbers above 0.
    modulus : int, optional
        Samples per window, more than twice the highest bin; products fold about it. None if nothing
        is sampled.
    order : int, optional
        2 or 3.
    most : int, optional
        Stop listing beyond that many.

    Returns
    -------
    Collisions

    Raises
    ------
    ParameterError
        If `bins` are not different whole numbers above 0, or the period is too short for them.

    Notes
    -----
    K = 40 takes 5 ms, K = 1000 on bins of 1e6 to 2e6 about 2 s.
    """
    require_integer("find_collisions", 2, 3, order=order)
    tones = whole_bins(bins)
    highest = int(tones.max())
    require(
        np.unique(tones).size == tones.size,
        "two tones are on the same bin",
        "give every electrode a tone of its own",
    )
    if modulus is None:
        modulus = modulus_without_folding(highest, order)
    require_integer("find_collisions", 2 * highest + 1, modulus=modulus)
    return collisions_of(Pairs(tones, modulus), order, most)


def collisions_of(pairs: Pairs, order: int, most: int = _MOST) -> Collisions:
    """Do the work of `find_collisions`, on sums that are at hand."""
    found = _described(_taken(_searched(pairs, order), most), pairs)
    if len(found) <= most:
        return found
    total = [hits(pairs.bins, m, pairs.modulus).sum() / (2, 6)[m - 2] for m in range(2, order + 1)]
    return replace(found, total=np.array([*total, 0.0])[:2], complete=False)


def _searched(pairs: Pairs, order: int) -> Iterator[IntArray]:
    """Yield rows of three signed tones (-1 for none) and their target."""
    target, signed = pairs.onto(pairs.bins)
    yield np.column_stack([signed, np.full(len(target), -1), target])
    begun = 0
    for piece in pairs.slices(pairs.bins) if order > 2 else ():
        target, signed = pairs.onto_with_third(piece)
        yield np.column_stack([signed, target + begun])
        begun += len(piece)


def _taken(parts: Iterator[IntArray], most: int) -> IntArray:
    """Stack parts until more than `most` rows are there."""
    kept, rows = [], 0
    for part in parts:
        kept.append(part)
        rows += len(part)
        if rows > most:
            break
    return np.vstack(kept)


def _described(found: IntArray, pairs: Pairs) -> Collisions:
    signed, target, count = found[:, :3], found[:, 3], pairs.count
    alike = (np.diff(signed, axis=1) == 0).sum(axis=1)
    third = signed[:, 2] >= 0
    multiplicity = np.array([1, 1 / 2, 1 / 6])[alike]
    return Collisions(
        tone=np.where(signed < 0, -1, signed % count),
        sign=np.where(signed < 0, 0, np.where(signed < count, 1, -1)),
        target=target,
        multiplicity=multiplicity,
        total=np.array([multiplicity[~third].sum(), multiplicity[third].sum()]),
        complete=True,
        bins=pairs.bins,
        modulus=pairs.modulus,
    )
