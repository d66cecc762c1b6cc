"""Train a sensor, and let it drift: with its loop closed, and with its controls left alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.checks import FloatArray, require_integer, require_not_negative
from hgedsp.devices import require_device
from hgedsp.graphs import GateSetup, adaptive_sensor
from hgedsp.run.kernel import Kernel
from hgedsp.train.adaptive_result import AdaptiveResult, Watch
from hgedsp.train.common import WORKING_MARGIN_NA
from hgedsp.train.spread import current_spread

_SWING_SHARE = 2 / 3  # wanted step of the current, of the spread of the device
_GOOD_LOSS = 0.05  # of the swing squared: here the search for a start ends
_WARM_UP, _PER_START, _SETTLE = 6, 300, 500  # cycles of the four cases
_MOST_STARTS = 12
_CHUNK = 100  # cycles


@dataclass(frozen=True)
class Drift:
    """How the voltages at the electrodes leave what was set; shares of half of their range.

    Parameters
    ----------
    walk : float
        Standard deviation of a random walk of each electrode at the end.
    jump : float
        What each electrode jumps by, up or down, when half of the time is over.
    cycles : int
        Cycles of the four cases in which the sensor works.
    """

    walk: float = 0.1
    jump: float = 0.05
    cycles: int = 2000

    def __post_init__(self) -> None:
        require_not_negative("drift", "", walk=self.walk, jump=self.jump)
        require_integer("drift", 2, cycles=self.cycles)

    def draw(self, half_range: FloatArray, generator: np.random.Generator) -> FloatArray:
        """Return the offset of each electrode in each cycle, V, shape (cycles, E)."""
        shape = (self.cycles, half_range.size)
        walk = np.cumsum(generator.standard_normal(shape), axis=0) / np.sqrt(self.cycles)
        signs = generator.choice([-1.0, 1.0], half_range.size)
        jump = np.outer(np.arange(self.cycles) >= self.cycles // 2, signs)
        offsets: FloatArray = half_range * (self.walk * walk + self.jump * jump)
        return offsets


def train_adaptive(
    device: Block,
    *,
    device_name: str = "",
    gate: str = "xor",
    seed: int = 0,
    drift: Drift | None = None,
    progress: bool = True,
) -> AdaptiveResult:
    """Train a device to a gate, and compare its loss without drift, with it, and left alone.

    Parameters
    ----------
    device : Block
        A device with methods `current`, `lower` and `upper`, such as `SurrogateDevice`.
    device_name : str, optional
        What the result calls the device; its class if left out.
    gate : str, optional
        What the sensor tells from its two inputs; one of `hgedsp.graphs.GATES`.
    seed : int, optional
        Of the starts, the noise and the drift.
    drift : Drift, optional
        How much it drifts.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    AdaptiveResult
    """
    require_integer("train_adaptive", 0, seed=seed)
    began = time.perf_counter()
    drift = drift or Drift()
    sensor = _Sensor(device, gate, seed)
    generator = np.random.default_rng([seed, 1])
    offsets = drift.draw((sensor.upper - sensor.lower) / 2, generator)
    watches: dict[str, Watch] = {}
    total = _MOST_STARTS * _PER_START + _SETTLE + 3 * drift.cycles
    interrupted = False
    with tqdm(total=total, unit="cycle", disable=not progress, desc=f"adaptive {gate}") as bar:
        sensor.bar = bar
        try:
            sensor.find_start(np.random.default_rng([seed, 0]))
            watches["still"] = sensor.watch(np.zeros_like(offsets))
            watches["adapting"] = sensor.watch(offsets)
            watches["left alone"] = sensor.watch(offsets, learning=False)
        except KeyboardInterrupt:
            interrupted = True
    return AdaptiveResult(
        setup=sensor.setup,
        device=device_name or type(device).__name__,
        swing_nA=sensor.swing_nA,
        walk=drift.walk,
        jump=drift.jump,
        starts=sensor.starts,
        margin_nA=sensor.margin_nA,
        drift_V=offsets,
        watches=watches,
        seconds=time.perf_counter() - began,
        interrupted=interrupted,
    )


class _Sensor:
    """The kernel of a sensor, and the state from which it begins to work."""

    def __init__(self, device: Block, gate: str, seed: int) -> None:
        self.device = require_device(device, "be trained to an adaptive sensor")
        self.lower, self.upper = self.device.lower, self.device.upper
        start = np.zeros(max(self.lower.size - 2, 1))
        setup = GateSetup(
            gate, device, self.lower, self.upper, start, plateau=128, ramp=0, seed=seed
        )
        middle = (self.lower + self.upper)[list(setup.controls)] / 2
        self.setup, self.middle = replace(setup, initial=middle), middle
        self.swing_nA = 1e9 * _SWING_SHARE * current_spread(self.device)[1]
        self.kernel: Kernel = adaptive_sensor(self.setup, swing_nA=self.swing_nA).compile()
        self.gain = self.kernel.parameters["integrator.gain"]
        self.starts, self.margin_nA = 0, -np.inf
        self.saved = self.kernel.state()
        self.bar: Any = None

    def find_start(self, generator: np.random.Generator) -> None:
        """Learn from random controls, until a start is good; keep the state of the best."""
        best = np.inf
        while self.starts < _MOST_STARTS and not (
            self.margin_nA > WORKING_MARGIN_NA and best < _GOOD_LOSS * self.swing_nA**2
        ):
            self.starts += 1
            outputs = self._learn(generator.uniform(-1.0, 1.0, self.middle.size))
            loss = float(outputs["loss"][-_PER_START // 4 :].mean())
            margin = self._margin(outputs["controls"][-1])
            works, worked = (m > WORKING_MARGIN_NA for m in (margin, self.margin_nA))
            if (works, -loss) > (worked, -best):
                best, self.margin_nA, self.saved = loss, margin, self.kernel.state()
        self.kernel.load_state(self.saved)
        self._process(np.zeros((_SETTLE, self.lower.size)))
        self.saved = self.kernel.state()

    def watch(self, offsets: FloatArray, *, learning: bool = True) -> Watch:
        """Let the trained sensor work under these offsets of its electrodes."""
        parameters = self.kernel.parameters
        leak = parameters["integrator.leak"]
        self.kernel.load_state(self.saved)
        if not learning:
            parameters["integrator.gain"], parameters["integrator.leak"] = 0.0 * self.gain, 0.0
        outputs = self._process(offsets)
        parameters["integrator.gain"], parameters["integrator.leak"] = self.gain, leak
        return Watch(outputs["loss"], outputs["margin"], outputs["controls"])

    def _learn(self, start: FloatArray) -> dict[str, FloatArray]:
        """Begin anew from controls in halves of their range, and wait for the AC coupling."""
        self.kernel.reset()
        self.kernel.states["integrator.y"] = start * self.setup.half_range
        self.kernel.parameters["integrator.gain"] = 0.0 * self.gain
        self.kernel.process({"drift": np.zeros((_WARM_UP * self.setup.epoch, self.lower.size))})
        self.kernel.parameters["integrator.gain"] = self.gain
        return self._process(np.zeros((_PER_START, self.lower.size)))

    def _process(self, offsets: FloatArray) -> dict[str, FloatArray]:
        """Go through cycles, each with its own offset of the electrodes."""
        chunks = []
        for first in range(0, len(offsets), _CHUNK):
            part = np.repeat(offsets[first : first + _CHUNK], self.setup.epoch, axis=0)
            chunks.append(self.kernel.process({"drift": part}))
            self.bar.update(len(part) // self.setup.epoch)
        return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}

    def _margin(self, controls: FloatArray) -> float:
        """Return the margin without noise, perturbation and drift, nA."""
        limits = (bounds[list(self.setup.controls)] for bounds in (self.lower, self.upper))
        voltages = self.setup.electrode_voltages(np.clip(controls, *limits))
        levels, high = 1e9 * np.asarray(self.device.current(voltages)), self.setup.target > 0
        return float(levels[high].min() - levels[~high].max())
