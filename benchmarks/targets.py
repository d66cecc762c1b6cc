"""What has to be reached, and whether it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hgedsp.benchmarks import (
    closed_loop,
    hopping,
    many_runs,
    open_loop,
    start_up,
    surrogate_loop,
)
from hgedsp.benchmarks.open_peers import RFFT, SINES, SOSFILT
from hgedsp.benchmarks.timing import OURS, Result

FAUST = (
    "Faust (2.54.9, scalar, clang) took 427 ns a sample where plain C took 53.4 ns, with 64 tones "
    "and four poles each for in-phase and quadrature on a Zen 4; the target compares by that ratio."
)
_FAUST_TO_PLAIN_C = 427 / 53.4


@dataclass(frozen=True)
class Verdict:
    """A target and what was reached.

    Attributes
    ----------
    target : str
    reached : str
        Figures, or why there are none.
    met : bool or None
        None where it was not measured.
    """

    target: str
    reached: str
    met: bool | None


class Results:
    """Results that can be asked for by workload and case."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._results = results

    def find(self, workload: str, **case: int | str) -> Result | None:
        """Return the one result of a workload and a case, or None."""
        for result in self._results:
            if result.workload == workload and case.items() <= result.case.items():
                return result
        return None

    def ratio(self, name: str, other: str, workload: str, **case: int | str) -> float | None:
        """Return the time of `name` over that of `other`, or None where one is missing."""
        result = self.find(workload, **case)
        if result is None or not {name, other} <= result.rounds.keys():
            return None
        return result.ratio(name, other)

    def median(self, name: str, workload: str, **case: int | str) -> float | None:
        """Return a time, or None where it is missing."""
        result = self.find(workload, **case)
        if result is None or not result.rounds.get(name):
            return None
        return result.median(name)


Figures = dict[str, float | None]


def judge(results: Sequence[Result]) -> list[Verdict]:
    """Return a verdict on every target of the workloads that were run."""
    asked, run = Results(results), {result.workload for result in results}
    return [verdict for name, part in _PARTS.items() if name in run for verdict in part(asked)]


def _at_most(target: str, limit: float, figures: Figures, unit: str = "x") -> Verdict:
    return _verdict(target, figures, lambda figure: figure <= limit, unit)


def _at_least(target: str, limit: float, figures: Figures, unit: str = "x") -> Verdict:
    return _verdict(target, figures, lambda figure: figure >= limit, unit)


def _verdict(target: str, figures: Figures, good: Callable[[float], bool], unit: str) -> Verdict:
    """Return the verdict: no as soon as one figure fails, yes only if all are there."""
    known = {label: figure for label, figure in figures.items() if figure is not None}
    if not known:
        return Verdict(target, "not measured", None)
    missing = [label for label in figures if label not in known]
    told = [f"{label} {figure:.3g}{unit}".lstrip() for label, figure in known.items()]
    told += [f"not measured: {' '.join(missing)}"] * bool(missing)
    met = all(good(figure) for figure in known.values())
    return Verdict(target, ", ".join(told), None if met and missing else met)


def _closed(results: Results) -> Iterator[Verdict]:
    def against(peer: str, order: int, tones: Sequence[int]) -> Figures:
        return {
            f"K={k}": results.ratio(OURS, peer, closed_loop.NAME, K=k, order=order) for k in tones
        }

    for order in closed_loop.ORDERS:
        where = f"closed loop, order {order}:"
        plain = against("plain C", order, (7, 16, 64, 256, 1024))
        yield _at_most(f"{where} at most 1x plain C, K = 7 to 1024", 1.0, plain)
        tuned = against("tuned C", order, (7, 64, 1024))
        yield _at_most(f"{where} at most 1.1x tuned C, K = 7, 64, 1024", 1.1, tuned)
        large = against("plain C", order, (16384,))
        yield _at_most(f"{where} at most 1x plain C, K = 16384", 1.0, large)
        every = against("plain C", order, closed_loop.TONES)
        yield _at_most(f"{where} at most 1.1x plain C for any K", 1.1, every)


