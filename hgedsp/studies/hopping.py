"""The hopping network looked at: how right, how fast, and how near its surrogate is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from hgedsp.blocks import HoppingNetwork, Input, SurrogateDevice
from hgedsp.checks import FloatArray
from hgedsp.devices import DEFAULT, load_device
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph
from hgedsp.physics.exact import exact
from hgedsp.physics.network import Network
from hgedsp.physics.steady import steady
from hgedsp.studies.hopping_picture import draw

SITES = 8  # of the networks that are solved exactly
SILICON = {"permittivity": 11.7, "donors": SITES // 2}
WANTED_US = 20.0  # for a sample of 30 sites
_PERIODS = (23, 25, 31, 41, 45, 51, 53)  # of the perturbation, in 256 samples


@dataclass(frozen=True)
class Currents:
    """Currents of the network and of its surrogate at the same voltages.

    Attributes
    ----------
    voltage_V, device_nA, surrogate_nA : array
    """

    voltage_V: FloatArray
    device_nA: FloatArray
    surrogate_nA: FloatArray

    @property
    def error_nA(self) -> float:
        """Error of the surrogate, rms, nA."""
        return float(np.sqrt(np.mean((self.surrogate_nA - self.device_nA) ** 2)))


@dataclass(frozen=True)
class HoppingResult:
    """What was found; None or missing is what Ctrl-C left no time for.

    Attributes
    ----------
    exact_nA, mean_nA : dict of str to array
        Currents of small networks, without and with repulsion.
    sample_us : float or None
        CPU time of one sample of a warm run under perturbation.
    random : Currents or None
        At random points, voltages of shape (points, electrodes).
    swept : Currents or None
        One electrode after the other swept around a point: voltages of shape (points,), currents
        of shape (electrodes, points).
    """

    device: HoppingNetwork
    seed: int
    exact_nA: dict[str, FloatArray]
    mean_nA: dict[str, FloatArray]
    sample_us: float | None
    random: Currents | None
    swept: Currents | None
    interrupted: bool = False

    @property
    def success(self) -> bool:
        """Whether a sample is as fast as promised."""
        return not self.interrupted and self._is_fast

    @property
    def _is_fast(self) -> bool:
        return self.sample_us is not None and self.sample_us <= WANTED_US

    def mean_field_error(self, kind: str) -> float:
        """Return the error of the mean field's currents, rms over rms."""
        return relative(self.mean_nA[kind], self.exact_nA[kind])

    def text(self) -> str:
        """What a person reads at the end of the command."""
        sites = self.device.network.sites
        lines = [f"mean field against the exact master equation of {SITES} sites, current:"]
        lines += [
            f"  {kind:<10}{100 * self.mean_field_error(kind):6.2f} % rms of {exact.size} currents"
            for kind, exact in self.exact_nA.items()
        ]
        if not self.exact_nA:
            lines.append("  nothing was measured")
        if self.sample_us is not None:
            verdict = "at most" if self._is_fast else "NOT at most"
            lines.append(
                f"one sample of {sites} sites: {self.sample_us:.1f} us, {verdict} {WANTED_US:g} us"
            )
        if self.random is not None:
            error, spread = self.random.error_nA, self.random.device_nA.std()
            lines.append(
                f"surrogate: {error:.2f} nA rms from the network, {100 * error / spread:.1f} % of "
                f"its spread of {spread:.1f} nA"
            )
        return "\n".join(lines)

    def numbers(self) -> dict[str, Any]:
        """Result and settings in a form that JSON can take."""
        random = self.random
        return {
            "study": "hopping",
            "seed": self.seed,
            "success": self.success,
            "sites": self.device.network.sites,
            "mean_field_relative_error": {k: self.mean_field_error(k) for k in self.exact_nA},
            "sample_us": self.sample_us,
            "surrogate_error_nA": None if random is None else random.error_nA,
            "current_spread_nA": None if random is None else float(random.device_nA.std()),
            "interrupted": self.interrupted,
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that was measured."""
        compared = {f"exact_{kind}_nA": values for kind, values in self.exact_nA.items()}
        compared |= {f"mean_field_{kind}_nA": values for kind, values in self.mean_nA.items()}
        if self.random is not None:
            compared |= {
                "voltage_V": self.random.voltage_V,
                "device_nA": self.random.device_nA,
                "surrogate_nA": self.random.surrogate_nA,
            }
        if self.swept is not None:
            compared |= {
                "sweep_V": self.swept.voltage_V,
                "device_sweep_nA": self.swept.device_nA,
                "surrogate_sweep_nA": self.swept.surrogate_nA,
            }
        return compared

    def draw(self, figure: Any) -> None:
        """Draw the network with its currents, sweeps, and both comparisons, as far as measured."""
        draw(self, figure)


def relative(got: FloatArray, true: FloatArray) -> float:
    """Return the rms error over the rms of what is true."""
    return float(np.sqrt(np.mean((got - true) ** 2) / np.mean(true**2)))


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> HoppingResult:
    """Compare the mean field with the exact equation, time it, and look at its surrogate.

    Raises
    ------
    ParameterError
        If the device is no hopping network.
    """
    chosen = load_device(device or "hopping")
    if not isinstance(chosen, HoppingNetwork):
        raise ParameterError(
            f"{device} is no hopping network", mend="name hopping, or a file of HoppingNetwork.save"
        )
    surrogate = load_device(DEFAULT)
    assert isinstance(surrogate, SurrogateDevice)
    networks, points = (4, 10) if quick else (12, 40)
    compared: dict[str, list[tuple[FloatArray, FloatArray]]] = {}
    speed, random, swept, interrupted = None, None, None, False
    try:
        for kind, options in (("alone", {}), ("repelling", SILICON)):
            for pair in _small_networks(kind, options, seed, networks, points, progress):
                compared.setdefault(kind, []).append(pair)
        generator = np.random.default_rng(seed)
        voltage = generator.uniform(chosen.lower, chosen.upper, (500 if quick else 4000, 7))
        sweep = np.linspace(chosen.lower[0], chosen.upper[0], 101)
        around = _most_bent(surrogate, voltage[:100], sweep)
        speed = sample_us(chosen, around)
        random = Currents(voltage, *_both(chosen, surrogate, voltage))
        each = _both(chosen, surrogate, _swept(around, sweep).reshape(-1, 7))
        swept = Currents(sweep, *(current.reshape(7, len(sweep)) for current in each))
    except KeyboardInterrupt:
        interrupted = True
    exact_nA = {
        kind: np.concatenate([true for true, _ in found]) for kind, found in compared.items()
    }
    mean_nA = {
        kind: np.concatenate([mean for _, mean in found]) for kind, found in compared.items()
    }
    return HoppingResult(chosen, seed, exact_nA, mean_nA, speed, random, swept, interrupted)


def _both(
    device: HoppingNetwork, surrogate: SurrogateDevice, voltage: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the current of both at voltages of shape (N, electrodes), nA."""
    return 1e9 * np.asarray(device.current(voltage)), 1e9 * np.asarray(surrogate.current(voltage))


def sample_us(device: HoppingNetwork, around: FloatArray, samples: int = 4000) -> float:
    """Return the CPU time of a sample while all electrodes are perturbed by 20 mV, us."""
    phase = 2 * np.pi * np.outer(np.arange(samples), _PERIODS[: device.electrodes]) / 256
    voltage = 0.9 * around + 0.02 * np.sin(phase)
    current = device.copy()(Input("voltage", device.electrodes))
    kernel = Graph(10e3, {"current": current}).compile()
    kernel.process({"voltage": voltage[:10]})
    times = []
    for _ in range(5):
        began = time.thread_time()
        kernel.process({"voltage": voltage})
        times.append(time.thread_time() - began)
    return 1e6 * min(times) / samples


def _small_networks(
    kind: str, options: dict[str, Any], seed: int, networks: int, points: int, progress: bool
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield exact and mean-field currents of random networks at random voltages, nA."""
    # As dense as the device of 30 sites in a disk of 30 nm.
    radius = 30e-9 * (SITES / 30) ** 0.5
    for number in tqdm(range(networks), desc=kind, unit="network", disable=not progress):
        network = Network.random(1000 * seed + number, SITES, radius=radius, **options)
        generator = np.random.default_rng([seed, number])
        voltage = generator.uniform(-0.5, 0.5, (points, network.electrodes))
        true, mean = exact(network, voltage), steady(network, voltage)
        yield 1e9 * true.currents[:, -1], 1e9 * mean.currents[:, -1]


def _most_bent(device: SurrogateDevice, points: FloatArray, sweep: FloatArray) -> FloatArray:
    """Return the point around which sweeps of single electrodes turn back most."""

    def turned(point: FloatArray) -> float:
        current = np.asarray(device.current(_swept(point, sweep).reshape(-1, len(point))))
        step = np.diff(current.reshape(len(point), len(sweep)), axis=1)
        rise, fall = np.maximum(step, 0.0).sum(axis=1), np.maximum(-step, 0.0).sum(axis=1)
        return float(np.minimum(rise, fall).sum())

    return max(points, key=turned)


def _swept(around: FloatArray, sweep: FloatArray) -> FloatArray:
    """Return voltages of shape (electrodes, points, electrodes): each electrode swept in turn."""
    electrodes = len(around)
    voltage = np.tile(around, (electrodes, len(sweep), 1))
    for electrode in range(electrodes):
        voltage[electrode, :, electrode] = sweep
    return voltage
