"""Boolean functions as targets of ``hgedsp train``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hgedsp.devices import DEFAULT, load_device
from hgedsp.graphs import GATES
from hgedsp.results import Result
from hgedsp.train.gate import POLICIES, train_gate
from hgedsp.train.target import Target

_OPTIONS = ("mode", "margin", "inputs", "input_levels", "learn_inputs", "candidates")


def gate_targets() -> dict[str, Target]:
    """Return one target per gate."""
    return {
        gate: Target(f"Boolean gate, {_table(target)}", _training(gate), _OPTIONS)
        for gate, target in GATES.items()
    }


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
        candidates: int = 1,
        learn_inputs: str = "no",
        inputs: Sequence[int] = (1, 2),
        input_levels: Sequence[float] | None = None,
    ) -> Result:
        name = device or DEFAULT
        policy = replace(POLICIES[mode], candidates=candidates)
        if margin is not None:
            policy = replace(policy, stop_nA=margin)
        return train_gate(
            gate,
            load_device(name),
            device_name=Path(name).name,
            seed=seed,
            mode=mode,
            policy=policy,
            progress=progress,
            inputs=inputs,
            input_levels=input_levels,
            learn_inputs=learn_inputs == "yes",
        )

    return train
