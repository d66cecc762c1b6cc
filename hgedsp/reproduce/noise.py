"""``hgedsp reproduce noise``: the output's noise, and what it does to a derivative."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import signal

from hgedsp.blocks import Constant, FlickerNoise, ToneGenerator, WhiteNoise
from hgedsp.checks import FloatArray
from hgedsp.devices import DEFAULT, Model, load_device
from hgedsp.graph import Graph
from hgedsp.graphs.gradient_extraction import demodulate
from hgedsp.hge.filters import boxcar_response
from hgedsp.hge.noise import filtered_variance, window_variance
from hgedsp.reproduce.noise_picture import draw
from hgedsp.reproduce.table import Row, as_numbers, as_text
from hgedsp.studies.points import points_in_range
from hgedsp.wire import as_wire

SAMPLE_RATE = 50e3
AMPLITUDE = 0.01
# All of it at 1 kHz is the one number the paper's captions give; how it is parted is ours.
WHITE, FLICKER = 1e-24, 9e-24
_WINDOW = 500  # samples: 10 ms, whole periods of all tones
_TONES = 100.0 * np.array([1, 3, 7, 11, 23, 47, 91])
_TIME = 0.1  # of the figure against frequency, s
_TIMES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_MANY_PERIODS = 20  # from here on S(f) / (T a^2) is right to a percent
_FEWEST = 5  # measurements that make a scatter
_SEGMENT = 1 << 14  # samples, of the spectrum
_SHOWN = (0, 3)  # tones in the figure against time: 100 Hz and 1.1 kHz


@dataclass(frozen=True)
class Scatter:
    """Measured and predicted scatter of a derivative.

    Attributes
    ----------
    frequency : float
        Of the tone, Hz.
    time : float
        Measurement time, s.
    measured, predicted : float
        Standard deviation, A/V.
    count : int
        Measurements that it is worked out from.
    """

    frequency: float
    time: float
    measured: float
    predicted: float
    count: int

    @property
    def error(self) -> float:
        """Standard error of `measured`."""
        return self.predicted / math.sqrt(2 * (self.count - 1))

    @property
    def holds(self) -> bool:
        """Whether both agree within 10 % and three standard errors."""
        return abs(self.measured - self.predicted) < 0.1 * self.predicted + 3 * self.error


@dataclass(frozen=True)
class NoiseFigure:
    """Density of the noise, and scatter of derivatives against frequency and time.

    What Ctrl-C left no time for is missing.
    """

    device: str
    seed: int
    frequency: FloatArray
    density: FloatArray
    expected_density: FloatArray
    against_frequency: tuple[Scatter, ...]
    against_time: tuple[Scatter, ...]
    interrupted: bool = False

    @property
    def scatters(self) -> tuple[Scatter, ...]:
        """All of them."""
        return (*self.against_frequency, *self.against_time)

    @property
    def success(self) -> bool:
        """Whether every scatter is what theory says."""
        return not self.interrupted and all(scatter.holds for scatter in self.scatters)

    @property
    def rows(self) -> list[Row]:
        """The table of our numbers beside the paper's."""
        return [
            *([self._density_at_1_kHz()] if self.density.size else []),
            Row("white noise, all frequencies", f"{1e18 * WHITE:.3g} nA^2/Hz"),
            Row("1/f noise at 1 kHz", f"{1e18 * FLICKER:.3g} nA^2/Hz"),
            *(
                Row(
                    f"scatter of a derivative, {s.frequency:g} Hz, {s.time:g} s, "
                    f"{1e3 * AMPLITUDE:g} mV",
                    f"{1e9 * s.measured:.3g} +- {1e9 * s.error:.1g} nA/V, theory "
                    f"{1e9 * s.predicted:.3g}",
                )
                for s in self.scatters
            ),
        ]

    def _density_at_1_kHz(self) -> Row:
        near = (self.frequency > 900) & (self.frequency < 1100)
        return Row(
            "density of the output noise at 1 kHz",
            f"{1e18 * float(self.density[near].mean()):.3g} nA^2/Hz",
            "1e-5 nA^2/Hz",
            "taken for the analysis, captions of figures 2 and 3",
        )

    def text(self) -> str:
        """Return the table, and whether theory held."""
        return f"{as_text(self.rows)}\n{self._verdict()} (device {self.device}, seed {self.seed})"

    def _verdict(self) -> str:
        if not self.scatters:
            return "no scatter was measured"
        said = "as predicted" if all(s.holds for s in self.scatters) else "NOT as predicted"
        return f"scatter so far is {said}" if self.interrupted else f"scatter is {said}"

    def numbers(self) -> dict[str, Any]:
        """Return the table and settings for JSON."""
        return {
            "figure": "noise",
            "device": self.device,
            "seed": self.seed,
            "success": self.success,
            "interrupted": self.interrupted,
            "amplitude_V": AMPLITUDE,
            "rows": as_numbers(self.rows),
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return densities and scatters."""
        scatters = self.scatters
        return {
            "frequency_Hz": self.frequency,
            "density_A2_per_Hz": self.density,
            "expected_density_A2_per_Hz": self.expected_density,
            "tone_Hz": np.array([s.frequency for s in scatters]),
            "time_s": np.array([s.time for s in scatters]),
            "measured_A_per_V": np.array([s.measured for s in scatters]),
            "predicted_A_per_V": np.array([s.predicted for s in scatters]),
            "count": np.array([s.count for s in scatters]),
        }

    def draw(self, figure: Any) -> None:
        """Draw the density, and the scatter against frequency and against time."""
        draw(figure, self)


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> NoiseFigure:
    """Measure the noise of a device's output, and the scatter of its derivatives.

    Parameters
    ----------
    device : str or None
        Name or file; the default device if None.
    seed : int
        Of operating point and noise.
    quick : bool
        10 s of signal instead of 60.
    progress : bool
        Show progress bars.

    Notes
    -----
    Tones of 100 Hz to 9.1 kHz, one per electrode and all at once, are averaged over windows of
    10 ms and longer. What products of tones leave on one is the same each time, and no scatter.
    """
    name = DEFAULT if device is None else device
    model = load_device(name)
    flicker = FlickerNoise(FLICKER, high=SAMPLE_RATE, seed=seed, name="flicker")
    # Columns for all tones even if no window is measured.
    gradient, silent, interrupted = np.empty((0, np.size(model.lower))), np.empty(0), False
    total = 10.0 if quick else 60.0
    try:
        kernel = _graph(model, seed, flicker).compile()
        record = kernel.run(seconds=total, progress=progress)
        gradient = record["gradient"].reshape(-1, gradient.shape[1])
        if not record.interrupted:
            kernel.parameters["tones.amplitude"] = 0.0
            record = kernel.run(seconds=total / 3, progress=progress)
            silent = record["current"]
        interrupted = record.interrupted
    except KeyboardInterrupt:
        interrupted = True
    return _figure(name, seed, gradient, silent, flicker, interrupted)


def _figure(
    name: str,
    seed: int,
    gradient: FloatArray,
    silent: FloatArray,
    flicker: FlickerNoise,
    interrupted: bool,
) -> NoiseFigure:
    """Work out what the derivatives (N, K) and the current without perturbation tell."""
    frequency, density = _spectrum(silent)
    expected = _expected_density(flicker)
    seconds, tones = len(gradient) * _WINDOW / SAMPLE_RATE, range(gradient.shape[1])
    times = [time for time in _TIMES if time * _FEWEST <= seconds]
    return NoiseFigure(
        name,
        seed,
        frequency,
        density,
        expected(frequency),
        tuple(_scatter(gradient, k, _TIME, expected) for k in tones if _TIME in times),
        tuple(_scatter(gradient, k, t, expected) for k in _SHOWN if k in tones for t in times),
        interrupted,
    )


def _spectrum(current: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return frequency (Hz) and density (A^2/Hz); empty if the signal is too short for them."""
    if len(current) < _SEGMENT:
        return np.empty(0), np.empty(0)
    frequency, density = signal.welch(current, SAMPLE_RATE, nperseg=_SEGMENT, detrend="linear")
    band = frequency > 5.0
    band[-1] = False  # half the sample rate is one line, not two: its density is not one-sided
    return frequency[band], density[band]


def _graph(device: Model, seed: int, flicker: FlickerNoise) -> Graph:
    (point,) = points_in_range(device, AMPLITUDE, 1, seed)
    tone = ToneGenerator(_tones(len(point)), AMPLITUDE, name="tones")
    voltage = Constant(point, name="point") + tone.perturbation
    current = as_wire(device(voltage))
    white = as_wire(WhiteNoise(WHITE, seed, name="white")(current))
    noisy = as_wire(flicker(white))
    gradient = demodulate(noisy, tone, window=_WINDOW)
    return Graph(SAMPLE_RATE, {"gradient": gradient, "current": noisy}, name="noise")


def _tones(count: int) -> FloatArray:
    more = 100.0 * np.arange(93, 93 + 2 * max(count - len(_TONES), 0), 2)
    return np.concatenate([_TONES, more])[:count]


def _expected_density(flicker: FlickerNoise) -> Callable[[FloatArray], FloatArray]:
    return lambda f: WHITE + flicker.spectral_density(np.asarray(f), SAMPLE_RATE)


def _scatter(
    gradient: FloatArray, k: int, time: float, density: Callable[[FloatArray], FloatArray]
) -> Scatter:
    """Average windows to longer ones, and compare."""
    each = round(time * SAMPLE_RATE / _WINDOW)
    count = len(gradient) // each
    values = gradient[: count * each, k].reshape(count, each).mean(axis=1)
    tone = float(_tones(gradient.shape[1])[k])
    return Scatter(tone, time, float(values.std(ddof=1)), _deviation(density, tone, time), count)


def _deviation(density: Callable[[FloatArray], FloatArray], tone: float, time: float) -> float:
    """Return the expected standard deviation of a derivative, A/V."""
    frequency, amplitude = np.array([tone]), np.array([AMPLITUDE])
    if tone * time > _MANY_PERIODS:
        return float(np.sqrt(window_variance(density, frequency, amplitude, time)[0]))
    # In a few periods the 1/f noise below the tone counts as well.
    samples = round(time * SAMPLE_RATE)
    phase = np.array([2 * np.pi * tone * (samples - 1) / SAMPLE_RATE])
    response = boxcar_response(samples)
    variance = filtered_variance(density, response, SAMPLE_RATE, frequency, amplitude, phase)
    return float(np.sqrt(variance[0]))
