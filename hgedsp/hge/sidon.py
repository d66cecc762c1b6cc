"""Sets of whole numbers no two pairs of which have the same sum (Sidon sets).

Equivalently all differences are distinct (Golomb rulers): on bins taken from such a set
k_a + k_b - k_c meets a tone only as k_a + k_b - k_b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import gcd, isqrt

import numpy as np

from hgedsp.checks import IntArray, require, require_integer


@dataclass(frozen=True)
class ModularSidon:
    """A set whose differences are distinct modulo `modulus`.

    Attributes
    ----------
    marks : array of shape (M,)
        From 0 to modulus - 1, ascending.
    modulus : int
        Whatever is added to all marks, and whatever without a common factor with it multiplies
        them, they stay such a set.
    """

    marks: IntArray
    modulus: int

    def times(self, factor: int) -> ModularSidon:
        """Return the set multiplied by a number without a common factor with the modulus."""
        return ModularSidon(np.sort(self.marks * factor % self.modulus), self.modulus)

    def factors(self, count: int) -> Iterator[int]:
        """Yield the first `count` numbers that may multiply the set."""
        number = 0
        for _ in range(count):
            number += 1
            while gcd(number, self.modulus) > 1:
                number += 1
            yield number


def is_sidon(marks: IntArray, modulus: int = 0) -> bool:
    """Tell whether all differences of two marks are distinct, modulo `modulus` unless it is 0."""
    i, j = np.nonzero(~np.eye(len(marks), dtype=bool))
    difference = marks[i] - marks[j]
    if modulus:
        difference %= modulus
    return len(np.unique(difference)) == len(difference)


def singer(prime: int) -> ModularSidon:
    """Return p + 1 marks modulo p^2 + p + 1 [1]_: no set of that many is denser.

    They are the zeros of a linear recurrence of third order over the p residues, taken from an
    element of GF(p^3) whose powers run through all of GF(p^3) but for factors in GF(p).

    Returns
    -------
    ModularSidon

    Raises
    ------
    ParameterError
        If `prime` is none.

    References
    ----------
    .. [1] Singer, Trans. Am. Math. Soc. 43, 377 (1938).
    """
    _require_prime("singer", prime)
    modulus = prime * prime + prime + 1
    companion = _companion(prime, 3, modulus, scalars_count_as_one=True)
    states = _states(companion, prime, modulus)
    return ModularSidon(np.flatnonzero(states[2] == 0), modulus)


def bose(prime: int) -> ModularSidon:
    """Return p marks modulo p^2 - 1: logarithms of x + c in GF(p^2) to the base x [1]_.

    Returns
    -------
    ModularSidon

    Raises
    ------
    ParameterError
        If `prime` is none.

    References
    ----------
    .. [1] Bose, J. Indian Math. Soc. 6, 1 (1942).
    """
    _require_prime("bose", prime)
    modulus = prime * prime - 1
    companion = _companion(prime, 2, modulus, scalars_count_as_one=False)
    states = _states(companion, prime, modulus)
    return ModularSidon(np.flatnonzero(states[1] == 1), modulus)


def ruzsa(prime: int) -> ModularSidon:
    """Return p - 1 marks modulo p (p - 1): p i - (p - 1) g^i with a primitive root g [1]_.

    Returns
    -------
    ModularSidon

    Raises
    ------
    ParameterError
        If `prime` is none.

    References
    ----------
    .. [1] Ruzsa, Acta Arith. 65, 259 (1993), theorem 4.4.
    """
    _require_prime("ruzsa", prime)
    modulus = prime * (prime - 1)
    root = next(
        g
        for g in range(1, prime)
        if all(pow(g, (prime - 1) // r, prime) != 1 for r in _prime_factors(prime - 1))
    )
    power, marks = 1, []
    for i in range(1, prime):
        power = power * root % prime
        marks.append((prime * i - (prime - 1) * power) % modulus)
    return ModularSidon(np.sort(np.array(marks, dtype=np.int64)), modulus)


CONSTRUCTIONS: tuple[Callable[[int], ModularSidon], ...] = (singer, bose, ruzsa)


def mian_chowla(count: int, sums: int = 2) -> IntArray:
    """Return the least numbers from 0 on of which no two choices of `sums` have the same sum.

    With two this is the Mian-Chowla sequence, less 1; with three (a B_3 set) products of fifth
    order keep off the tones, too.

    Returns
    -------
    array of int, shape (count,)
        Ascending.

    Raises
    ------
    ParameterError
        If `count` or `sums` is below 1.
    """
    require_integer("mian_chowla", 1, count=count, sums=sums)
    # by[h] holds all sums of h marks as bits: adding a mark is a shift.
    marks, by = [0], [1] * (sums + 1)
    candidate = 0
    while len(marks) < count:
        candidate += 1
        if _keeps_apart(by, candidate, sums):
            marks.append(candidate)
            for h in range(1, sums + 1):
                by[h] |= by[h - 1] << candidate
    return np.array(marks, dtype=np.int64)


def _keeps_apart(by: list[int], mark: int, sums: int) -> bool:
    # Sums of `sums` marks with i times the new one, for i = 0 ... sums, must not meet.
    seen = 0
    for i in range(sums + 1):
        shifted = by[sums - i] << (i * mark)
        if seen & shifted:
            return False
        seen |= shifted
    return True


def primes_to(limit: int) -> list[int]:
    """Return all primes up to `limit`."""
    sieve = np.ones(max(limit + 1, 2), dtype=bool)
    sieve[:2] = False
    for number in range(2, isqrt(max(limit, 0)) + 1):
        if sieve[number]:
            sieve[number * number :: number] = False
    return [int(p) for p in np.flatnonzero(sieve)]


def _companion(prime: int, degree: int, order: int, *, scalars_count_as_one: bool) -> IntArray:
    """Return the matrix that multiplies by an x of the wanted order in GF(p^degree)."""
    factors = _prime_factors(order)
    for number in range(1, prime**degree):
        last = [number // prime**i % prime for i in range(degree)]
        matrix = np.zeros((degree, degree), dtype=np.int64)
        matrix[1:, :-1] = np.eye(degree - 1, dtype=np.int64)
        matrix[:, -1] = last

        def is_one(power: int, matrix: IntArray = matrix) -> bool:
            raised = _power(matrix, power, prime)
            scale = raised[0, 0] if scalars_count_as_one else 1
            one = np.array_equal(raised, scale * np.eye(degree, dtype=np.int64))
            return bool(one and raised[0, 0])

        if is_one(order) and not any(is_one(order // r) for r in factors):
            return matrix
    raise AssertionError("every finite field has a primitive element")


def _power(matrix: IntArray, power: int, prime: int) -> IntArray:
    result: IntArray = np.eye(len(matrix), dtype=np.int64)
    while power:
        if power & 1:
            result = result @ matrix % prime
        matrix = matrix @ matrix % prime
        power >>= 1
    return result


def _states(companion: IntArray, prime: int, count: int) -> IntArray:
    """Return the coefficients of x^0 ... x^(count - 1), one column each."""
    states: IntArray = np.zeros((len(companion), 1), dtype=np.int64)
    states[0] = 1
    step = companion
    while states.shape[1] < count:
        # What follows the first 2^m powers is the same times x^(2^m).
        states = np.hstack([states, step @ states % prime])
        step = step @ step % prime
    return states[:, :count]


def _prime_factors(number: int) -> list[int]:
    factors, rest = [], number
    for candidate in primes_to(isqrt(number)):
        if rest % candidate == 0:
            factors.append(candidate)
            while rest % candidate == 0:
                rest //= candidate
    return [*factors, rest] if rest > 1 else factors


def _require_prime(owner: str, prime: int) -> None:
    require_integer(owner, 2, prime=prime)
    require(
        primes_to(prime)[-1] == prime,
        f"{owner} needs a prime, got {prime}",
        f"take {primes_to(prime)[-1]}, the next below",
    )
