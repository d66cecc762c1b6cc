"""Derivatives of many operating points, by all tones at once and by one at a time, in graphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.blocks import Constant, Decimate, ToneGenerator, WhiteNoise
from hgedsp.checks import (
    ComplexArray,
    FloatArray,
    require_integer,
    require_not_negative,
    require_positive,
)
from hgedsp.devices import Device
from hgedsp.graph import Graph
from hgedsp.graphs.gradient_extraction import demodulate
from hgedsp.hge import demodulated, plan_tones, window_lines
from hgedsp.hge.filters import boxcar_response, equal_noise_time_constant, poles_response
from hgedsp.hge.settling import settling_time
from hgedsp.run.per_run import PerRun
from hgedsp.studies.points import current_around
from hgedsp.wire import as_wire

_LEFT = 1e-4  # of the point before, when a low-pass is read


@dataclass(frozen=True)
class Setting:
    """How derivatives are measured.

    Parameters
    ----------
    spacing : float
        From one tone to the next, Hz; 0 for a plan in the octave above `lowest`, whose products of
        second and third order keep off all tones.
    lowest : float
        Lowest tone, Hz.
    amplitude : float
        Of every tone, V.
    time : float
        Measurement time per point, s: the window, or that of a window with the noise of the
        low-pass.
    order : int
        Poles of the low-pass; 0 averages a window, which is whole periods of all tones if `lowest`
        and `spacing` are multiples of 1 / time.
    density : float
        One-sided density of the white output noise, A^2/Hz.
    sample_rate : float
        Hz.
    """

    spacing: float
    lowest: float = 1e3
    amplitude: float = 0.01
    time: float = 0.1
    order: int = 0
    density: float = 1e-23
    sample_rate: float = 10e3

    def __post_init__(self) -> None:
        require_not_negative("derivatives", "Hz", spacing=self.spacing)
        require_positive("derivatives", "Hz", lowest=self.lowest)
        require_positive("derivatives", "V", amplitude=self.amplitude)
        require_positive("derivatives", "s", time=self.time)
        require_integer("derivatives", 0, order=self.order)

    @property
    def time_constant(self) -> float:
        """Of the low-pass with the noise bandwidth 1 / (2 time) of the window, s."""
        return equal_noise_time_constant(self.time, self.order)

    @property
    def samples(self) -> int:
        """Samples per point; with a low-pass, those it needs to forget the point before."""
        seconds = self.time
        if self.order:
            seconds = settling_time(self.time_constant, self.order, _LEFT)
        return round(seconds * self.sample_rate)

    def frequency(self, tones: int) -> FloatArray:
        """Return the tones, Hz."""
        if self.spacing == 0:
            return plan_tones(tones, (self.lowest, 2 * self.lowest), self.time).frequency
        return self.lowest + self.spacing * np.arange(tones, dtype=np.float64)


def measure(
    device: Block, points: FloatArray, setting: Setting, *, seed: int, progress: bool
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Measure all derivatives at operating points of shape (N, K), V, one point after the other.

    Yields
    ------
    multi, single : array of shape (K,)
        With all tones at once, and with one tone at a time, A/V. Single ones take K times as long.
    """
    tones = points.shape[1]
    runs = _graph(device, points[0], setting).compile(runs=tones + 1)
    alone = setting.amplitude * np.vstack([np.ones(tones), np.eye(tones)])
    runs.parameters["tones.amplitude"] = PerRun(alone)
    seeds = np.random.SeedSequence(seed).generate_state(tones + 1)
    runs.parameters["noise.seed"] = PerRun(int(s) for s in seeds)
    for point in tqdm(points, desc="derivatives", unit="point", disable=not progress):
        runs.parameters["point.value"] = point
        last = runs.process(setting.samples)["gradient"][:, -1]
        found = last.reshape(tones + 1, tones)  # outputs of a single electrode have no axis
        yield found[0], np.diagonal(found[1:])


def lines_without_noise(device: Device, points: FloatArray, setting: Setting) -> ComplexArray:
    """Work out the lines of the output with all tones on, products and all.

    Parameters
    ----------
    device : Device
    points : array of shape (N, K)
        Operating points, V.
    setting : Setting
        Its tones make whole periods in `time`.

    Returns
    -------
    complex array of shape (N, samples in `time`)
        A, see `hgedsp.hge.window_lines`; the same for all filters.
    """
    samples, electrodes = round(setting.time * setting.sample_rate), np.arange(points.shape[1])
    plan = _plan(setting, len(electrodes))
    found = [
        window_lines(current_around(device, point, electrodes), point, *plan, samples)
        for point in points
    ]
    return np.array(found)


def without_noise(lines: ComplexArray, tones: int, setting: Setting) -> FloatArray:
    """Work out what all tones at once find without noise, products and neighbours included.

    Parameters
    ----------
    lines : complex array of shape (N, samples)
        As from `lines_without_noise`.
    tones : int
        K.
    setting : Setting

    Returns
    -------
    array of shape (N, K)
        A/V; read as `measure` reads it: behind a settled low-pass what it lets through of the
        neighbours depends on where they stand at the moment.
    """
    plan, rate = _plan(setting, tones), setting.sample_rate
    response = (
        poles_response(setting.time_constant, setting.order)
        if setting.order
        else boxcar_response(setting.samples)
    )
    found = []
    for number, each in enumerate(lines):
        last = ((number + 1) * setting.samples - 1) % each.size
        found.append(demodulated(each, *plan, response, rate, sample=last))
    return np.array(found)


def _plan(setting: Setting, tones: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return amplitude (V), bin and phase (rad) of each tone."""
    amplitude = np.full(tones, setting.amplitude)
    return amplitude, setting.frequency(tones) * setting.time, np.zeros(tones)


def _graph(device: Block, point: FloatArray, setting: Setting) -> Graph:
    # The mixers' gain stays that of all tones on, whatever the amplitudes are set to.
    tone = ToneGenerator(setting.frequency(len(point)), setting.amplitude, name="tones")
    voltage = Constant(point, name="point") + tone.perturbation
    current = as_wire(device.copy()(voltage))
    noisy = as_wire(WhiteNoise(setting.density, 0, name="noise")(current))
    if setting.order == 0:
        gradient = demodulate(noisy, tone, window=setting.samples)
    else:
        smooth = demodulate(noisy, tone, time_constant=setting.time_constant, order=setting.order)
        gradient = as_wire(Decimate(setting.samples, name="last")(smooth))
    return Graph(setting.sample_rate, {"gradient": gradient}, name="derivatives")
