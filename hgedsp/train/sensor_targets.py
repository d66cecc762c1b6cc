"""Devices that adapt, devices in a network, devices in a circuit: targets of ``hgedsp train``."""

from __future__ import annotations

from pathlib import Path

from hgedsp.devices import DEFAULT, load_device
from hgedsp.results import Result
from hgedsp.train.adaptive import train_adaptive
from hgedsp.train.target import Target


def sensor_targets() -> dict[str, Target]:
    """Return the targets by name."""
    return {"adaptive": Target("XOR that keeps its optimum while the device drifts", _adaptive)}


def _adaptive(*, device: str | None, seed: int, progress: bool) -> Result:
    name = device or DEFAULT
    return train_adaptive(
        load_device(name), device_name=Path(name).name, seed=seed, progress=progress
    )
