"""``hgedsp study estimators``: ways to measure a gradient, side by side."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from hgedsp.block import Block
from hgedsp.checks import FloatArray
from hgedsp.devices import DEFAULT, load_device
from hgedsp.studies.estimators_bench import Bench, Noise
from hgedsp.studies.estimators_devices import many_electrodes
from hgedsp.studies.estimators_methods import METHODS, Method
from hgedsp.studies.estimators_result import EstimatorsResult, Measured, Sweep
from hgedsp.studies.points import points_in_middle
from hgedsp.studies.study import Study

AMPLITUDE = 0.01  # V, peak
RATE = 30e3  # Hz; more than four times all tones, so that third order does not fold onto them
SETTLE = 3  # samples, 0.1 ms
BAND = (3300.0, 6600.0)  # Hz, an octave
OFFSET = 10e-9  # A, output minus target

_WHITE = Noise(flicker=0.0)
_COMPARED = 64  # electrodes
_LONG = 10.0  # s, time of the comparison over K


@dataclass(frozen=True)
class _Plan:
    """Which points are measured, with how many repeats each."""

    times: dict[float, int]
    counts: tuple[int, ...]
    long: float
    repeats: int
    extra: bool = True  # also with white noise only, and at equal power


_FULL = _Plan(
    {0.02: 40, 0.1: 40, 0.5: 20, 2.0: 8, 10.0: 3},
    (1, 2, 4, 8, 16, 32, 64, 128),
    _LONG,
    6,
)
_QUICK = _Plan({0.05: 20, 0.5: 10}, (_COMPARED,), 4.0, 4, extra=False)


@dataclass(frozen=True)
class _Job:
    sweep: Sweep
    method: Method
    bench: Bench
    repeats: int


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> EstimatorsResult:
    """Compare estimators of a gradient: error against measurement time, and against K.

    Parameters
    ----------
    device : str or None
        Device of the comparison over time; the default RNPU if left out. That over K is made on
        polynomials (`many_electrodes`), for there is no RNPU of 128 electrodes.
    seed, quick, progress
        As for any study.
    """
    name = device or DEFAULT
    jobs = list(_jobs(name, seed, _QUICK if quick else _FULL))
    points: list[Measured] = []
    interrupted = False
    try:
        for number, job in enumerate(
            tqdm(jobs, desc="estimators", unit="point", disable=not progress)
        ):
            points.append(_measure(job, np.random.default_rng([seed, number])))
    except KeyboardInterrupt:
        interrupted = True
    return EstimatorsResult(tuple(points), name, seed, quick, interrupted)


def _jobs(device: str, seed: int, plan: _Plan) -> Iterator[_Job]:
    for time, repeats in plan.times.items():
        bench = _on_device(device, seed, time)
        for method in METHODS:
            yield _Job("time", method, _seeded(bench, "time", method), repeats)
    for electrodes in plan.counts:
        bench = _on_polynomial(electrodes, seed, plan.long)
        for method in METHODS:
            yield _Job("electrodes", method, _seeded(bench, "electrodes", method), plan.repeats)
    if not plan.extra:
        return
    bench = _on_polynomial(_COMPARED, seed, plan.long)
    white = replace(bench, noise=_WHITE)
    for method in METHODS:
        yield _Job("white", method, _seeded(white, "white", method), plan.repeats)
    for method in METHODS:
        # The power of one electrode switched by +-AMPLITUDE, whatever moves.
        amplitude = AMPLITUDE / method.power(_COMPARED) ** 0.5
        weaker = replace(_seeded(bench, "power", method), amplitude=amplitude)
        yield _Job("power", method, weaker, plan.repeats)


def _on_device(name: str, seed: int, time: float) -> Bench:
    device = load_device(name)
    (point,) = points_in_middle(device, 1, np.random.default_rng(seed))
    return _bench(device, point, time)


def _on_polynomial(electrodes: int, seed: int, time: float) -> Bench:
    random = np.random.default_rng([seed, electrodes])
    device = many_electrodes(electrodes, random)
    # So near that the spread of slopes is nearly that of the linear part, for any number.
    point = random.standard_normal(electrodes)
    return _bench(device, 0.05 * point / np.linalg.norm(point), time)


def _bench(device: Block, point: FloatArray, time: float) -> Bench:
    return Bench(
        device=device,
        point=point,
        amplitude=AMPLITUDE,
        samples=round(time * RATE),
        settle=SETTLE,
        noise=Noise(),
        band=BAND,
        offset=OFFSET,
        rate=RATE,
        seed=0,
    )


def _seeded(bench: Bench, sweep: str, method: Method) -> Bench:
    """Give every point noise of its own."""
    text = f"{sweep} {method.label} {bench.electrodes} {bench.samples} {bench.point[0]!r}"
    return replace(bench, seed=zlib.crc32(text.encode()))


def _measure(job: _Job, random: np.random.Generator) -> Measured:
    bench, method = job.bench, job.method
    shape = (bench.electrodes, bench.samples / bench.rate, bench.amplitude)
    if not method.fits(bench):
        return Measured.missing(job.sweep, method, *shape)
    truth = bench.loss_gradient if method.of_loss else bench.gradient
    estimate = method.measure(bench, job.repeats, random)
    return Measured.of(job.sweep, method, *shape, estimate, truth, method.expect(bench))


STUDY = Study("ways to measure a gradient side by side: error against time and number", run)
