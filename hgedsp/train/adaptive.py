"""Train a sensor, and let it drift: with its loop closed, and with its controls left alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.checks import FloatArray, require_integer, require_not_negative, require_positive
from hgedsp.devices import require_device
from hgedsp.graphs import GateSetup, adaptive_sensor
from hgedsp.run.kernel import Kernel
from hgedsp.train.adaptive_result import AdaptiveResult, Watch
from hgedsp.train.gate import prepare_gate
from hgedsp.train.result import Policy
from hgedsp.train.spread import current_spread

# The gate is trained until its margin is a good share of what the device can give.
_MARGIN_SHARE, _MOST_EPOCHS = 0.25, 1000
_WARM_UP, _SETTLE = 6, 500  # cycles of the four cases
_CHUNK = 100  # cycles
# 1/s, of a loss over the square of the spread of the device: with a swing that is a small share of
# it, the loss over swing^2 is as much more curved, and the loop would not be stable.
_LEARNING_RATE = 2.0


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

    The gate is trained per epoch. Its margin is the step between low and high that the sensor is to
    keep, for that is what all of its cases have.

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

    Raises
    ------
    ParameterError
        If the device cannot be evaluated, or its current hardly ever differs.
    """
    require_integer("train_adaptive", 0, seed=seed)
    began = time.perf_counter()
    drift = drift or Drift()
    model = require_device(device, "be trained to an adaptive sensor")
    spread = 1e9 * current_spread(model)[1]
    require_positive("train_adaptive", "nA", current_spread=spread)
    offsets = drift.draw((model.upper - model.lower) / 2, np.random.default_rng([seed, 1]))
    margin = max(_MARGIN_SHARE * spread, Policy.stop_nA)
    policy = Policy(max_epochs=_MOST_EPOCHS, stop_nA=margin)
    training = prepare_gate(gate, device, seed=seed, policy=policy)
    training.run(progress)
    trained = training.result(device_name or type(device).__name__, time.perf_counter() - began)
    setup = replace(training.setup, initial=trained.parameters_V, plateau=128, ramp=0)
    watches: dict[str, Watch] = {}
    interrupted = trained.interrupted
    if trained.success and not interrupted:
        total = _WARM_UP + _SETTLE + 3 * drift.cycles
        with tqdm(total=total, unit="cycle", disable=not progress, desc="adaptive") as bar:
            try:
                learning_rate = _LEARNING_RATE * (trained.margin_nA / spread) ** 2
                sensor = _Sensor(setup, trained.margin_nA, learning_rate, bar)
                watches["still"] = sensor.watch(np.zeros_like(offsets))
                watches["adapting"] = sensor.watch(offsets)
                watches["left alone"] = sensor.watch(offsets, learning=False)
            except KeyboardInterrupt:
                interrupted = True
    return AdaptiveResult(
        trained=trained,
        setup=setup,
        walk=drift.walk,
        jump=drift.jump,
        drift_V=offsets,
        watches=watches,
        seconds=time.perf_counter() - began,
        interrupted=interrupted,
    )


class _Sensor:
    """The kernel of a sensor, and the state from which it begins to work."""

    def __init__(self, setup: GateSetup, swing_nA: float, learning_rate: float, bar: Any) -> None:
        self.setup, self.bar = setup, bar
        graph = adaptive_sensor(setup, swing_nA=swing_nA, learning_rate=learning_rate)
        self.kernel: Kernel = graph.compile()
        self.gain = self.kernel.parameters["integrator.gain"]
        electrodes = len(setup.controls) + len(setup.inputs)
        # The AC coupling settles before anything is learnt from what comes through it.
        self.kernel.parameters["integrator.gain"] = 0.0 * self.gain
        self._process(np.zeros((_WARM_UP, electrodes)))
        self.kernel.parameters["integrator.gain"] = self.gain
        self._process(np.zeros((_SETTLE, electrodes)))
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
        return Watch(*(outputs[name] for name in ("loss", "margin", "controls", "trims")))

    def _process(self, offsets: FloatArray) -> dict[str, FloatArray]:
        """Go through cycles, each with its own offset of the electrodes."""
        chunks = []
        for first in range(0, len(offsets), _CHUNK):
            part = np.repeat(offsets[first : first + _CHUNK], self.setup.epoch, axis=0)
            chunks.append(self.kernel.process({"drift": part}))
            self.bar.update(len(part) // self.setup.epoch)
        return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
