"""Candidates of one workload, timed in turns."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hgedsp.benchmarks.native import PeerError
from hgedsp.checks import FloatArray
from hgedsp.errors import MissingExtraError

OURS = "hgedsp"


@dataclass(frozen=True)
class Candidate:
    """One way to do the work of a workload.

    Attributes
    ----------
    name : str
        As it stands in the tables; ours is ``hgedsp``.
    step : callable
        Does one chunk of the work.
    samples : int
        Samples in a chunk.
    answer : callable or None
        Returns the first results from a fresh start, to be compared with those of the reference.
    tolerance : float
        Largest error of the answer, relative to the largest value of the reference.
    """

    name: str
    step: Callable[[], object]
    samples: int
    answer: Callable[[], FloatArray] | None = None
    tolerance: float = 1e-9


@dataclass(frozen=True)
class Result:
    """What was measured of one case of a workload.

    Attributes
    ----------
    workload : str
    case : dict
        What is varied, as ``{"K": 7, "order": 1}``.
    unit : str
        Of the times.
    rounds : dict of str to list of float
        Time per candidate and round. Rounds of the same number were taken in turns.
    notes : tuple of str
        Candidates left out, or void, and why.
    """

    workload: str
    case: dict[str, int | str]
    unit: str
    rounds: dict[str, list[float]]
    notes: tuple[str, ...] = ()

    def median(self, name: str) -> float:
        """Return the median time of a candidate."""
        return statistics.median(self.rounds[name])

    def ratio(self, name: str, other: str) -> float:
        """Return how many times the time of `other` is taken by `name`.

        It is the median of the ratios within each round, so that a machine that is slower for a
        while slows both sides of a ratio.
        """
        pairs = zip(self.rounds[name], self.rounds[other], strict=True)
        return statistics.median(a / b for a, b in pairs)


def measure(
    workload: str,
    case: dict[str, int | str],
    candidates: Sequence[Candidate],
    *,
    reference: Callable[[], FloatArray] | None = None,
    rounds: int,
    seconds: float,
    notes: Sequence[str] = (),
) -> Result:
    """Check all candidates against the reference, and time those that pass in turns."""
    sound, void = _checked(candidates, reference)
    times = interleave(sound, rounds, seconds)
    return Result(workload, case, "ns/sample", times, (*notes, *void))


def collect(makers: Sequence[Callable[[], Candidate]]) -> tuple[list[Candidate], list[str]]:
    """Make candidates; return them, and a note on each that cannot be had here."""
    candidates: list[Candidate] = []
    notes: list[str] = []
    for make in makers:
        try:
            candidates.append(make())
        except (PeerError, MissingExtraError) as error:
            notes.append(f"left out: {error.what}; {error.mend}")
    return candidates, list(dict.fromkeys(notes))


def interleave(
    candidates: Sequence[Candidate], rounds: int, seconds: float
) -> dict[str, list[float]]:
    """Return nanoseconds per sample of each candidate and round.

    In every round each candidate works for about `seconds`, one after the other.
    """
    repeats = {c.name: math.ceil(seconds / max(_warm(c), 1e-9)) for c in candidates}
    times: dict[str, list[float]] = {c.name: [] for c in candidates}
    collects = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            for c in candidates:
                spent = _time(c, repeats[c.name])
                times[c.name].append(1e9 * spent / (repeats[c.name] * c.samples))
    finally:
        if collects:
            gc.enable()
    return times


def _warm(candidate: Candidate) -> float:
    """Seconds of one chunk, once caches and pages are warm."""
    _time(candidate, 1)
    return _time(candidate, 1)


def _time(candidate: Candidate, repeats: int) -> float:
    began = time.perf_counter()
    for _ in range(repeats):
        candidate.step()
    return time.perf_counter() - began


def _checked(
    candidates: Sequence[Candidate], reference: Callable[[], FloatArray] | None
) -> tuple[list[Candidate], list[str]]:
    """Return the candidates whose answer is right, and a note on each of the others."""
    if reference is None:
        return list(candidates), []
    wanted = reference()
    sound, void = [], []
    for candidate in candidates:
        error = _error(candidate, wanted)
        if error <= candidate.tolerance:
            sound.append(candidate)
        else:
            void.append(f"{candidate.name} is void: it differs from the reference by {error:.1e}")
    return sound, void


def _error(candidate: Candidate, wanted: FloatArray) -> float:
    if candidate.answer is None:
        return 0.0
    got = candidate.answer()
    count = min(len(got), len(wanted))
    if count == 0 or got.shape[1:] != wanted.shape[1:]:
        return math.inf
    off = float(np.max(np.abs(got[:count] - wanted[:count])))
    error = off / float(np.max(np.abs(wanted)))
    return math.inf if math.isnan(error) else error
