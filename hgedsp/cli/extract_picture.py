"""The picture of an extraction: spectrum with tones, and derivatives with error bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hgedsp.analyze.extract import Extraction
from hgedsp.analyze.spectrum import Spectrum, spectrum
from hgedsp.checks import FloatArray
from hgedsp.errors import TraceError, import_extra

# The Hann window needs about four bins from tone to tone; eight show the noise between them.
_BINS_BETWEEN_TONES = 8
_MOST_NUMBERS = 16
_BLUE, _RED, _GREY = "#1f5fa8", "#c8402f", "#8a8f98"


def require_matplotlib() -> Any:
    """Return matplotlib's Figure, which draws without a screen."""
    return import_extra("matplotlib.figure", "plot", "drawing the derivatives").Figure


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
    size = result.estimate.size
    for frequency in tones.frequency:
        axes.axvline(frequency, color=_RED, linewidth=0.6, alpha=0.35)
    axes.plot(shape.frequency[1:], shape.amplitude[1:], color=_GREY, linewidth=0.9, label="trace")
    label = f"tones, {result.estimator}"
    axes.plot(tones.frequency, size, "o", color=_RED, markersize=6, mfc="none", label=label)
    _number(axes, tones.frequency)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*_span(result, shape))
    axes.set_ylim(*_heights(shape, size, axes.get_xlim()))
    axes.set_xlabel("frequency, " + ("cycles per sample" if tones.in_cycles else "Hz"))
    axes.set_ylabel("amplitude (peak)" + (f", {unit}" if unit else ""))
    name = Path(result.trace.name).name
    axes.set_title(f"{name}: {len(result.trace)} samples", loc="left", pad=26)
    axes.legend(loc="lower left", frameon=False)
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
        markersize=8,
        capsize=5,
        label=f"in-phase, {result.estimator}" + ("" if error is None else ", standard error"),
    )
    axes.plot(k, quadrature, "_", color=_GREY, markersize=14, label="quadrature")
    if result.lock_in_difference is not None:
        other = "least-squares" if result.estimator == "lock-in" else "lock-in"
        sign = -1 if result.estimator == "lock-in" else 1
        compared = result.gradient_mean + sign * result.lock_in_difference
        label = f"in-phase, {other}, for comparison"
        axes.plot(k, compared, "x", color=_RED, markersize=8, zorder=4, label=label)
    if k.size <= _MOST_NUMBERS:
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


def _number(axes: Any, frequency: FloatArray) -> None:
    """Number the tones above the axes, as long as there is room."""
    if frequency.size > _MOST_NUMBERS:
        return
    for k, place in enumerate(frequency):
        axes.annotate(
            str(k),
            (place, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4 + 9 * (k % 2)),  # neighbours would print over each other
            textcoords="offset points",
            ha="center",
            color=_RED,
        )


def _heights(shape: Spectrum, tones: FloatArray, span: tuple[float, float]) -> tuple[float, float]:
    """Return the amplitudes to show, from the floor of what is seen to above the highest peak."""
    seen = (shape.frequency >= span[0]) & (shape.frequency <= span[1])
    floor = float(np.quantile(shape.amplitude[seen], 0.02)) / 2
    high = max(float(shape.amplitude[seen].max()), float(tones.max()))
    # A trace without noise would stretch the axis over all digits of float64.
    return max(floor, high * 1e-8, 1e-300), 2 * high or 1.0
