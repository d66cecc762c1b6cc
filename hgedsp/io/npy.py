"""NumPy's .npy files, mapped into memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from hgedsp.errors import TraceError
from hgedsp.io.samples import check_samples, truncated
from hgedsp.trace import Samples, Trace


@dataclass(frozen=True)
class Header:
    """What the head of a .npy file says, and how many bytes it takes."""

    shape: tuple[int, ...]
    columns_first: bool
    dtype: np.dtype[Any]
    length: int

    @property
    def size(self) -> int:
        """Bytes of all samples."""
        return math.prod(self.shape) * self.dtype.itemsize


def open_npy(path: Path) -> Trace:
    """Map a .npy file; only what is asked for is read from disk."""
    with path.open("rb") as file:
        header = read_header(file, path, "the array")
    return Trace(map_samples(path, header, 0, path.stat().st_size, "the array"), name=str(path))


def read_header(file: IO[bytes], path: Path, name: str) -> Header:
    """Read the head of a .npy file that starts where `file` stands, and check the array."""
    begin = file.tell()
    try:
        version = np.lib.format.read_magic(file)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read is None:
            raise ValueError(f"version {version[0]}.{version[1]} of the format is not known")
        shape, columns_first, dtype = read(file)
    except (ValueError, EOFError) as error:
        raise TraceError(
            f"{name} does not begin as a .npy file does: {str(error).splitlines()[0]}",
            where=(f"{path}, byte {begin}",),
            mend="write it with numpy.save, and copy it whole",
        ) from None
    check_samples(path, name, shape, dtype)
    return Header(shape, columns_first, dtype, file.tell() - begin)


def map_samples(path: Path, header: Header, begin: int, end: int, name: str) -> Samples:
    """Map the samples behind a header at byte `begin`, in a file that ends at byte `end`."""
    held = end - begin - header.length
    if held < header.size:
        row = header.size // header.shape[0]
        raise truncated(path, f"{held // row} samples of {name}", f"{header.shape[0]}")
    samples: Samples = np.memmap(
        path,
        dtype=header.dtype,
        mode="r",
        offset=begin + header.length,
        shape=header.shape,
        order="F" if header.columns_first else "C",
    )
    return samples
