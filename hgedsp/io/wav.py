"""Sound files, as a sound card records them."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.io import wavfile

from hgedsp.errors import TraceError
from hgedsp.io.samples import Converted, check_samples
from hgedsp.trace import Samples, Trace


def open_wav(path: Path) -> Trace:
    """Map a .wav file; whole-number samples are scaled to -1 .. 1 as they are read."""
    try:
        rate, samples = _read(path)
    except (ValueError, EOFError, struct.error, wavfile.WavFileWarning) as error:
        raise TraceError(
            f"the file is cut off or no .wav file: {str(error).rstrip('.')}",
            where=(f"{path}, {path.stat().st_size} bytes",),
            mend="copy or record the file again",
        ) from None
    check_samples(path, "the sound", samples.shape, samples.dtype)
    return Trace(_scaled(samples), float(rate), str(path))


def _read(path: Path) -> tuple[int, npt.NDArray[Any]]:
    with warnings.catch_warnings():
        # Chunks of titles and markers are none of our business; missing samples are.
        warnings.simplefilter("ignore", wavfile.WavFileWarning)
        try:
            rate, samples = wavfile.read(path, mmap=True)
        except ValueError as error:
            if "container size" not in str(error):
                raise
            # 24 bits per sample match no type of NumPy, so they cannot be mapped.
            warnings.filterwarnings("error", "Reached EOF", wavfile.WavFileWarning)
            rate, samples = wavfile.read(path)
    return rate, samples


def _scaled(samples: npt.NDArray[Any]) -> Samples:
    dtype = samples.dtype
    if dtype.kind == "f":
        floats: Samples = samples
        return floats
    full_scale = 2.0 ** (8 * dtype.itemsize - 1)
    # One byte per sample counts from 0, with silence at 128.
    zero = full_scale if dtype.kind == "u" else 0.0
    source: Samples = samples
    return Converted(
        source, samples.shape, lambda cut: (cut.astype(np.float64) - zero) / full_scale
    )
