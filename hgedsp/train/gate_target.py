"""Boolean functions as targets of ``hgedsp train``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hgedsp.devices import DEFAULT, load_device
from hgedsp.graphs import GATES
from hgedsp.results import Result
from hgedsp.train.gate import POLICIES, train_gate
from hgedsp.train.target import Target


def gate_targets() -> dict[str, Target]:
    """Return one target per gate."""
    return {
        gate: Target(f"Boolean gate, {_table(target)}", _training(gate), ("mode", "margin"))
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
    ) -> Result:
        name = device or DEFAULT
        policy = POLICIES[mode]
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
        )

    return train
