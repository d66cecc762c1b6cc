"""Simulated devices by name: those that ship with the package, and any file of the same kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from hgedsp.block import Block
from hgedsp.blocks import HoppingNetwork, SurrogateDevice
from hgedsp.checks import FloatArray, VectorLike
from hgedsp.errors import ParameterError, PathError
from hgedsp.physics.network_file import is_network

_FOLDER = Path(__file__).parent / "data"
DEFAULT = "rnpu"

Model = SurrogateDevice | HoppingNetwork


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


def require_device(block: Block, role: str) -> Device:
    """Return a block that can be evaluated without a graph; refuse others: they cannot `role`."""
    if not isinstance(block, Device):
        raise ParameterError(
            f"{type(block).__name__} cannot {role}: it has no current(), lower, upper",
            mend="use SurrogateDevice, or give your device these three",
        )
    return block


@dataclass(frozen=True)
class DeviceEntry:
    """A device that can be named on the command line."""

    name: str
    file: Path
    about: str


CATALOGUE: tuple[DeviceEntry, ...] = (
    DeviceEntry(
        DEFAULT,
        _FOLDER / "rnpu.npz",
        "surrogate (two tanh layers) fitted to the device hopping; 7 electrodes of +-0.5 V",
    ),
    DeviceEntry(
        "hopping",
        _FOLDER / "hopping.npz",
        "physics: 30 acceptors in a disk at 77 K, hopping solved for at every sample",
    ),
)


def load_device(name: str) -> Model:
    """Return the device with a name of the catalogue, or from an ``.npz`` file.

    A file holds a surrogate or a hopping network; which, is seen from its arrays.

    Raises
    ------
    PathError
        If it is neither.
    TraceError, ParameterError
        If the file does not hold a device.
    """
    for entry in CATALOGUE:
        if entry.name == name:
            return _load(entry.file)
    if not Path(name).is_file():
        known = ", ".join(entry.name for entry in CATALOGUE)
        raise PathError(
            f"no device is named {name!r}, and there is no such file",
            mend=f"name one of {known}, or an .npz file with weight_0, bias_0, ...",
        )
    return _load(Path(name))


def choose_device(name: str | None) -> tuple[Model, str]:
    """Return a device, the default one if no name is given, and what to call it."""
    chosen = DEFAULT if name is None else name
    return load_device(chosen), Path(chosen).name


def _load(file: Path) -> Model:
    return HoppingNetwork.load(file) if is_network(file) else SurrogateDevice.load(file)
