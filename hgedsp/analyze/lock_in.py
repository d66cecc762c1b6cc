"""The lock-in graph, run over a recorded trace."""

from __future__ import annotations

import numpy as np
from scipy import special

from hgedsp.analyze.chunks import require_one_lane
from hgedsp.analyze.estimate import Estimate
from hgedsp.blocks.tone_generator import ToneGenerator
from hgedsp.checks import require
from hgedsp.graph import Graph
from hgedsp.graphs.lock_in import lock_in
from hgedsp.trace import Trace

# What is left of the step with which a recording begins, relative to the step.
_UNSETTLED = 1e-6


def lock_in_windows(
    trace: Trace, tones: ToneGenerator, rate: float, window: int, *, progress: bool = False
) -> Estimate:
    """Demodulate a trace in windows of n samples.

    Parameters
    ----------
    trace : Trace
        One lane.
    tones : ToneGenerator
        Frequencies (Hz) and phases (rad); phases count from sample 0 of the recording.
    rate : float
        Samples per second, Hz.
    window : int
        Samples per window.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    Estimate
        Without offset: a lock-in takes nothing off, see `window_leakage`.

    Raises
    ------
    ParameterError, SampleError
        If the trace is shorter than a window, has several lanes or a sample that is not finite.
    """
    require(
        window <= len(trace),
        f"a window of {window} samples is longer than the trace of {len(trace)}",
        "take a shorter window",
    )
    graph = lock_in(_from_start(trace, tones, rate), rate, window=window)
    return _run(graph, trace, progress)


def lock_in_low_pass(
    trace: Trace,
    tones: ToneGenerator,
    rate: float,
    time_constant: float,
    order: int,
    output_rate: float,
    *,
    progress: bool = False,
) -> Estimate:
    """Demodulate a trace with a low-pass, and leave out what comes before it has settled.

    Parameters
    ----------
    time_constant : float
        Time constant of each pole, s.
    order : int
        Number of poles, 1 to 8.
    output_rate : float
        Values per second, Hz; the sample rate over a whole number.
    trace, tones, rate, progress
        As for `lock_in_windows`.

    Raises
    ------
    ParameterError, SampleError
        If the trace ends before the low-pass has settled to 1e-6, has several lanes or a sample
        that is not finite.
    """
    settling = settling_time(time_constant, order)
    require(
        len(trace) / rate > settling + 1 / output_rate,
        f"a low-pass of order {order} with {time_constant:g} s settles in {settling:.3g} s, "
        f"but the trace lasts {len(trace) / rate:.3g} s",
        "take a shorter time constant, or a longer trace",
    )
    graph = lock_in(
        _from_start(trace, tones, rate),
        rate,
        time_constant=time_constant,
        order=order,
        rate=output_rate,
    )
    estimate = _run(graph, trace, progress)
    settled = estimate.sample - trace.start >= settling * rate
    return Estimate(
        estimate.sample[settled], estimate.in_phase[settled], estimate.quadrature[settled]
    )


def settling_time(time_constant: float, order: int) -> float:
    """Return the time after which a low-pass has settled to 1e-6 of a step, s.

    The rest of a step through n equal poles is the upper tail of a Gamma(n) distribution.
    """
    return time_constant * float(special.gammainccinv(order, _UNSETTLED))


def _from_start(trace: Trace, tones: ToneGenerator, rate: float) -> ToneGenerator:
    """Return the tones with the phases they have at the first sample of the trace."""
    if trace.start == 0:
        return tones
    return ToneGenerator(tones.frequency, tones.amplitude, tones.phase_at(trace.start, rate))


def _run(graph: Graph, trace: Trace, progress: bool) -> Estimate:
    require_one_lane(trace)
    record = graph.compile().run(trace, progress=progress)
    if record.interrupted:
        raise KeyboardInterrupt
    sample = record.sample_index["in_phase"] + trace.start
    shape = (len(sample), -1) if len(sample) else (0, 1)
    return Estimate(
        np.asarray(sample, dtype=np.int64),
        record["in_phase"].reshape(shape),
        record["quadrature"].reshape(shape),
    )
