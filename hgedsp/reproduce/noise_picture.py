"""The picture of the noise: its density, and the scatter of derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hgedsp.reproduce.noise import NoiseFigure, Scatter


def draw(figure: Any, found: NoiseFigure) -> None:
    """Draw the density, and the scatter against frequency and against time, as far as measured."""
    if found.density.size:
        _draw_density(figure.add_subplot(1, 3, 1), found)
    if found.against_frequency:
        axes = figure.add_subplot(1, 3, 2)
        _points(axes, found.against_frequency, lambda s: s.frequency, "")
        time = found.against_frequency[0].time
        axes.set(xlabel="tone (Hz)", title=f"Derivative in {time:g} s")
    if found.against_time:
        axes = figure.add_subplot(1, 3, 3)
        for tone in dict.fromkeys(s.frequency for s in found.against_time):
            chosen = [s for s in found.against_time if s.frequency == tone]
            _points(axes, chosen, lambda s: s.time, f" at {tone:g} Hz")
        axes.set(xlabel="measurement time (s)", title="Derivative against time")
    figure.suptitle(f"Noise, and what it does to derivatives (device {found.device})")


def _draw_density(axes: Any, found: NoiseFigure) -> None:
    axes.loglog(found.frequency, 1e18 * found.density, color="0.6", lw=0.8, label="measured")
    axes.loglog(found.frequency, 1e18 * found.expected_density, "k--", lw=1, label="model")
    axes.plot(1e3, 1e-5, "o", color="tab:red", label="paper: 1e-5 nA$^2$/Hz at 1 kHz")
    axes.set(xlabel="frequency (Hz)", ylabel="density (nA$^2$/Hz)", title="Noise of the output")
    axes.legend()


def _points(
    axes: Any, scatters: Sequence[Scatter], x: Callable[[Scatter], float], more: str
) -> None:
    places = [x(s) for s in scatters]
    bars = [1e9 * s.error for s in scatters]
    measured = [1e9 * s.measured for s in scatters]
    drawn = axes.errorbar(places, measured, bars, fmt="o", ms=4, label=f"measured{more}")
    predicted = [1e9 * s.predicted for s in scatters]
    axes.loglog(places, predicted, "--", color=drawn[0].get_color(), label=f"theory{more}")
    axes.set_ylabel("standard deviation (nA/V)")
    axes.legend()
