"""Derivatives of a device from its recorded output: estimator and window chosen, errors stated."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hgedsp.analyze.chunks import require_one_lane
from hgedsp.analyze.estimate import Estimate, low_pass_correlation, standard_error
from hgedsp.analyze.leakage import Leakage, low_pass_leakage, window_leakage
from hgedsp.analyze.least_squares import least_squares
from hgedsp.analyze.lock_in import lock_in_low_pass, lock_in_windows, settling_time
from hgedsp.analyze.tones import Tones
from hgedsp.analyze.windows import common_period, natural_window
from hgedsp.checks import FloatArray, require, require_integer, require_positive
from hgedsp.trace import Trace

ESTIMATORS = ("lock-in", "least-squares")
# Neighbouring values of a low-pass are correlated for about this many time constants.
_MEMORY = 40.0


@dataclass(frozen=True)
class Extraction:
    """Derivatives in W windows, and what they are worth.

    Attributes
    ----------
    trace : Trace
    tones : Tones
    estimator : {"lock-in", "least-squares"}
    estimate : Estimate
        By this estimator.
    comparison : Estimate or None
        By the other one, where the two may differ.
    leakage : Leakage
        Of the lock-in, in these windows.
    window : int or None
        Samples per window; None behind a low-pass.
    whole_periods : bool
        Whether each window holds whole periods of all tones, so that a lock-in has no leakage.
    correlation : array or None
        Correlation of a value with the 1st, 2nd, ... after it, behind a low-pass.
    settling : float
        Time at the start that was left out, s.
    notes : list of str
        What the user should know.
    """

    trace: Trace
    tones: Tones
    estimator: str
    estimate: Estimate
    comparison: Estimate | None
    leakage: Leakage
    window: int | None
    whole_periods: bool
    correlation: FloatArray | None = None
    settling: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def gradient(self) -> FloatArray:
        """In-phase over amplitude, unit of the trace per V, shape (W, K)."""
        return self.estimate.in_phase / self.tones.amplitude

    @property
    def gradient_mean(self) -> FloatArray:
        """Mean over windows, shape (K,)."""
        mean: FloatArray = self.gradient.mean(axis=0)
        return mean

    @property
    def gradient_standard_error(self) -> FloatArray | None:
        """Standard error of the mean, shape (K,); None for fewer than two windows."""
        return standard_error(self.gradient, self.correlation)

    @property
    def lock_in_difference(self) -> FloatArray | None:
        """Mean gradient of the lock-in minus that of least squares, shape (K,), if compared."""
        if self.comparison is None:
            return None
        sign = 1.0 if self.estimator == "lock-in" else -1.0
        other = self.comparison.in_phase.mean(axis=0) / self.tones.amplitude
        difference: FloatArray = sign * (self.gradient_mean - other)
        return difference

    @property
    def leakage_bound(self) -> tuple[FloatArray, FloatArray] | None:
        """Largest error of a lock-in gradient by the offset, and by the tones; shapes (K,).

        From offset and amplitudes as least squares found them; None where it was not run.
        """
        fits = [e for e in (self.estimate, self.comparison) if e and e.offset is not None]
        if not fits or fits[0].offset is None:
            return None
        fit, offset = fits[0], float(np.abs(fits[0].offset).mean())
        by_offset, by_tones = self.leakage.bound(offset, fit.size)
        return by_offset / self.tones.amplitude, by_tones / self.tones.amplitude


def extract(
    trace: Trace,
    tones: Tones,
    *,
    estimator: str | None = None,
    window: float | None = None,
    time_constant: float | None = None,
    order: int = 1,
    output_rate: float | None = None,
    progress: bool = False,
) -> Extraction:
    """Find the derivatives of a device's output with respect to each perturbed voltage.

    gradient_k = in_phase_k / amplitude_k

    Parameters
    ----------
    trace : Trace
        Output of the device, one lane.
    tones : Tones
        As `tones_from` reads them.
    estimator : {"lock-in", "least-squares"}, optional
        If left out, lock-in where each window holds whole periods of all tones, or with
        `time_constant`; else least squares.
    window : float, optional
        Length of a window, s; rounded to whole samples. If left out, the multiple of the common
        period of all tones nearest to 0.1 s; if that does not fit, the whole trace is one window.
    time_constant : float, optional
        Lock-in with a low-pass of this time constant, s, instead of windows.
    order : int, optional
        Order of the low-pass.
    output_rate : float, optional
        Values per second behind the low-pass, Hz; about one per time constant if left out.
    progress : bool, optional
        Show progress bars.

    Raises
    ------
    ParameterError
        If options contradict each other or do not fit the trace.
    SampleError
        If the trace has several lanes, or a sample is not finite.
    """
    require_one_lane(trace)
    tones.generator.check_rate(tones.rate)
    _check_options(estimator, window, time_constant, output_rate)
    notes = [] if tones.phase_known else ["no phases given: in-phase is relative to phase 0"]
    if tones.in_cycles:
        notes.append("no sample rate known: frequencies in cycles per sample, times in samples")
    if time_constant is not None:
        return _behind_low_pass(trace, tones, time_constant, order, output_rate, notes, progress)
    size = _window(trace, tones, window, notes)
    whole = size % common_period(tones.frequency, tones.rate) == 0
    chosen = estimator or ("lock-in" if whole else "least-squares")
    if not whole:
        extent = "the whole trace" if size == len(trace) else f"windows of {size} samples"
        notes.append(f"not all tones make whole periods in a window: {chosen} over {extent}")
    return _in_windows(trace, tones, chosen, size, whole, notes, progress)


def _in_windows(
    trace: Trace,
    tones: Tones,
    estimator: str,
    size: int,
    whole: bool,
    notes: list[str],
    progress: bool,
) -> Extraction:
    fit = None
    # Where the lock-in is exact, least squares would only say the same again.
    if estimator == "least-squares" or not whole:
        fit = least_squares(trace, tones.generator, tones.rate, window=size, progress=progress)
    lock = lock_in_windows(trace, tones.generator, tones.rate, size, progress=progress)
    leakage = window_leakage(tones.frequency, tones.rate, size)
    if estimator == "least-squares" and fit is not None:
        return Extraction(trace, tones, estimator, fit, lock, leakage, size, whole, notes=notes)
    return Extraction(trace, tones, estimator, lock, fit, leakage, size, whole, notes=notes)


def _behind_low_pass(
    trace: Trace,
    tones: Tones,
    time_constant: float,
    order: int,
    output_rate: float | None,
    notes: list[str],
    progress: bool,
) -> Extraction:
    require_positive("extract", "s", time_constant=time_constant)
    require_integer("extract", 1, 8, order=order)
    rate = tones.rate
    values_per_second = rate / max(1, round(time_constant * rate))
    if output_rate is not None:
        require_positive("extract", "Hz", output_rate=output_rate)
        values_per_second = output_rate
    lock = lock_in_low_pass(
        trace,
        tones.generator,
        rate,
        time_constant,
        order,
        values_per_second,
        progress=progress,
    )
    fit = least_squares(trace, tones.generator, rate, progress=progress)
    spacing = 1 / (values_per_second * time_constant)
    lags = np.arange(1.0, 1.0 + int(_MEMORY / spacing)) * spacing
    return Extraction(
        trace,
        tones,
        "lock-in",
        lock,
        fit,
        low_pass_leakage(tones.frequency, rate, time_constant, order),
        None,
        False,
        low_pass_correlation(order, lags),
        settling_time(time_constant, order),
        notes,
    )


def _window(trace: Trace, tones: Tones, window: float | None, notes: list[str]) -> int:
    """Return the samples per window."""
    if window is None:
        return natural_window(tones.frequency, tones.rate, len(trace)) or len(trace)
    require_positive("extract", "s", window=window)
    samples = window * tones.rate
    if abs(samples - round(samples)) > 1e-6:
        notes.append(f"the window was rounded to {round(samples)} samples")
    return round(samples)


def _check_options(
    estimator: str | None,
    window: float | None,
    time_constant: float | None,
    output_rate: float | None,
) -> None:
    require(
        estimator is None or estimator in ESTIMATORS,
        f"there is no estimator {estimator!r}",
        f"choose {' or '.join(ESTIMATORS)}",
    )
    require(
        window is None or time_constant is None,
        "a window and a time constant are given, but only one can be had",
        "give the window for means, or the time constant for a low-pass",
    )
    require(
        time_constant is None or estimator != "least-squares",
        "least squares works in windows, so it takes no time constant",
        "give a window instead, or take the lock-in",
    )
    require(
        time_constant is not None or output_rate is None,
        "an output rate goes with a time constant, but none is given",
        "leave the rate out, or give a time constant",
    )
