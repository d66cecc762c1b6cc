"""The hopping network looked at: how right, how fast, and how near its surrogate is."""

from __future__ import annotations

import time
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
class HoppingResult:
    """What was found.

    Attributes
    ----------
    exact_nA, mean_nA : dict of str to array
        Currents of small networks, without and with repulsion.
    sample_us : float
        CPU time of one sample of a warm run under perturbation.
    voltage_V, device_nA, surrogate_nA : array
        Random points, and the current of the network and of its surrogate.
    sweep_V, device_sweep_nA, surrogate_sweep_nA : array of shape (points,), (electrodes, points)
        One electrode after the other swept around a point.
    """

    device: HoppingNetwork
    seed: int
    exact_nA: dict[str, FloatArray]
    mean_nA: dict[str, FloatArray]
    sample_us: float
    voltage_V: FloatArray
    device_nA: FloatArray
    surrogate_nA: FloatArray
    sweep_V: FloatArray
    device_sweep_nA: FloatArray
    surrogate_sweep_nA: FloatArray
    interrupted: bool = False

    @property
    def success(self) -> bool:
        """Whether a sample is as fast as promised."""
        return self.sample_us <= WANTED_US

    def mean_field_error(self, kind: str) -> float:
        """Return the error of the mean field's currents, rms over rms."""
        return relative(self.mean_nA[kind], self.exact_nA[kind])

    @property
    def surrogate_error_nA(self) -> float:
        """Error of the surrogate, rms, nA."""
        return float(np.sqrt(np.mean((self.surrogate_nA - self.device_nA) ** 2)))

    def text(self) -> str:
        """What a person reads at the end of the command."""
        spread = self.device_nA.std()
        share = 100 * self.surrogate_error_nA / spread
        lines = [f"mean field against the exact master equation of {SITES} sites, current:"]
        lines += [
            f"  {kind:<10}{100 * self.mean_field_error(kind):6.2f} % rms" for kind in self.exact_nA
        ]
        sites = self.device.network.sites
        verdict = "at most" if self.success else "NOT at most"
        lines += [
            f"one sample of {sites} sites: {self.sample_us:.1f} us, {verdict} {WANTED_US:g} us",
            f"surrogate: {self.surrogate_error_nA:.2f} nA rms from the network, {share:.1f} % of "
            f"its spread of {spread:.1f} nA",
        ]
        return "\n".join(lines)

    def numbers(self) -> dict[str, Any]:
        """Result and settings in a form that JSON can take."""
        return {
            "study": "hopping",
            "seed": self.seed,
            "success": self.success,
            "sites": self.device.network.sites,
            "mean_field_relative_error": {k: self.mean_field_error(k) for k in self.exact_nA},
            "sample_us": self.sample_us,
            "surrogate_error_nA": self.surrogate_error_nA,
            "current_spread_nA": float(self.device_nA.std()),
            "interrupted": self.interrupted,
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that was measured."""
        compared = {f"exact_{kind}_nA": values for kind, values in self.exact_nA.items()}
        compared |= {f"mean_field_{kind}_nA": values for kind, values in self.mean_nA.items()}
        return {
            **compared,
            "voltage_V": self.voltage_V,
            "device_nA": self.device_nA,
            "surrogate_nA": self.surrogate_nA,
            "sweep_V": self.sweep_V,
            "device_sweep_nA": self.device_sweep_nA,
            "surrogate_sweep_nA": self.surrogate_sweep_nA,
        }

    def draw(self, figure: Any) -> None:
        """Draw the network with its currents, sweeps, and both comparisons."""
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
    true, mean = {}, {}
    for kind, options in (("alone", {}), ("repelling", SILICON)):
        true[kind], mean[kind] = _small_networks(kind, options, seed, networks, points, progress)
    generator = np.random.default_rng(seed)
    voltage = generator.uniform(chosen.lower, chosen.upper, (500 if quick else 4000, 7))
    sweep = np.linspace(chosen.lower[0], chosen.upper[0], 101)
    around = _most_bent(surrogate, voltage[:100], sweep)
    swept = _swept(around, sweep).reshape(-1, 7)
    shape = (7, len(sweep))
    return HoppingResult(
        chosen,
        seed,
        true,
        mean,
        sample_us(chosen, around),
        voltage,
        1e9 * np.asarray(chosen.current(voltage)),
        1e9 * np.asarray(surrogate.current(voltage)),
        sweep,
        1e9 * np.asarray(chosen.current(swept)).reshape(shape),
        1e9 * np.asarray(surrogate.current(swept)).reshape(shape),
    )


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
) -> tuple[FloatArray, FloatArray]:
    """Return exact and mean-field currents of random networks at random voltages, nA."""
    true, mean = [], []
    # As dense as the device of 30 sites in a disk of 30 nm.
    radius = 30e-9 * (SITES / 30) ** 0.5
    for number in tqdm(range(networks), desc=kind, unit="network", disable=not progress):
        network = Network.random(1000 * seed + number, SITES, radius=radius, **options)
        generator = np.random.default_rng([seed, number])
        voltage = generator.uniform(-0.5, 0.5, (points, network.electrodes))
        true.append(1e9 * exact(network, voltage).currents[:, -1])
        mean.append(1e9 * steady(network, voltage).currents[:, -1])
    return np.concatenate(true), np.concatenate(mean)


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
