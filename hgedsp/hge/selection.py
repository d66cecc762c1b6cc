"""Which bins of a pool the tones stand on."""

from __future__ import annotations

from functools import cache, lru_cache
from math import comb, factorial, isqrt

import numpy as np
from scipy import fft

from hgedsp.checks import FloatArray, IntArray
from hgedsp.hge.filling import SECOND, Filling
from hgedsp.hge.pool import Pool
from hgedsp.hge.product_counts import collide, hits, spectrum_of
from hgedsp.hge.sidon import CONSTRUCTIONS, ModularSidon, mian_chowla, primes_to

# What a product on a tone counts, by its order: second before third before all higher ones, of
# which those of seventh order are weaker than those of fifth.
_WEIGHTS = {2: 1e12, 3: 1e9, 5: 1.0, 7: 0.01}

_MOST_LOOKUPS = 10_000_000  # of marks in the pool: about 0.2 s
_EACH_SHIFT = 3000  # a look at few marks takes as long as so many lookups
_MOST_STEPS = 30_000  # of a search through all rulers: about 30 ms
_MOST_EXCHANGES = 400_000_000  # bins looked at in exchanges: about two seconds
_MOST_REFINED = 250_000  # length of transforms, all together: some tens of milliseconds
MOST_TONES_REFINED = 24
_MOST_IN_RULER = 12
_MOST_SWEEPS = 6
_MOST_STARTS = 24  # where products are left on few tones


def choose_bins(pool: Pool, count: int, modulus: int, spacing: int) -> tuple[IntArray, int]:
    """Choose bins such that the fewest products of tones land on tones.

    Parameters
    ----------
    pool : Pool
        Bins to choose from.
    count : int
        Number of tones.
    modulus : int
        Period of folding, more than twice the highest bin.
    spacing : int
        Least distance of two tones, in bins.

    Returns
    -------
    bins : array of shape (count,) or shorter
        Ascending; shorter if no more fit at that spacing.
    collisions : int
        Ways to reach tones by products, `Filling.total`; 0 if there are none.

    Notes
    -----
    A Sidon set by construction, cut to the pool; where it has too few marks, or folding makes
    products meet, tones are added and exchanged one by one where that costs the fewest products of
    third order. Few tones are moved on to where the fewest products of fifth and seventh order meet
    them. What is drawn at random is the same for the same request.
    """
    marks = _sidon_marks(pool, count, spacing)
    if len(marks) < count <= _MOST_IN_RULER:
        found = _ruler(pool, count, spacing)
        marks = found if len(found) else marks
    if len(marks) >= count:
        even = np.rint(np.linspace(0, len(marks) - 1, count)).astype(np.int64)
        marks = marks[even]
        if not _collide(marks, modulus):
            return _refined(marks, pool, modulus, spacing), 0
    filling = Filling(pool, marks, modulus, spacing)
    while len(filling.tones) < count and filling.add_best():
        pass
    if len(filling.tones) < count:
        # The gaps left over are too narrow: only tones side by side leave none.
        marks = _thinned(pool.bins[pool.allowed], spacing)[:count]
        filling = Filling(pool, marks, modulus, spacing)
    bins, collisions = np.array(sorted(filling.tones), dtype=np.int64), filling.total()
    if len(bins) == count and collisions:
        bins, collisions = _exchanged(filling)
        refined = _refined(bins, pool, modulus, spacing)
        if refined is not bins:
            bins, collisions = refined, _ways_to_tones(refined, modulus)
    return bins, collisions


def weighted_hits(bins: IntArray, modulus: int, order: int) -> float:
    """Return the number of products of one order on tones, trivial ones left out."""
    return float(hits(bins, order, modulus).sum()) / factorial(order)


def _ways_to_tones(bins: IntArray, modulus: int) -> int:
    """Return what `Filling.total` is for these tones."""
    second, third = (int(hits(bins, order, modulus).sum()) for order in (2, 3))
    return third + int(SECOND) * second