def _many(results: Results) -> Iterator[Verdict]:
    case: dict[str, int | str] = {"runs": 64}
    rate = results.ratio(many_runs.ALONE, OURS, many_runs.NAME, **case)
    yield _at_least("64 runs at once: at least 3x the samples per second of one", 3.0, {"": rate})
    threads = results.ratio(OURS, many_runs.THREADS, many_runs.NAME, **case)
    yield _at_least("64 runs, 2 threads: at least 1.8x of one thread", 1.8, {"": threads})


def _surrogate(results: Results) -> Iterator[Verdict]:
    name = surrogate_loop.NAME
    case: dict[str, int | str] = {"network": "7-90x5-1", "dtype": "float32"}
    dense = results.ratio(OURS, surrogate_loop.DENSE, name, **case)
    yield _at_most("7-90x5-1, float32: at most 0.7x dense tuned C", 0.7, {"": dense})
    together = results.ratio(OURS, surrogate_loop.TOGETHER, name, **case)
    yield _at_least("7-90x5-1, 4 together: at least 1.5x the rate of one", 1.5, {"": together})


def _hopping(results: Results) -> Iterator[Verdict]:
    time = results.median(OURS, hopping.NAME, sites=30, repulsion="no")
    reached = None if time is None else 1e-3 * time
    yield _at_most("hopping network of 30 sites: at most 20 us", 20.0, {"": reached}, " us")


def _open(results: Results) -> Iterator[Verdict]:
    low_pass: dict[str, int | str] = {"K": 64, "filter": "low-pass"}
    sections = results.ratio(SOSFILT, OURS, open_loop.NAME, **low_pass)
    yield _at_least("low-pass, K = 64: at least 100x scipy.signal.sosfilt", 100.0, {"": sections})
    plain = results.ratio("plain C", OURS, open_loop.NAME, **low_pass)
    faust = None if plain is None else plain * _FAUST_TO_PLAIN_C
    yield _at_least("low-pass, K = 64: at least 20x Faust, by way of plain C", 20.0, {"": faust})

    def windows(name: str, other: str, tones: Sequence[int]) -> Figures:
        return {
            f"K={k}": results.ratio(name, other, open_loop.NAME, K=k, filter="window")
            for k in tones
        }

    fft = windows(OURS, RFFT, open_loop.TONES)
    yield _at_most("windows: at most 1x one scipy.fft.rfft, any K", 1.0, fft)
    sines = windows(SINES, OURS, (64, 1024))
    yield _at_least("windows, K = 64 and 1024: at least 200x fresh sines", 200.0, sines)


def _compiling(results: Results) -> Iterator[Verdict]:
    def seconds(name: str, **case: int | str) -> float | None:
        return results.median(name, start_up.NAME, **case)

    xor = {state: seconds(state, graph=start_up.XOR) for state in (start_up.COLD, start_up.WARM)}
    yield _at_most("XOR graph to first sample, cold: at most 2.5 s", 2.5, {"": xor["cold"]}, " s")
    yield _at_most("XOR graph to first sample, warm: at most 0.3 s", 0.3, {"": xor["warm"]}, " s")
    chain = seconds(start_up.COLD, blocks=300)
    yield _at_most("300 blocks of 6 classes: at most 6 s", 6.0, {"": chain}, " s")
    loops = [seconds(start_up.COLD, graph="loop", K=k) for k in start_up.TONES]
    known = [figure for figure in loops if figure is not None]
    spread = max(known) / min(known) - 1 if len(known) == len(loops) else None
    yield _at_most(
        "compile time over K = 7 to 16384: within 20 %",
        20.0,
        {"": None if spread is None else 100 * spread},
        " %",
    )


_PARTS: dict[str, Callable[[Results], Iterator[Verdict]]] = {
    closed_loop.NAME: _closed,
    many_runs.NAME: _many,
    surrogate_loop.NAME: _surrogate,
    hopping.NAME: _hopping,
    open_loop.NAME: _open,
    start_up.NAME: _compiling,
}
