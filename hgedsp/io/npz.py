"""NumPy's .npz files: the samples lazily, all other arrays beside them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.errors import TraceError
from hgedsp.io.npy import Header, map_samples, read_header
from hgedsp.io.samples import Converted, truncated
from hgedsp.trace import Samples, Trace

# Where no key is given, the samples are the first of these that the file has.
SAMPLE_KEYS = ("current_nA", "current_A", "output", "samples", "signal", "trace", "data")

_LOCAL_HEADER = struct.Struct("<26xHH")  # up to the lengths of name and extra field


def open_npz(path: Path, key: str | None) -> Trace:
    """Open the samples of a .npz file under `key`; see `hgedsp.io.open_trace`."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name.removesuffix(".npy"): name for name in archive.namelist()}
            key = _choose(path, list(members), key)
            samples = _open_member(path, archive, key, members[key])
            extra = {
                name: _read_array(path, archive, name, member)
                for name, member in members.items()
                if name != key
            }
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise broken(path, str(error)) from None
    rate = float(extra["sample_rate_Hz"]) if "sample_rate_Hz" in extra else None
    return Trace(samples, rate, f"{path}:{key}", extra=extra)


def broken(path: Path, error: str) -> TraceError:
    """Make the error for a .npz file whose parts do not fit together."""
    return TraceError(
        f"the file is cut off or damaged: {error[:1].lower()}{error[1:]}",
        where=(f"{path}, {path.stat().st_size} bytes",),
        mend="copy or record the file again",
    )


def _choose(path: Path, names: list[str], key: str | None) -> str:
    listing = ", ".join(names) or "nothing"
    if key is not None and key not in names:
        raise TraceError(
            f"there is no array {key}, only {listing}",
            where=(str(path),),
            mend="give one of these as key",
        )
    if key is None and len(names) == 1:
        return names[0]
    found = [name for name in SAMPLE_KEYS if name in names]
    if key is None and not found:
        raise TraceError(
            f"the file does not say which array is the trace: it holds {listing}",
            where=(str(path),),
            mend=f"give its name as key, or call it {', '.join(SAMPLE_KEYS[:-1])} "
            f"or {SAMPLE_KEYS[-1]}",
        )
    return found[0] if key is None else key


def _open_member(path: Path, archive: zipfile.ZipFile, key: str, member: str) -> Samples:
    info = archive.getinfo(member)
    if info.compress_type == zipfile.ZIP_STORED:
        # Stored as it is: the samples lie in the file itself and can be mapped.
        with path.open("rb") as file:
            file.seek(info.header_offset)
            head = file.read(_LOCAL_HEADER.size)
            if len(head) < _LOCAL_HEADER.size:
                raise zipfile.BadZipFile(f"no array {key} at byte {info.header_offset}")
            begin = info.header_offset + _LOCAL_HEADER.size + sum(_LOCAL_HEADER.unpack(head))
            file.seek(begin)
            header = read_header(file, path, key)
        return map_samples(path, header, begin, begin + info.file_size, key)
    with archive.open(info) as stream:
        header = read_header(stream, path, key)
    held = info.file_size - header.length
    if held < header.size:
        row = header.size // header.shape[0]
        raise truncated(path, f"{held // row} samples of {key}", f"{header.shape[0]}")
    if header.columns_first and len(header.shape) == 2:
        return _read_samples(path, archive, key, member)
    return _Compressed(path, member, header)


class _Compressed:
    """Samples unpacked as they are asked for; going forward costs nothing extra."""

    def __init__(self, path: Path, member: str, header: Header) -> None:
        self.shape = header.shape
        self._path = path
        self._header = header
        archive = zipfile.ZipFile(path)  # stays open as long as the samples live
        self._stream = archive.open(member)

    def __getitem__(self, cut: slice, /) -> npt.NDArray[Any]:
        start, stop, step = cut.indices(self.shape[0])
        row = self._header.size // self.shape[0]
        count = max(0, stop - start)
        try:
            self._stream.seek(self._header.length + start * row)
            held = self._stream.read(count * row)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise broken(self._path, str(error)) from None
        rows = np.frombuffer(held, dtype=self._header.dtype).reshape(count, *self.shape[1:])
        return rows[::step]


def _read_samples(path: Path, archive: zipfile.ZipFile, key: str, member: str) -> Samples:
    array = _read_array(path, archive, key, member)
    return Converted(array, array.shape, lambda rows: rows)


def _read_array(path: Path, archive: zipfile.ZipFile, name: str, member: str) -> npt.NDArray[Any]:
    with archive.open(member) as stream:
        try:
            array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
        except ValueError as error:
            raise TraceError(
                f"array {name} cannot be read: {str(error).splitlines()[0]}",
                where=(str(path),),
                mend="save it as an array of numbers or of text",
            ) from None
    return array
