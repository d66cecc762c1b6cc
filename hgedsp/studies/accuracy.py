"""Predicted bias and variance of derivatives, held against what real graphs measure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from hgedsp.blocks import SurrogateDevice
from hgedsp.checks import FloatArray
from hgedsp.devices import DEFAULT, load_device
from hgedsp.hge import cramer_rao_bound, window_variance
from hgedsp.studies.accuracy_graph import (
    APART,
    SETTLE,
    Filter,
    Noise,
    accuracy_graph,
    filters,
    noises,
    predicted_mean,
    predicted_variance,
)
from hgedsp.studies.accuracy_result import Accuracy, Case
from hgedsp.studies.accuracy_subjects import Subject, polynomial_subject, surrogate_subject
from hgedsp.studies.study import Study

# Windows for 1, 7 and 64 tones: so many that intervals of 95 % are less than half as wide as the
# 10 % that is asked for. Values behind poles come once in four windows.
_WINDOWS = {1: 32_000, 7: 6_000, 64: 2_400}
_QUICK = 8  # times fewer
_NOISE_TO_BIAS = 0.3
_CHUNK = 1 << 17  # samples


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> Accuracy:
    """Carry out the study; see `Run`."""
    name = DEFAULT if device is None else device
    network = load_device(name)
    windows = {k: n // (_QUICK if quick else 1) for k, n in _WINDOWS.items()}
    total = 2 * sum(windows.values())
    cases: list[Case] = []
    interrupted = False
    with tqdm(total=total, unit="window", disable=not progress) as bar:
        try:
            for number, subject in enumerate(_subjects(network, name, seed)):
                tones = subject.plan.bins.size
                bar.set_description(f"{subject.device}, {tones} tones")
                # Seeds are this far apart so that no two noises are the same.
                cases += measure(subject, windows[tones], 1000 * seed + 100 * number, bar)
        except KeyboardInterrupt:
            interrupted = True
    return Accuracy(tuple(cases), name, seed, quick, interrupted)


def _subjects(network: SurrogateDevice, name: str, seed: int) -> Iterator[Subject]:
    for tones in _WINDOWS:
        yield polynomial_subject(tones, np.random.default_rng([seed, tones, 0]))
        yield surrogate_subject(network, name, tones, np.random.default_rng([seed, tones, 1]))


def measure(subject: Subject, windows: int, seed: int, bar: tqdm | None = None) -> list[Case]:
    """Measure a device under every noise through every filter.

    Parameters
    ----------
    subject : Subject
    windows : int
        How many are measured, beyond those in which the filters settle.
    seed : int
        Of the noise.
    bar : tqdm, optional
        Is told of every window.
    """
    plan = subject.plan
    kinds = noises(plan, _density(subject), seed)
    kernel = accuracy_graph(subject, kinds, seed).compile()
    step = max(1, _CHUNK // (APART * plan.samples)) * APART
    parts: dict[str, list[FloatArray]] = {}
    for start in range(0, windows + SETTLE, step):
        count = min(step, windows + SETTLE - start)
        for name, values in kernel.process(count * plan.samples).items():
            parts.setdefault(name, []).append(values.reshape(len(values), -1))
        if bar is not None:
            bar.update(min(count, windows - start) if start < windows else 0)
    cases = []
    for noise in kinds:
        for way in filters(plan):
            values = np.concatenate(parts[f"{noise.name}, {way.name}"])
            cases.append(_case(subject, noise, way, values[SETTLE // way.windows_per_value :]))
    return cases


def _density(subject: Subject) -> float:
    """Return a density at which the scatter is a certain part of the bias, A^2/Hz."""
    unit = window_variance(1.0, subject.plan.frequency, subject.amplitude, subject.plan.window)
    return float(_NOISE_TO_BIAS**2 * np.mean(subject.bias**2) / np.mean(unit))


def _case(subject: Subject, noise: Noise, way: Filter, values: FloatArray) -> Case:
    bound = None
    if noise.name == "white" and way.name == "boxcar":
        bound = cramer_rao_bound(noise.white, subject.amplitude, subject.plan.window)
    return Case(
        device=subject.device,
        law=subject.law,
        noise=noise.name,
        filter=way.name,
        values=values,
        gradient=subject.gradient,
        predicted_mean=predicted_mean(subject, way),
        predicted_variance=predicted_variance(subject, noise, way),
        bound=bound,
    )


STUDY = Study("predicted bias and variance of derivatives against measured ones", run)
