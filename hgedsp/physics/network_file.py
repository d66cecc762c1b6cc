"""Files of hopping networks: NumPy archives (.npz)."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import fields
from pathlib import Path

import numpy as np

from hgedsp.checks import PathLike
from hgedsp.errors import ParameterError, TraceError
from hgedsp.physics.network import Network

# Name in the file of each parameter, with its unit.
_NAMES = {
    "position": "position_m",
    "level": "level_eV",
    "donors": "donors_m",
    "radius": "radius_m",
    "contacts": "contacts",
    "contact_share": "contact_share",
    "localisation_length": "localisation_length_m",
    "attempt_frequency": "attempt_frequency_Hz",
    "temperature": "temperature_K",
    "permittivity": "permittivity",
    "screening_length": "screening_length_m",
}
_RANGE = "voltage_range_V"
_DAMAGE = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error)


def is_network(path: PathLike) -> bool:
    """Return whether a file is an archive that holds a hopping network."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f"{_NAMES['position']}.npy" in archive.namelist()
    except _DAMAGE:
        return False


def save_network(path: PathLike, network: Network, voltage_range: float) -> None:
    """Write a network and its range of voltages (V)."""
    arrays = {_NAMES[f.name]: np.asarray(getattr(network, f.name)) for f in fields(network)}
    try:
        np.savez(Path(path), allow_pickle=False, **arrays, **{_RANGE: np.asarray(voltage_range)})
    except OSError as error:
        raise TraceError(
            f"{path} cannot be written: {error.strerror}",
            mend="name a file in a folder that can be written to",
        ) from None


def load_network(path: PathLike) -> tuple[Network, float]:
    """Return the network and the range of voltages (V) of a file.

    Raises
    ------
    TraceError
        If there is no such file, or it is no archive or a damaged one.
    ParameterError
        If an array is missing, or has no meaning.
    """
    if not Path(path).is_file():
        raise TraceError(f"there is no file {path}", mend="check the name and the folder")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except _DAMAGE as error:
        raise TraceError(
            f"{path} cannot be read: {error}",
            mend="copy it again, or write it with HoppingNetwork.save",
        ) from None
    missing = [name for name in (*_NAMES.values(), _RANGE) if name not in arrays]
    if missing:
        raise ParameterError(
            f"{path} has no array {missing[0]}", mend="write it with HoppingNetwork.save"
        )
    options = {field: arrays[name] for field, name in _NAMES.items()}
    plain = {name: value.item() if value.ndim == 0 else value for name, value in options.items()}
    try:
        return Network(**plain), float(arrays[_RANGE])
    except ParameterError as error:
        raise ParameterError(error.what, where=(str(path),), mend=error.mend) from None
