"""The picture of an extraction: spectrum with tones, and derivatives with error bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hgedsp.analyze.extract import Extraction
from hgedsp.analyze.spectrum import Spectrum, spectrum
from hgedsp.errors import TraceError, require_extra

# The Hann window needs about four bins from tone to tone; eight show the noise between them.
_BINS_BETWEEN_TONES = 8
_BLUE, _RED, _GREY = "#1f5fa8", "#c8402f", "#8a8f98"


def require_matplotlib() -> Any:
    """Return matplotlib's Figure, which draws without a screen."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise require_extra("matplotlib", "plot", "drawing the derivatives") from None
    return Figure


def draw_extraction(result: Extraction, unit: str, file: Path) -> None:
    """Draw the spectrum of the trace with its tones, and the derivatives, to a file.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    TraceError
        If the file cannot be written.
    """
    figure = require_matplotlib()(figsize=(9, 7.5), layout="constrained")
    upper, lower = figure.subplots(2, 1, height_ratios=(3, 2))
    _draw_spectrum(upper, result, unit)
    _draw_gradient(lower, result, unit)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, dpi=150)
    except (OSError, ValueError) as error:
        raise TraceError(
            f"the picture cannot be written: {error}",
            where=(str(file),),
            mend="give a file ending in .png, .svg or .pdf, in a folder that can be written to",
        ) from None


def _draw_spectrum(axes: Any, result: Extraction, unit: str) -> None:
    tones = result.tones
    shape = spectrum(result.trace, tones.rate, _segment(result))
    axes.plot(shape.frequency[1:], shape.amplitude[1:], color=_GREY, linewidth=0.8, label="trace")
    size = np.hypot(result.estimate.in_phase, result.estimate.quadrature).mean(axis=0)
    axes.plot(
        tones.frequency,
        size,
        "o",
        color=_RED,
        markersize=6,
        markerfacecolor="none",
        label=f"tones, {result.estimator}",
    )
    for k, (frequency, height) in enumerate(zip(tones.frequency, size, strict=True)):
        axes.annotate(
            str(k),
            (frequency, height),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            color=_RED,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*_span(result, shape))
    axes.set_ylim(*_heights(shape, size))
    axes.set_xlabel("frequency, " + ("cycles per sample" if tones.in_cycles else "Hz"))
    axes.set_ylabel("amplitude (peak)" + (f", {unit}" if unit else ""))
    name = Path(result.trace.name).name
    axes.set_title(f"{name}: {len(result.trace)} samples", loc="left")
    axes.legend(loc="upper right", frameon=False)
    axes.grid(alpha=0.25)


def _draw_gradient(axes: Any, result: Extraction, unit: str) -> None:
    tones, k = result.tones, np.arange(result.tones.frequency.size)
    error = result.gradient_standard_error
    quadrature = result.estimate.quadrature.mean(axis=0) / tones.amplitude
    axes.axhline(0, color="black", linewidth=0.6)
    axes.errorbar(
        k,
        result.gradient_mean,
        yerr=error,
        fmt="o",
        color=_BLUE,
        capsize=4,
        label=f"in-phase, {result.estimator}" + ("" if error is None else ", standard error"),
    )
    axes.plot(k, quadrature, "_", color=_GREY, markersize=14, label="quadrature")
    if result.lock_in_difference is not None:
        other = "least-squares" if result.estimator == "lock-in" else "lock-in"
        sign = -1 if result.estimator == "lock-in" else 1
        compared = result.gradient_mean + sign * result.lock_in_difference
        axes.plot(k, compared, "x", color=_RED, label=f"in-phase, {other}, for comparison")
    axes.set_xticks(k, [f"{i}\n{f:.4g}" for i, f in zip(k, tones.frequency, strict=True)])
    axes.set_xlabel("tone, " + ("cycles per sample" if tones.in_cycles else "Hz"))
    axes.set_ylabel(f"derivative, {unit or '1'}/V")
    axes.legend(loc="best", frameon=False)
    axes.grid(alpha=0.25, axis="y")


def _segment(result: Extraction) -> int:
    """Return the samples per segment that show the two nearest tones as two."""
    frequency = np.sort(result.tones.frequency)
    gaps = np.diff(frequency, prepend=0.0)
    wanted = _BINS_BETWEEN_TONES * result.tones.rate / max(float(gaps.min()), 1e-300)
    return int(min(max(wanted, 16), len(result.trace)))


def _span(result: Extraction, shape: Spectrum) -> tuple[float, float]:
    """Return the frequencies to show: an octave below the tones to a decade above, if there."""
    low, high = result.tones.frequency.min() / 4, result.tones.frequency.max() * 10
    return max(float(shape.frequency[1]), low), min(float(shape.frequency[-1]), high)


def _heights(shape: Spectrum, tones: Any) -> tuple[float, float]:
    noise = shape.amplitude[1:]
    high = max(float(noise.max()), float(tones.max()))
    return max(float(np.median(noise)) / 30, high * 1e-8, 1e-300), high * 3 or 1.0
