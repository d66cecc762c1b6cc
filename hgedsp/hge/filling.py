"""Tones for a full band, one after the other where they add the fewest products on tones."""

from __future__ import annotations

import numpy as np

from hgedsp.checks import IntArray
from hgedsp.hge.pool import Pool
from hgedsp.hge.product_counts import trivial_ways, ways

Counts = np.ndarray[tuple[int], np.dtype[np.int32]]

# A product of second order is stronger than one of third by f_ij / (a f_ijk): never preferred.
SECOND = np.int32(1000)


class Filling:
    """A set of tones, and for each bin of a pool what a tone there would cost.

    The cost is the number of ways in which four signed tones add up to 0, all those for which the
    new one is needed, each of which is a product of third order on a tone; products of second order
    count `SECOND` times. Counts are kept up to date from tone to tone.

    Parameters
    ----------
    pool : Pool
        Bins to choose from.
    bins : array
        Tones to begin with.
    modulus : int
        Period of folding.
    spacing : int
        Least distance of two tones, in bins.
    """

    def __init__(self, pool: Pool, bins: IntArray, modulus: int, spacing: int) -> None:
        self.pool, self.modulus, self.spacing = pool, modulus, spacing
        self.candidates = pool.bins
        self.tones: list[int] = []
        self.here = np.zeros(modulus, dtype=np.int32)
        self.twos = np.zeros(modulus, dtype=np.int32)
        self.threes = np.zeros(len(pool), dtype=np.int32)
        self.blocked = (~pool.allowed).astype(np.int32)
        # Bins with which few products have to do, so that the common case is quick.
        thrice = 3 * self.candidates % modulus
        ends = self.candidates[[0, -1]]
        near = (thrice >= ends[0]) & (thrice <= ends[1])
        near |= (modulus - thrice >= ends[0]) & (modulus - thrice <= ends[1])
        self.near_thrice = np.flatnonzero(near)
        self.thrice = thrice[near]
        self.special = np.flatnonzero((thrice == 0) | (4 * self.candidates % modulus == 0))
        even = pool.first % 2 == 1 and pool.step % 2 == 0 and modulus % 2 == 0
        self.no_second_order = even  # odd tones: all sums of two are even, folded or not
        if len(bins):
            self._begin_with(bins)

    def _begin_with(self, bins: IntArray) -> None:
        self.tones = [int(k) for k in bins]
        self.here[bins] = 1
        self.here[self.modulus - bins] = 1
        signed = np.concatenate([bins, self.modulus - bins])
        sums = (signed[:, np.newaxis] + signed).ravel() % self.modulus
        self.twos += np.bincount(sums, minlength=self.modulus).astype(np.int32)
        self.threes += ways(bins, 3, self.modulus, self.candidates).astype(np.int32)
        for k in self.tones:
            self._block(k, 1)

    def cost(self) -> Counts:
        """Return the cost of a tone at each bin of the pool, negative where none may be."""
        total = 8 * self.threes
        total += 12 * self._at(self.twos, 2)
        total[self.near_thrice] += 8 * self.here[self.thrice]
        if not self.no_second_order:
            total += SECOND * 6 * (self._at(self.twos, 1) + self._at(self.here, 2))
        p = self.candidates[self.special]
        total[self.special] += 2 * (4 * p % self.modulus == 0)
        total[self.special] += 2 * SECOND * (3 * p % self.modulus == 0)
        total[self.blocked > 0] = -1
        return total

    def add_best(self) -> bool:
        """Add the tone that costs least; False if there is no place for one."""
        # As numbers without sign, those below 0 are the largest.
        cost = self.cost().view(np.uint32)
        place = int(np.argmin(cost))
        if self.blocked[place]:
            return False
        self._change(int(self.candidates[place]), +1)
        return True

    def take_worst(self) -> None:
        """Take out the tone without which there are the fewest products on tones."""
        places = (np.array(self.tones) - self.pool.first) // self.pool.step
        bins = np.array(self.tones)
        onto = self.threes[places] + SECOND * self.twos[bins]
        self._change(self.tones[int(np.argmax(onto))], -1)

    def total(self) -> int:
        """Return the number of ways to reach tones, up to the same number for all sets."""
        bins = np.array(self.tones)
        places = (bins - self.pool.first) // self.pool.step
        third = int(self.threes[places].sum(dtype=np.int64)) - len(bins) * trivial_ways(
            3, len(bins)
        )
        return third + int(SECOND) * int(self.twos[bins].sum(dtype=np.int64))

    def _change(self, tone: int, sign: int) -> None:
        """Add or take out a tone.

        With X = {x, -x} and B -> B + sX: B*B changes by 2 s X*B + X*X, and B*B*B by 3 s X*B*B +
        3 X*X*B + s X*X*X. X*X has one way to 2x, one to -2x and two to 0.
        """
        x, n = tone, self.modulus
        tones = np.array(self.tones, dtype=np.int64)
        signed = np.concatenate([tones, n - tones])
        for shift in (x, -x):
            self.threes += np.int32(3 * sign) * self._slice(self.twos, shift, 1)
        for shift, weight in ((2 * x, 3), (-2 * x, 3), (0, 6)):
            self._add_threes((signed + shift) % n, weight)
        for place, weight in ((x, 3), (3 * x, 1), (-3 * x, 1), (-x, 3)):
            self._add_threes(np.array([place % n]), sign * weight)
        for shift in (x, -x):
            self.twos[(signed + shift) % n] += np.int32(2 * sign)  # different places
        for place, weight in ((2 * x, 1), (-2 * x, 1), (0, 2)):
            self.twos[place % n] += np.int32(weight)
        self.here[[x, n - x]] += np.int32(sign)
        self._block(tone, sign)
        if sign > 0:
            self.tones.append(tone)
        else:
            self.tones.remove(tone)

    def _add_threes(self, bins: IntArray, weight: int) -> None:
        """Add to the bins of the pool that are among these different ones."""
        places, rest = np.divmod(bins - self.pool.first, self.pool.step)
        inside = (rest == 0) & (places >= 0) & (places < len(self.pool))
        self.threes[places[inside]] += np.int32(weight)

    def _at(self, table: Counts, factor: int) -> Counts:
        """Return table[factor p] for all p of the pool."""
        return self._slice(table, 0, factor)

    def _slice(self, table: Counts, shift: int, factor: int) -> Counts:
        """Return table[factor p + shift], in as many slices as the period asks for."""
        n, step = self.modulus, factor * self.pool.step
        begin, left = (factor * self.pool.first + shift) % n, len(self.pool)
        parts = []
        while left:
            number = min(left, -((begin - n) // step))
            parts.append(table[begin : begin + (number - 1) * step + 1 : step])
            begin, left = (begin + number * step) % n, left - number
        joined: Counts = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return joined

    def _block(self, tone: int, sign: int) -> None:
        """Close or open the pool for tones that would be too near."""
        first, step, near = self.pool.first, self.pool.step, max(self.spacing, 1) - 1
        low = max(0, -((first - (tone - near)) // step))
        self.blocked[low : (tone + near - first) // step + 1] += np.int32(sign)
