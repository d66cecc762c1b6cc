"""Records: the arrays a run leaves behind, with all that is needed to make them again."""

from __future__ import annotations

import json
import os
import platform
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import PathLike
from hgedsp.errors import ParameterError, TraceError, import_extra

_CONFIG = "config"


def save_record(path: PathLike, arrays: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Write arrays and their configuration to a .npz or .h5 file, whole or not at all.

    Parameters
    ----------
    path : str or Path
        File to write; its folder is made if there is none. The file appears under this name only
        once it is complete.
    arrays : mapping of str to array
        Numbers or text, by name.
    config : mapping
        Seed, versions, settings: anything JSON can hold, NumPy numbers and arrays as well. Stored
        as JSON text under ``config``.

    Raises
    ------
    ParameterError
        If the ending is another, an array is called ``config`` or holds objects, or JSON cannot
        hold the configuration.
    MissingExtraError
        If .h5 is asked for and h5py is not installed.
    """
    file = Path(path)
    write = {".npz": _write_npz, ".h5": _write_h5}.get(file.suffix.lower())
    if write is None:
        raise ParameterError(
            f"a record is written to .npz or .h5, not to {file.name}",
            mend=f"name it {file.stem}.npz",
        )
    contents = {name: _checked(name, array) for name, array in arrays.items()}
    contents[_CONFIG] = np.array(_to_json(config))
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        write(temporary, contents)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def load_record(path: PathLike) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read back what `save_record` wrote.

    Returns
    -------
    arrays : dict of str to array
    config : dict

    Raises
    ------
    TraceError
        If the file is missing, damaged or no record.
    MissingExtraError
        If it ends in .h5 and h5py is not installed.
    """
    file = Path(path)
    if not file.is_file():
        raise TraceError(
            "there is no such record", where=(str(file),), mend="check the folder and the name"
        )
    try:
        contents = _read_h5(file) if file.suffix.lower() == ".h5" else _read_npz(file)
        config: dict[str, Any] = json.loads(str(contents.pop(_CONFIG)))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise TraceError(
            f"the file is no record, or damaged: {error}",
            where=(str(file),),
            mend="take a file that save_record wrote, and copy it whole",
        ) from None
    return contents, config


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    packages = ("numpy", "scipy", "numba", "hgedsp")
    return {
        "python": platform.python_version(),
        **{name: _version(name) for name in packages},
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # a checkout that was never installed
        return "not installed"


def _checked(name: str, value: Any) -> npt.NDArray[Any]:
    array = np.asarray(value)
    if name == _CONFIG or array.dtype.hasobject:
        what = "is called config" if name == _CONFIG else "holds objects"
        raise ParameterError(
            f"array {name} {what}", mend="give arrays of numbers or text, under other names"
        )
    return array


def _to_json(config: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(config), default=_plain)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"JSON cannot hold the configuration: {error}",
            mend="give numbers, text, lists and dicts of these",
        ) from None


def _plain(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} {value!r}")


def _write_npz(file: Path, contents: dict[str, npt.NDArray[Any]]) -> None:
    # Not numpy.savez: it knows no array called "file", and stamps the time of day on every one,
    # so that equal records would differ.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in contents.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _read_npz(file: Path) -> dict[str, npt.NDArray[Any]]:
    with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _write_h5(file: Path, contents: dict[str, npt.NDArray[Any]]) -> None:
    with _h5py().File(file, "w") as archive:
        for name, array in contents.items():
            archive[name] = array.astype(object) if array.dtype.kind == "U" else array


def _read_h5(file: Path) -> dict[str, npt.NDArray[Any]]:
    with _h5py().File(file, "r") as archive:
        return {name: _text(archive[name][()]) for name in archive}


def _text(value: Any) -> npt.NDArray[Any]:
    """Text comes back from HDF5 as bytes, in an array of objects."""
    array = np.asarray(value)
    if array.dtype.kind == "O":
        flat = [item.decode() for item in array.ravel()]
        return np.array(flat, dtype=np.str_).reshape(array.shape)
    return np.array(value.decode()) if isinstance(value, bytes) else array


def _h5py() -> Any:
    return import_extra("h5py", "hdf5", "a record in a .h5 file")
