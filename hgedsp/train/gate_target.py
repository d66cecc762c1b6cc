"""Boolean functions as targets of ``hgedsp train``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from hgedsp.checks import require
from hgedsp.devices import choose_device
from hgedsp.graphs import CONSTANTS, GATES
from hgedsp.graphs.losses import LOSSES
from hgedsp.results import Result
from hgedsp.train.constant import make_constant
from hgedsp.train.gate import POLICIES, train_gate
from hgedsp.train.target import Target

_OPTIONS = ("mode", "margin", "loss", "inputs", "input_levels", "learn_inputs", "candidates")


def gate_targets() -> dict[str, Target]:
    """Return one target per two-input Boolean function, the constants last."""
    gates = {
        gate: Target(f"Boolean gate, {_table(target)}", _training(gate), _OPTIONS)
        for gate, target in GATES.items()
    }
    constants = {
        name: Target(f"Boolean constant, {_table((value,) * 4)}", _constant(name), ("inputs",))
        for name, value in CONSTANTS.items()
    }
    return {**gates, **constants}


def _table(target: tuple[int, ...]) -> str:
    return "00 01 10 11 -> " + " ".join(map(str, target))


def _training(gate: str) -> Callable[..., Result]:
    def train(
        *,
        device: str | None,
        seed: int,
        progress: bool,
        mode: str = "epoch",
        margin: float | None = None,
        loss: str | None = None,
        inputs: Sequence[int] = (1, 2),
        input_levels: Sequence[float] | None = None,
        learn_inputs: str = "no",
        candidates: int = 1,
    ) -> Result:
        model, name = choose_device(device)
        require(
            loss is None or mode == "epoch",
            f"learning {mode}ly takes the squared error itself, not {loss}",
            "leave --loss out, or learn with --mode epoch",
        )
        kind = loss or "correlation"
        policy = replace(POLICIES[mode], progress=LOSSES[kind].progress, candidates=candidates)
        if margin is not None:
            policy = replace(policy, stop_nA=margin)
        return train_gate(
            gate,
            model,
            device_name=name,
            seed=seed,
            mode=mode,
            policy=policy,
            progress=progress,
            loss=kind,
            inputs=inputs,
            input_levels=input_levels,
            learn_inputs=learn_inputs == "yes",
        )

    return train


def _constant(task: str) -> Callable[..., Result]:
    def make(
        *, device: str | None, seed: int, progress: bool, inputs: tuple[int, ...] = (1, 2)
    ) -> Result:
        model, name = choose_device(device)
        return make_constant(task, model, device_name=name, seed=seed, inputs=inputs)

    return make
