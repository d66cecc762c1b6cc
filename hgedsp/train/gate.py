"""Train a Boolean gate: run its graph, watch the margin, start again where it is stuck."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.checks import (
    FloatArray,
    IntArray,
    VectorLike,
    require,
    require_integer,
    require_positive,
)
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph
from hgedsp.graphs import GateSetup, continuous, per_epoch
from hgedsp.run.kernel import Kernel

MODES = ("epoch", "continuous")


@runtime_checkable
class Device(Protocol):
    """A device model that can also be evaluated without a graph."""

    def current(self, voltage: VectorLike) -> float | FloatArray:
        """Return the current (A) at voltages of shape (E,) or (N, E), V."""

    @property
    def lower(self) -> FloatArray:
        """Lowest valid voltage of each electrode, V."""

    @property
    def upper(self) -> FloatArray:
        """Highest valid voltage of each electrode, V."""


@dataclass(frozen=True)
class Policy:
    """When training stops, and when it starts again from other controls.

    Parameters
    ----------
    max_epochs : int
        Epochs, or cycles of the four cases, of all starts together.
    stop_nA : float
        Measured margin at which training stops; above the 1 nA that a gate must have, for the
        measured one is noisy and, in the continuous mode, late.
    epochs_per_start : int
        Epochs after which a start is given up.
    patience : int
        Epochs without the loss falling by `progress` after which a start is given up.
    progress : float
        Fall of the loss that counts.
    warm_up : int
        Epochs at each start in which the controls stay, while filters settle.
    """

    max_epochs: int = 2000
    stop_nA: float = 2.5
    epochs_per_start: int = 100
    patience: int = 20
    progress: float = 0.01
    warm_up: int = 0

    def __post_init__(self) -> None:
        require_positive("training", "nA", margin=self.stop_nA)
        require_integer("training", 1, max_epochs=self.max_epochs)
        require_integer("training", 1, epochs_per_start=self.epochs_per_start)
        require_integer("training", 1, patience=self.patience)
        require_integer("training", 0, warm_up=self.warm_up)


# What each mode of learning needs; shares of a control's range, samples and epochs.
_SETUPS: dict[str, dict[str, Any]] = {
    "epoch": {"plateau": 256, "ramp": 20, "learning_rate": 0.1},
    "continuous": {"plateau": 128, "ramp": 0, "learning_rate": 0.05},
}
POLICIES = {
    "epoch": Policy(),
    "continuous": Policy(stop_nA=3.0, epochs_per_start=64, patience=64, warm_up=4),
}
_GRAPHS: dict[str, Callable[[GateSetup], Graph]] = {
    "epoch": per_epoch,
    "continuous": continuous,
}
_WORKING_MARGIN_NA = 1.0


@dataclass(frozen=True)
class History:
    """What was measured in each epoch: arrays with one row per epoch."""

    loss: FloatArray
    margin_nA: FloatArray
    levels_nA: FloatArray
    controls_V: FloatArray
    start: IntArray


@dataclass(frozen=True)
class GateResult:
    """A trained gate, or the failure to train one.

    Attributes
    ----------
    success : bool
        Whether the noise-free margin is above 1 nA.
    margin_nA : float
        Lowest high case minus highest low case, without perturbation and noise.
    epochs, samples, starts : int
        Of all starts together.
    seconds : float
        Wall time, compilation included.
    parameters_V : array of shape (E - 2,)
        Control voltages.
    output_nA : array of shape (4,)
        Noise-free current of the cases 00, 01, 10, 11.
    trace_nA : array of shape (N,)
        One epoch with noise, without perturbation.
    """

    setup: GateSetup
    mode: str
    policy: Policy
    success: bool
    margin_nA: float
    epochs: int
    samples: int
    starts: int
    seconds: float
    parameters_V: FloatArray
    output_nA: FloatArray
    trace_nA: FloatArray
    history: History
    interrupted: bool = field(default=False)


def train_gate(
    gate: str,
    device: Block,
    *,
    seed: int = 0,
    mode: str = "epoch",
    policy: Policy | None = None,
    progress: bool = True,
    **options: Any,
) -> GateResult:
    """Train a simulated device to be a Boolean gate.

    Parameters
    ----------
    gate : str
        "and", "or", "nand", "nor", "xor" or "xnor".
    device : Block
        A device with methods `current`, `lower` and `upper`, such as `SurrogateDevice`.
    seed : int
        Of the starts and of the noise.
    mode : {"epoch", "continuous"}
        How it learns; see `hgedsp.graphs.per_epoch` and `hgedsp.graphs.continuous`.
    policy : Policy, optional
        When to stop and when to start again.
    progress : bool
        Show a progress bar with loss and margin.
    **options
        Settings of `GateSetup` to change: `inputs`, `amplitude`, `noise`, ...

    Returns
    -------
    GateResult

    Raises
    ------
    ParameterError
        If gate, mode or an option is not one of those above.
    """
    require(mode in MODES, f"no mode of learning is named {mode!r}", f"choose {' or '.join(MODES)}")
    require_integer("train_gate", 0, seed=seed)
    if not isinstance(device, Device):
        raise ParameterError(
            f"{type(device).__name__} cannot be trained to a gate: it has no current(), lower, "
            "upper",
            mend="use SurrogateDevice, or give your device these three",
        )
    began = time.perf_counter()
    generator = np.random.default_rng(seed)
    setup = _make_setup(gate, device, seed, {**_SETUPS[mode], **options}, generator)
    training = _Training(setup, mode, policy or POLICIES[mode], generator, device)
    training.run(progress)
    return training.result(time.perf_counter() - began)


def _make_setup(
    gate: str, device: Block, seed: int, options: dict[str, Any], generator: np.random.Generator
) -> GateSetup:
    assert isinstance(device, Device)
    start = np.zeros(max(device.lower.size - 2, 1))
    try:
        setup = GateSetup(gate, device, device.lower, device.upper, start, seed=seed, **options)
    except TypeError as error:
        raise ParameterError(str(error), mend="the settings are those of GateSetup") from None
    # Drawn once the controls are known.
    controls = _draw(setup, generator)
    return GateSetup(gate, device, device.lower, device.upper, controls, seed=seed, **options)


def _draw(setup: GateSetup, generator: np.random.Generator) -> FloatArray:
    controls = list(setup.controls)
    return generator.uniform(np.asarray(setup.lower)[controls], np.asarray(setup.upper)[controls])


class _Training:
    """One training: the kernel, what was measured, and the best controls so far."""

    def __init__(
        self,
        setup: GateSetup,
        mode: str,
        policy: Policy,
        generator: np.random.Generator,
        device: Device,
    ) -> None:
        self.setup, self.mode, self.policy = setup, mode, policy
        self.generator, self.device = generator, device
        self.kernel: Kernel = _GRAPHS[mode](setup).compile()
        self.epoch_samples = 4 * (setup.ramp + setup.plateau)
        self.rows: list[dict[str, Any]] = []
        self.starts, self.interrupted = 0, False
        self.controls = np.asarray(setup.initial, dtype=np.float64)
        self.margin = -np.inf

    def run(self, progress: bool) -> None:
        bar = tqdm(
            total=self.policy.max_epochs,
            unit="epoch",
            disable=not progress,
            desc=f"{self.setup.gate} ({self.mode})",
        )
        with bar:
            try:
                while len(self.rows) < self.policy.max_epochs and not self.works:
                    self.start(bar)
            except KeyboardInterrupt:
                self.interrupted = True
            if self.works:
                # Done is done, however many epochs were allowed.
                bar.total = len(self.rows)
                bar.refresh()

    @property
    def works(self) -> bool:
        return self.margin > _WORKING_MARGIN_NA

    def start(self, bar: Any) -> None:
        """Train from one set of controls until the margin is there, or the start is given up."""
        if self.starts:
            self.restart()
        self.starts += 1
        best, since = np.inf, 0
        rate = self.kernel.parameters["updater.learning_rate"]
        if self.policy.warm_up:
            self.kernel.parameters["updater.learning_rate"] = 0.0 * rate
        for epoch in range(self.policy.epochs_per_start):
            if len(self.rows) >= self.policy.max_epochs:
                break
            if self.policy.warm_up and epoch == self.policy.warm_up:
                self.kernel.parameters["updater.learning_rate"] = rate
            row = self.epoch(bar)
            if row["margin"] > self.policy.stop_nA and epoch >= self.policy.warm_up:
                self.keep(row["controls"])
                break
            since = 0 if row["loss"] < best - self.policy.progress else since + 1
            best = min(best, row["loss"]) if since == 0 else best
            if since >= self.policy.patience:
                break
        self.kernel.parameters["updater.learning_rate"] = rate

    def epoch(self, bar: Any) -> dict[str, Any]:
        outputs = self.kernel.process(self.epoch_samples)
        row = {name: outputs[name][-1] for name in ("loss", "margin", "levels", "controls")}
        self.rows.append({**row, "start": self.starts - 1})
        bar.set_postfix_str(
            f"start {self.starts}, loss {row['loss']:.3f}, margin {row['margin']:.2f} nA",
            refresh=False,
        )
        bar.update()
        return row

    def restart(self) -> None:
        """Draw new controls, and let the updater forget."""
        states = self.kernel.states
        for name in states:
            if name.startswith("updater."):
                states[name] = 0
        states["updater.parameters"] = _draw(self.setup, self.generator)

    def levels(self, controls: FloatArray) -> FloatArray:
        """Noise-free currents of the four cases, nA."""
        return 1e9 * np.asarray(self.device.current(self.setup.electrode_voltages(controls)))

    def keep(self, controls: FloatArray) -> None:
        """Measure controls without noise, and keep them if they are the best so far."""
        levels, high = self.levels(controls), self.setup.target > 0
        margin = float(levels[high].min() - levels[~high].max())
        if margin > self.margin:
            self.margin, self.controls = margin, controls.copy()

    def trace(self) -> FloatArray:
        """One epoch with noise and the kept controls, without perturbation, nA."""
        parameters = self.kernel.parameters
        parameters["tones.amplitude"] = 0.0 * parameters["tones.amplitude"]
        parameters["updater.learning_rate"] = 0.0 * parameters["updater.learning_rate"]
        self.kernel.states["updater.parameters"] = self.controls
        current = self.kernel.process(self.epoch_samples)["current"]
        # A run that was cut short may stand in the middle of an epoch.
        return 1e9 * np.roll(current, self.kernel.sample % self.epoch_samples)

    def result(self, seconds: float) -> GateResult:
        if self.margin == -np.inf and self.rows:
            # No start got through: the epoch with the widest measured margin stands for them.
            best = max(self.rows, key=lambda row: float(row["margin"]))
            self.keep(best["controls"])
        samples = len(self.rows) * self.epoch_samples
        return GateResult(
            self.setup,
            self.mode,
            self.policy,
            self.works,
            self.margin,
            len(self.rows),
            samples,
            self.starts,
            seconds,
            self.controls,
            self.levels(self.controls),
            self.trace(),
            self._history(),
            self.interrupted,
        )

    def _history(self) -> History:
        def column(name: str, kind: Any = np.float64) -> Any:
            return np.array([row[name] for row in self.rows], dtype=kind)

        return History(
            column("loss"),
            column("margin"),
            column("levels"),
            column("controls"),
            column("start", np.int64),
        )
