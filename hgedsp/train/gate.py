"""Train a Boolean gate: run its graph, watch the margin, start again where it is stuck."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.checks import (
    FloatArray,
    require,
    require_integer,
)
from hgedsp.devices import Device, require_device
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph
from hgedsp.graphs import GateSetup, continuous, per_epoch
from hgedsp.run.kernel import Kernel
from hgedsp.train.candidates import Candidates
from hgedsp.train.common import WORKING_MARGIN_NA
from hgedsp.train.result import GateResult, History, Policy

MODES = ("epoch", "continuous")

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


def train_gate(
    gate: str,
    device: Block,
    *,
    device_name: str = "",
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
    device_name : str, optional
        What the result calls the device; its class if left out.
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
    began = time.perf_counter()
    training = prepare_gate(gate, device, seed=seed, mode=mode, policy=policy, **options)
    training.run(progress)
    name = device_name or type(device).__name__
    return training.result(name, time.perf_counter() - began)


def prepare_gate(
    gate: str,
    device: Block,
    *,
    seed: int = 0,
    mode: str = "epoch",
    policy: Policy | None = None,
    **options: Any,
) -> GateTraining:
    """Return a training that is ready to begin; parameters and errors are those of `train_gate`."""
    require(mode in MODES, f"no mode of learning is named {mode!r}", f"choose {' or '.join(MODES)}")
    require_integer("train_gate", 0, seed=seed)
    model = require_device(device, "be trained to a gate")
    generator = np.random.default_rng(seed)
    setup = _make_setup(gate, device, seed, {**_SETUPS[mode], **options}, generator)
    return GateTraining(setup, mode, policy or POLICIES[mode], generator, model)


def _make_setup(
    gate: str, device: Block, seed: int, options: dict[str, Any], generator: np.random.Generator
) -> GateSetup:
    assert isinstance(device, Device)
    start = np.zeros(max(device.lower.size - 2, 1))
    try:
        setup = GateSetup(gate, device, device.lower, device.upper, start, seed=seed, **options)
    except TypeError as error:
        raise ParameterError(str(error), mend="the settings are those of GateSetup") from None
    # Drawn once it is known which electrodes are controls.
    return replace(setup, initial=_draw(setup, generator))


def _draw(setup: GateSetup, generator: np.random.Generator) -> FloatArray:
    return generator.uniform(*setup.control_bounds)


class GateTraining:
    """One training: the kernel, what was measured, and the best parameters so far.

    Attributes
    ----------
    setup : GateSetup
    mode : str
    policy : Policy
    starts : int
        How many there were.
    samples : int
        How many were measured, all starts and candidates together.
    margin : float
        Of the best parameters, without perturbation and noise, nA; -inf if no start got through.
    """

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
        self.rows: list[dict[str, Any]] = []
        self.starts, self.interrupted = 0, False
        self.parameters = setup.parameters(setup.initial)
        self.margin = -np.inf
        states = self.kernel.states
        self.fresh = {name: states[name] for name in states if name.startswith("updater.")}
        self.candidates = Candidates(setup, policy.candidates) if policy.candidates > 1 else None

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
        return self.margin > WORKING_MARGIN_NA

    @property
    def samples(self) -> int:
        tried = self.candidates.samples if self.candidates else 0
        return len(self.rows) * self.setup.epoch + tried

    def start(self, bar: Any) -> float:
        """Train from one set of controls until the margin is there, or the start is given up.

        Returns
        -------
        float
            Margin of this start without perturbation and noise, nA; -inf if it was given up.
        """
        if self.starts or self.candidates:
            self.restart()
        reached = -np.inf
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
                reached = self.keep(self.parameters_in(row))
                break
            since = 0 if row["loss"] < best - self.policy.progress else since + 1
            best = min(best, row["loss"]) if since == 0 else best
            if since >= self.policy.patience:
                break
        self.kernel.parameters["updater.learning_rate"] = rate
        return reached

    def epoch(self, bar: Any) -> dict[str, Any]:
        outputs = self.kernel.process(self.setup.epoch)
        row = {name: values[-1] for name, values in outputs.items() if name != "current"}
        self.rows.append({**row, "start": self.starts - 1})
        bar.set_postfix_str(
            f"start {self.starts}, loss {row['loss']:.3f}, margin {row['margin']:.2f} nA",
            refresh=False,
        )
        bar.update()
        return row

    def restart(self) -> None:
        """Go to new controls, to the input levels of the beginning, and let the updater forget."""
        if self.candidates:
            controls = self.candidates.best(
                [_draw(self.setup, self.generator) for _ in range(self.policy.candidates)]
            )
        else:
            controls = _draw(self.setup, self.generator)
        states = self.kernel.states
        for name, value in self.fresh.items():
            states[name] = value
        states["updater.parameters"] = self.setup.parameters(controls)

    def parameters_in(self, row: dict[str, Any]) -> FloatArray:
        """Return the parameters at the end of an epoch, V."""
        # A single control is a number, not an array.
        return np.concatenate([np.atleast_1d(row["controls"]), row.get("input_levels", ())])

    def split(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return control voltages and input levels, shape (2, 2), V."""
        count = len(self.setup.controls)
        learnt = parameters[count:]
        return parameters[:count], learnt.reshape(2, 2) if learnt.size else self.setup.levels

    def levels(self, parameters: FloatArray) -> FloatArray:
        """Return the noise-free currents of the four cases, nA."""
        voltages = self.setup.electrode_voltages(*self.split(parameters))
        return 1e9 * np.asarray(self.device.current(voltages))

    def keep(self, parameters: FloatArray) -> float:
        """Measure parameters without noise, and keep them if they are the best so far."""
        levels, high = self.levels(parameters), self.setup.target > 0
        margin = float(levels[high].min() - levels[~high].max())
        if margin > self.margin:
            self.margin, self.parameters = margin, parameters.copy()
        return margin

    def trace(self) -> FloatArray:
        """One epoch with noise and the kept parameters, without perturbation, nA."""
        parameters = self.kernel.parameters
        parameters["tones.amplitude"] = 0.0 * parameters["tones.amplitude"]
        parameters["updater.learning_rate"] = 0.0 * parameters["updater.learning_rate"]
        self.kernel.states["updater.parameters"] = self.parameters
        return 1e9 * self.kernel.process(self.setup.epoch)["current"]

    def result(self, device_name: str, seconds: float) -> GateResult:
        if self.margin == -np.inf and self.rows:
            # No start got through: the epoch with the widest measured margin stands for them.
            best = max(self.rows, key=lambda row: float(row["margin"]))
            self.keep(self.parameters_in(best))
        controls, input_levels = self.split(self.parameters)
        return GateResult(
            self.setup,
            device_name,
            self.mode,
            self.policy,
            self.works,
            self.margin,
            len(self.rows),
            self.samples,
            self.starts,
            seconds,
            controls,
            self.levels(self.parameters),
            self.trace(),
            self._history(),
            input_levels,
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
