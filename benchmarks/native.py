"""C sources of this folder, compiled when they are needed."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray
from hgedsp.errors import HgedspError

_FOLDER = Path(__file__).parent
_FLAGS = ("-O3", "-march=native", "-ffast-math", "-fPIC", "-std=gnu11")
# Vectors wider than those of the machine are split, and gcc notes that it does so.
_QUIET = ("-Wno-psabi",)
_ALIGNMENT = 64  # bytes: a cache line, and the widest register


class PeerError(HgedspError):
    """A peer cannot be had on this machine."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler."""

    command: str
    version: str


@cache
def find_compiler() -> Compiler | None:
    """Return gcc or clang, whichever is there first."""
    for name in ("gcc", "clang"):
        command = shutil.which(name)
        if command is None:
            continue
        told = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
        if told.returncode == 0 and told.stdout:
            return Compiler(command, told.stdout.splitlines()[0])
    return None


@cache
def load(source: str, *flags: str) -> ctypes.CDLL:
    """Compile a file of this folder and load it.

    Raises
    ------
    PeerError
        If there is no compiler, or it refuses the file.
    """
    compiler = find_compiler()
    if compiler is None:
        raise PeerError(
            "there is no gcc or clang to compile it", mend="install gcc (apt install gcc)"
        )
    with tempfile.TemporaryDirectory() as folder:
        built, library = Path(folder) / "peer.o", Path(folder) / "peer.so"
        _run(compiler, [*_FLAGS, *_QUIET, *flags, "-c", str(_FOLDER / source), "-o", str(built)])
        # Linked without -ffast-math: with it gcc adds code that makes this whole process, our own
        # kernels too, flush small numbers to zero from then on.
        _run(compiler, ["-shared", str(built), "-o", str(library)])
        return ctypes.CDLL(str(library))


def _run(compiler: Compiler, arguments: Sequence[str]) -> None:
    done = subprocess.run(
        [compiler.command, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or [
            "no reason given"
        ]
        raise PeerError(
            f"{compiler.version} refuses it: {lines[0]}", mend="take gcc 12 or clang 15, or newer"
        )


def call(function: Any, *arguments: npt.NDArray[Any] | float) -> None:
    """Call a C function of pointers, longs and doubles that returns nothing."""
    function.restype = None
    function(*(_as_c(argument) for argument in arguments))


def _as_c(argument: npt.NDArray[Any] | float) -> Any:
    if isinstance(argument, np.ndarray):
        return ctypes.c_void_p(argument.ctypes.data)
    return ctypes.c_long(argument) if isinstance(argument, int) else ctypes.c_double(argument)


def aligned(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a flat copy that begins on a cache line."""
    buffer = np.zeros(array.nbytes + _ALIGNMENT, dtype=np.uint8)
    start = -buffer.ctypes.data % _ALIGNMENT
    copy = buffer[start : start + array.nbytes].view(array.dtype)
    copy[:] = array.ravel()
    return copy


def tiled(rows: FloatArray, lanes: int) -> FloatArray:
    """Turn rows of shape (fields, K) into shape (tiles, fields, lanes), filled up with zeros."""
    fields, width = rows.shape
    tiles = -(-width // lanes)
    full = np.zeros((fields, tiles * lanes))
    full[:, :width] = rows
    return np.ascontiguousarray(full.reshape(fields, tiles, lanes).transpose(1, 0, 2))
