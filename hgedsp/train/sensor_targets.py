"""Devices that adapt, devices in a network, devices in a circuit: targets of ``hgedsp train``."""

from __future__ import annotations

from hgedsp.devices import choose_device
from hgedsp.results import Result
from hgedsp.train.adaptive import train_adaptive
from hgedsp.train.in_materia import train_in_materia
from hgedsp.train.network import train_network
from hgedsp.train.target import Target


def sensor_targets() -> dict[str, Target]:
    """Return the targets by name."""
    return {
        "adaptive": Target("XOR that keeps its optimum while the device drifts", _adaptive),
        "network": Target(
            "parity of three inputs on several devices, all controls at once", _network, ("layout",)
        ),
        "in-materia": Target("XOR with nothing but analog parts, which are off", _in_materia),
    }


def _adaptive(*, device: str | None, seed: int, progress: bool) -> Result:
    model, name = choose_device(device)
    return train_adaptive(model, device_name=name, seed=seed, progress=progress)


def _network(*, device: str | None, seed: int, progress: bool, layout: str = "2-2-1") -> Result:
    model, name = choose_device(device)
    return train_network(
        model,
        device_name=name,
        layout=layout,
        seed=seed,
        progress=progress,
    )


def _in_materia(*, device: str | None, seed: int, progress: bool) -> Result:
    model, name = choose_device(device)
    return train_in_materia(model, device_name=name, seed=seed, progress=progress)
