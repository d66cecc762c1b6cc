"""Simulated devices by name: those that ship with the package, and any file of the same kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hgedsp.blocks import SurrogateDevice
from hgedsp.errors import PathError

_FOLDER = Path(__file__).parent / "data"
DEFAULT = "rnpu"


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
        "simulated RNPU, 7 electrodes of +-1 V, smooth and non-monotonic (hgedsp.make_rnpu)",
    ),
)


def load_device(name: str) -> SurrogateDevice:
    """Return the device with a name of the catalogue, or from an ``.npz`` file.

    Raises
    ------
    PathError
        If it is neither.
    TraceError, ParameterError
        If the file does not hold a device.
    """
    for entry in CATALOGUE:
        if entry.name == name:
            return SurrogateDevice.load(entry.file)
    if not Path(name).is_file():
        known = ", ".join(entry.name for entry in CATALOGUE)
        raise PathError(
            f"no device is named {name!r}, and there is no such file",
            mend=f"name one of {known}, or an .npz file with weight_0, bias_0, ...",
        )
    return SurrogateDevice.load(Path(name))
