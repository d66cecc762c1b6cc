"""Sums of two tones, in order: what a third one, or none, makes of them on a bin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hgedsp.checks import BoolArray, IntArray

_SLICE = 1 << 21  # candidates looked at together: some tens of megabytes
_MOST_BUCKETS = 1 << 26  # a quarter of a gigabyte


class Pairs:
    """All sums of two signed tones, without those that cancel.

    Signed tones are counted 0 ... K-1 where they are added, K ... 2K-1 where they are taken off.

    Parameters
    ----------
    bins : array of shape (K,)
        Different whole numbers above 0.
    modulus : int
        Period of folding, more than twice the highest bin.
    """

    def __init__(self, bins: IntArray, modulus: int) -> None:
        self.bins, self.modulus, self.count = bins, modulus, len(bins)
        self.signed = np.concatenate([bins, modulus - bins])
        x, y = np.triu_indices(2 * self.count)
        other = y - x != self.count  # tones that cancel make no product
        x, y = x[other], y[other]
        sums = (self.signed[x] + self.signed[y]) % modulus
        order = np.argsort(sums, kind="stable")
        self.x, self.y, self.sums = x[order], y[order], sums[order]
        self._begin: npt.NDArray[np.int32] | None = None
        if modulus <= _MOST_BUCKETS:
            # Pairs of sum s stand from begin[s] to begin[s + 1].
            self._begin = np.zeros(modulus + 1, dtype=np.int32)
            first = np.flatnonzero(np.diff(self.sums, prepend=-1))
            self._begin[self.sums[first] + 1] = np.diff(first, append=len(self.sums))
            np.cumsum(self._begin, out=self._begin)

    def onto(self, target: IntArray) -> tuple[IntArray, IntArray]:
        """Return all products of second order: place in `target`, and signed tones (M, 2)."""
        query, pair = self._meeting(target)
        return query, np.column_stack([self.x[pair], self.y[pair]])

    def onto_with_third(self, target: IntArray) -> tuple[IntArray, IntArray]:
        """Return all products of third order: place in `target`, and signed tones (M, 3).

        Each comes once, its tones in ascending order.
        """
        left = (target[:, np.newaxis] - self.signed) % self.modulus
        query, pair = self._meeting(left.ravel())
        place, z = query // (2 * self.count), query % (2 * self.count)
        x, y = self.x[pair], self.y[pair]
        good = (y <= z) & (z - x != self.count) & (z - y != self.count)
        return place[good], np.column_stack([x[good], y[good], z[good]])

    def slices(self, target: IntArray) -> list[IntArray]:
        """Return `target` in pieces that `onto_with_third` can take at a time."""
        # Pairs of odd tones share half of the bins.
        pairs_per_sum = 1 + 2 * len(self.sums) // self.modulus
        rows = max(1, _SLICE // (2 * self.count * pairs_per_sum))
        return [target[i : i + rows] for i in range(0, len(target), rows)]

    def reach(self, target: IntArray) -> BoolArray:
        """Tell on which bins, none of them a tone, a product of second or third order lands."""
        third = [
            self._number((piece[:, np.newaxis] - self.signed) % self.modulus)[1].any(axis=1)
            for piece in self.slices(target)
        ]
        found: BoolArray = np.concatenate([np.zeros(0, dtype=bool), *third])
        return found | (self.number(target) > 0)

    def number(self, target: IntArray) -> IntArray:
        """Return the number of pairs with each sum."""
        return self._number(target % self.modulus)[1]

    def _number(self, wanted: IntArray) -> tuple[IntArray, IntArray]:
        if self._begin is not None:
            first = self._begin[wanted].astype(np.int64)
            return first, self._begin[wanted + 1] - first
        first = np.searchsorted(self.sums, wanted, "left")
        return first, np.searchsorted(self.sums, wanted, "right") - first

    def _meeting(self, wanted: IntArray) -> tuple[IntArray, IntArray]:
        """Return all (place in wanted, place in pairs) with equal sums."""
        first, number = self._number(wanted)
        query = np.repeat(np.arange(len(wanted)), number)
        begun = np.repeat(np.cumsum(number) - number, number)
        return query, np.repeat(first, number) + np.arange(len(query)) - begun
