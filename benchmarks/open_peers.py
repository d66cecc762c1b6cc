"""Candidates for the extraction from a recorded trace."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.benchmarks.native import aligned, call, load, tiled
from hgedsp.benchmarks.open_setup import CHECKED, SAMPLE_RATE, WINDOW, Extraction
from hgedsp.benchmarks.timing import OURS, Candidate
from hgedsp.checks import FloatArray

RFFT, SINES, SOSFILT = "scipy rfft", "NumPy, fresh sines", "scipy sosfilt"
_LANES = 8


def ours(work: Extraction) -> Candidate:
    """Return our kernel."""
    kernel = work.graph().compile()
    trace = {"trace": work.trace}

    def answer() -> FloatArray:
        outputs = kernel.process({"trace": work.trace[: CHECKED * WINDOW]})
        kernel.reset()
        return np.hstack([outputs[name].reshape(CHECKED, -1) for name in "iq"])

    return Candidate(OURS, lambda: kernel.process(trace), work.trace.size, answer)


def plain_c(work: Extraction) -> Candidate:
    """Return the extraction in plain C."""
    library = load("open_loop.c", *_defines(work))
    rows = np.pad(_rows(work), ((0, 0), (0, 8)))
    return _native("plain C", library, work, rows, work.tones)


def tuned_c(work: Extraction) -> Candidate:
    """Return the extraction in C on explicit vectors."""
    tiles = min(2 if work.order else 4, -(-work.tones // _LANES))
    library = load("open_loop_tuned.c", *_defines(work), f"-DLANES={_LANES}", f"-DTILES={tiles}")
    width = -(-work.tones // (_LANES * tiles)) * _LANES * tiles
    rows = np.pad(_rows(work), ((0, 0), (0, width - work.tones)))
    return _native("tuned C", library, work, tiled(rows, _LANES), width)


def rfft(work: Extraction) -> Candidate:
    """Return one FFT per window, of which the bins of the tones are taken."""
    import scipy.fft

    def extract(trace: FloatArray) -> FloatArray:
        spectrum = scipy.fft.rfft(trace.reshape(-1, WINDOW))[:, work.bins] * (2 / WINDOW)
        return np.hstack([-spectrum.imag, spectrum.real])

    return _of_trace(RFFT, work, extract, work.windows)


def researcher(work: Extraction) -> Candidate:
    """Return what one writes first: sines made afresh, and the mean of the products."""

    def extract(trace: FloatArray) -> FloatArray:
        answer = np.empty((trace.size // WINDOW, 2 * work.tones))
        for window in range(len(answer)):
            n = np.arange(window * WINDOW, (window + 1) * WINDOW)
            x, t = trace[n], n / SAMPLE_RATE
            for k, frequency in enumerate(work.bins * SAMPLE_RATE / WINDOW):
                answer[window, k] = 2 * np.mean(x * np.sin(2 * np.pi * frequency * t))
                answer[window, work.tones + k] = 2 * np.mean(x * np.cos(2 * np.pi * frequency * t))
        return answer

    return _of_trace(SINES, work, extract, 1)


def sosfilt(work: Extraction) -> Candidate:
    """Return the products, with references made beforehand, through SciPy's filter."""
    import scipy.signal  # half a second, which no other command should wait for

    sections = _sections(work)
    references = work.references().T.copy()

    def extract(trace: FloatArray) -> FloatArray:
        answer = np.empty((trace.size // WINDOW, 2 * work.tones))
        state = np.zeros((len(sections), 2 * work.tones, 2))
        for window, x in enumerate(trace.reshape(-1, WINDOW)):
            smooth, state = scipy.signal.sosfilt(sections, 2 * x * references, zi=state)
            answer[window] = smooth[:, -1]
        return answer

    return _of_trace(SOSFILT, work, extract, 1)


def _sections(work: Extraction) -> FloatArray:
    """Return the cascade of equal poles as sections of two poles each."""
    d = 1 - work.smoothing
    section = [work.smoothing**2, 0.0, 0.0, 1.0, -2 * d, d * d]
    return np.array([section] * (work.order // 2))


def _of_trace(name: str, work: Extraction, extract: Any, windows: int) -> Candidate:
    """Return a candidate that takes so many windows at a time."""
    trace = work.trace[: windows * WINDOW]
    checked = work.trace[: CHECKED * WINDOW]
    return Candidate(name, lambda: extract(trace), trace.size, lambda: extract(checked))


def _defines(work: Extraction) -> list[str]:
    return [f"-DK={work.tones}", f"-DWINDOW={WINDOW}", f"-DORDER={work.order}"]


def _rows(work: Extraction) -> FloatArray:
    """Return the state at sample 0 as C wants it: sine, cosine, their turns, filters."""
    turn = 2 * np.pi * work.bins / WINDOW
    zeros, ones = np.zeros(work.tones), np.ones(work.tones)
    filters = [zeros] * (2 * max(1, work.order))
    return np.array([zeros, ones, np.sin(turn), np.cos(turn), *filters])


def _native(
    name: str, library: ctypes.CDLL, work: Extraction, state: FloatArray, width: int
) -> Candidate:
    running, trace = aligned(state), aligned(work.trace)
    shape = (work.windows, width)
    in_phase, quadrature = (aligned(np.zeros(shape)).reshape(shape) for _ in range(2))

    def extract(memory: npt.NDArray[Any], n: int) -> None:
        call(library.extract, memory, work.smoothing, n, trace, in_phase, quadrature)

    def answer() -> FloatArray:
        extract(aligned(state), CHECKED * WINDOW)
        return np.hstack([x[:CHECKED, : work.tones] for x in (in_phase, quadrature)])

    return Candidate(name, lambda: extract(running, trace.size), trace.size, answer)
