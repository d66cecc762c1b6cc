"""Tones of a recording, from a .json file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import PathLike
from hgedsp.errors import TraceError

_EXAMPLE = '{"frequency_Hz": [1010, 1090], "amplitude_V": [0.005, 0.005]}'


def read_tones(path: PathLike) -> dict[str, npt.NDArray[Any]]:
    """Read a .json file of arrays, such as ``{"frequency_Hz": [...], "amplitude_V": [...]}``.

    Returns
    -------
    dict of str to array
        As written; `hgedsp.analyze.tones_from` says what is meant.

    Raises
    ------
    TraceError
        If the file is missing, no JSON, or holds anything but numbers and lists of numbers.
    """
    file = Path(path)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise TraceError(
            f"the file is no JSON: {error.msg}",
            where=(f"{file}, line {error.lineno}",),
            mend=f"write, for example, {_EXAMPLE}",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise TraceError(
            f"the tones cannot be read: {getattr(error, 'strerror', None) or error}",
            where=(str(file),),
            mend="check the folder and the name",
        ) from None
    if not isinstance(content, dict):
        raise TraceError(
            "the file holds no names with numbers",
            where=(str(file),),
            mend=f"write, for example, {_EXAMPLE}",
        )
    return {name: _numbers(file, name, value) for name, value in content.items()}


def _numbers(file: Path, name: str, value: Any) -> npt.NDArray[Any]:
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TraceError(
            f"{name} is not a number or a list of numbers",
            where=(str(file),),
            mend=f"write, for example, {_EXAMPLE}",
        ) from None