def _collide(bins: IntArray, modulus: int) -> bool:
    """Tell whether products up to third order of a Sidon set fall on its tones."""
    unfolded = 4 * int(bins.max()) < modulus and modulus % 2 == 0
    if unfolded and np.all(bins % 2 == 1) and bins.max() < 3 * bins.min():
        return False  # sums of two are even, sums of three too high, and the rest is Sidon
    return collide(bins, modulus)


def _exchanged(filling: Filling) -> tuple[IntArray, int]:
    """Take out the worst tone and put in the best, as long as that helps."""
    count = len(filling.tones)
    best, fewest = np.array(sorted(filling.tones)), filling.total()
    patience = count
    for _ in range(min(4 * count, _MOST_EXCHANGES // (8 * len(filling.pool)))):
        filling.take_worst()
        filling.add_best()
        total = filling.total()
        if total < fewest:
            best, fewest, patience = np.array(sorted(filling.tones)), total, count
        else:
            patience -= 1
        if fewest == 0 or patience == 0:
            break
    return best, fewest


def _sidon_marks(pool: Pool, count: int, spacing: int) -> IntArray:
    """Return a Sidon set of allowed bins: `count` or more, or the most that were found."""
    best: IntArray = np.zeros(0, dtype=np.int64)
    lookups = 0
    for prime in _primes_for(pool, count):
        for make in CONSTRUCTIONS:
            base = _cached(make.__name__, prime)
            for factor in base.factors(4 + 1000 // prime):
                marks = _best_shift(base.times(factor), pool)
                marks = _thinned(pool.first + pool.step * marks, spacing)
                best = marks if len(marks) > len(best) else best
                lookups += len(base.marks) ** 2 + _EACH_SHIFT
                if len(best) >= count or lookups > _MOST_LOOKUPS:
                    return best
    return best


def _primes_for(pool: Pool, count: int) -> list[int]:
    """Return primes for sets of which enough marks should fall on allowed bins.

    p marks lie on p^2 bins, so a pool of L bins sees p of them if p^2 < L, or L / p.
    """
    edge = isqrt(max(len(pool), 1))
    primes = primes_to(2 * edge + 10)
    # Roomy: the set as wide as can be, with a third more marks than are needed.
    roomy = [p for p in primes if count <= p <= edge and 1.3 * count * p <= pool.room]
    near = sorted(primes, key=lambda p: abs(p - edge))[:8]
    return roomy[-1:] + near


@lru_cache(maxsize=64)
def _cached(name: str, prime: int) -> ModularSidon:
    return next(make for make in CONSTRUCTIONS if make.__name__ == name)(prime)


def _best_shift(base: ModularSidon, pool: Pool) -> IntArray:
    """Return the marks in the pool, as places, for the shift that brings the most there."""
    places = (base.marks - base.marks[:, np.newaxis]) % base.modulus
    inside = places < len(pool)
    inside[inside] = pool.allowed[places[inside]]
    row = int(np.argmax(inside.sum(axis=1)))
    return np.sort(places[row][inside[row]])


def _ruler(pool: Pool, count: int, spacing: int) -> IntArray:
    """Return the first Sidon set of `count` allowed bins that a search finds, or an empty one.

    Bins are tried in ascending order; sets of differences and of allowed places are the bits of
    whole numbers.
    """
    allowed = sum(1 << int(i) for i in np.flatnonzero(pool.allowed))
    near = (1 << -(-max(spacing, 1) // pool.step)) - 1  # differences that are too small
    steps = 0

    def extended(marks: tuple[int, ...], taken: int, free: int) -> tuple[int, ...]:
        nonlocal steps
        if len(marks) == count:
            return marks
        while free.bit_count() >= count - len(marks) and steps < _MOST_STEPS:
            steps += 1
            mark = (free & -free).bit_length() - 1
            free ^= 1 << mark
            differences = [mark - other for other in marks]
            if any(taken >> d & 1 for d in differences):
                continue
            found = extended((*marks, mark), taken | sum(1 << d for d in differences), free)
            if found:
                return found
        return ()

    return pool.first + pool.step * np.array(extended((), near, allowed), dtype=np.int64)


def _thinned(bins: IntArray, spacing: int) -> IntArray:
    """Leave out what is too near to the one before."""
    if spacing <= 1 or len(bins) < 2 or int(np.diff(bins).min()) >= spacing:
        return bins
    kept = [int(bins[0])]
    for k in bins[1:].tolist():
        if k - kept[-1] >= spacing:
            kept.append(k)
    return np.array(kept)


def _refined(bins: IntArray, pool: Pool, modulus: int, spacing: int) -> IntArray:
    """Move few tones to where the fewest products of fifth and seventh order meet them."""
    sweeps = _MOST_REFINED // (modulus * max(len(bins), 1))
    if not 3 <= len(bins) <= MOST_TONES_REFINED or sweeps < 1:
        return bins
    starts = [bins, *_higher_starts(len(bins), pool, spacing)]
    sweeps = min(sweeps, _MOST_SWEEPS)
    least, best = min(
        (_descended(start, pool, modulus, spacing, sweeps) for start in starts),
        key=lambda found: found[0],
    )
    left = least >= _WEIGHTS[3] / 6  # products up to third order
    generator = np.random.default_rng(len(bins))  # the same starts for the same request
    for _ in range(min(_MOST_STARTS, 2000 // len(bins) ** 2) if left else 0):
        start = np.sort(generator.choice(pool.bins[pool.allowed], len(bins), replace=False))
        weight, moved = _descended(start, pool, modulus, spacing, sweeps)
        if weight < least and (len(moved) < 2 or np.diff(moved).min() >= spacing):
            least, best = weight, moved
        if least < _WEIGHTS[3] / 6:
            break
    return best


def _higher_starts(count: int, pool: Pool, spacing: int) -> list[IntArray]:
    """Return sets free of fifth order, where the pool is wide enough for one."""
    marks = mian_chowla(count, 3)
    scale = (len(pool) - 1) // int(marks[-1])
    for factor in range(scale, 0, -1):
        bins = pool.first + pool.step * factor * marks
        if pool.allowed[factor * marks].all() and np.diff(bins).min() >= spacing:
            return [bins]
    return []


def _descended(
    bins: IntArray, pool: Pool, modulus: int, spacing: int, sweeps: int
) -> tuple[float, IntArray]:
    """Put each tone in turn on the bin that costs least, until none moves."""
    tones = bins.copy()
    candidates = pool.bins
    for _ in range(sweeps):
        before = tones.copy()
        for k in range(len(tones)):
            others = np.delete(tones, k)
            near = np.abs(candidates[:, np.newaxis] - others).min(axis=1) < max(spacing, 1)
            cost = np.where(pool.allowed & ~near, _cost(others, candidates, modulus), np.inf)
            place = int(np.argmin(cost))
            here = (tones[k] - pool.first) // pool.step
            if cost[place] < cost[here]:
                tones[k] = candidates[place]
        if np.array_equal(before, tones):
            break
    least = sum(w * weighted_hits(tones, modulus, order) for order, w in _WEIGHTS.items())
    return least, np.sort(tones)


def _cost(tones: IntArray, candidates: IntArray, modulus: int) -> FloatArray:
    """Return the weighted number of ways to 0 for which a tone at each candidate is needed.

    Of order + 1 signed tones j are the new one, adding up to m times it; the others have to add up
    to -m times it. A product on a tone is such a way to 0.
    """
    powers = spectrum_of(tones, modulus) ** np.arange(max(_WEIGHTS) + 1)[:, np.newaxis]
    ways = np.rint(fft.irfft(powers, modulus, axis=1))
    total: FloatArray = np.zeros(len(candidates))
    # Not @, of which the threads cost more than they bring.
    for m, weighted in enumerate(np.einsum("mi,ik->mk", _shares(), ways)):
        total += weighted[m * candidates % modulus]
    return total


@cache
def _shares() -> FloatArray:
    """Return what each way of i others to add up to m or -m times the new tone counts, [m, i]."""
    table = np.zeros((max(_WEIGHTS) + 2, max(_WEIGHTS) + 1))
    for order, weight in _WEIGHTS.items():
        size = order + 1
        for j in range(1, size + 1):
            for m in range(-j, j + 1, 2):
                number = comb(size, j) * comb(j, (j + m) // 2)
                table[abs(m), size - j] += number * weight / factorial(size)
    return table
