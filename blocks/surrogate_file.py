"""Files of trained surrogates: NumPy archives (.npz)."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from hgedsp.checks import PathLike
from hgedsp.errors import ParameterError, TraceError

_NEEDED = ("weight_0", "bias_0", "activation", "offset", "amplitude", "amplification")
_DAMAGE = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error)


def read_surrogate(path: PathLike, unit: float) -> dict[str, Any]:
    """Return the fields of a `SurrogateDevice` from a file; other arrays in it are not touched.

    Parameters
    ----------
    unit : float
        What one unit of the file's current is, A.

    Raises
    ------
    TraceError
        If there is no such file, or it is no archive or a damaged one.
    ParameterError
        If an array is missing.
    """
    arrays = _read(Path(path))
    for name in _NEEDED:
        _require(arrays, name, path)
    depth = sum(name.startswith("weight_") for name in arrays)
    for number in range(depth):
        _require(arrays, f"weight_{number}", path)
        _require(arrays, f"bias_{number}", path)
    return {
        "weights": tuple(arrays[f"weight_{number}"] for number in range(depth)),
        "biases": tuple(arrays[f"bias_{number}"] for number in range(depth)),
        "activation": str(arrays["activation"]),
        "offset": arrays["offset"],
        "amplitude": arrays["amplitude"],
        "amplification": unit * np.asarray(arrays["amplification"], dtype=np.float64),
        "output_clip": unit * np.asarray(arrays.get("output_clip", (np.nan, np.nan))),
    }


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise TraceError(f"there is no file {path}", mend="check the name and the folder")
    if not zipfile.is_zipfile(path):
        raise TraceError(
            f"{path} is not a whole .npz archive: it is cut off, or something else",
            mend="copy it again, or write it with numpy.savez",
        )
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files if _is_ours(name)}
    except _DAMAGE as error:
        raise TraceError(
            f"{path} cannot be read: {error}",
            mend="copy it again, or write it with numpy.savez, from plain numbers and text only",
        ) from None


def _is_ours(name: str) -> bool:
    return name.startswith(("weight_", "bias_")) or name in (*_NEEDED, "output_clip")


def _require(arrays: dict[str, Any], name: str, path: PathLike) -> None:
    if name not in arrays:
        raise ParameterError(
            f"{path} has no array {name}, only {', '.join(sorted(arrays)) or 'others'}",
            mend="write weight_0, bias_0, weight_1, ... in order, activation, offset, amplitude "
            "and amplification with numpy.savez",
        )
