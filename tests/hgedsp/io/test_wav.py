"""Sound files."""

from __future__ import annotations

import re
import struct

import numpy as np
import pytest
from scipy.io import wavfile

from hgedsp.errors import TraceError
from hgedsp.io import open_trace


@pytest.mark.parametrize(
    ("dtype", "low", "zero", "high"),
    [
        (np.uint8, 0, 128, 255),
        (np.int16, -(2**15), 0, 2**15 - 1),
        (np.int32, -(2**31), 0, 2**31 - 1),
    ],
)
def test_whole_numbers_become_plus_minus_one(tmp_path, dtype, low, zero, high):
    wavfile.write(tmp_path / "y.wav", 44100, np.array([low, zero, high], dtype=dtype))
    trace = open_trace(tmp_path / "y.wav")
    step = 2.0 / (float(high) - float(low) + 1)
    np.testing.assert_allclose(trace.samples[:], [-1.0, 0.0, 1.0 - step], rtol=1e-15)
    assert trace.sample_rate == 44100


def test_reads_24_bits(tmp_path):
    levels = [-(2**23), 0, 2**22]
    data = b"".join(level.to_bytes(3, "little", signed=True) for level in levels)
    (tmp_path / "y.wav").write_bytes(_wav(24, data))
    np.testing.assert_array_equal(open_trace(tmp_path / "y.wav").samples[:], [-1.0, 0.0, 0.5])


def test_channels_are_lanes(tmp_path):
    table = np.arange(10, dtype=np.float32).reshape(5, 2)
    wavfile.write(tmp_path / "y.wav", 8000, table)
    trace = open_trace(tmp_path / "y.wav")
    assert trace.lanes == 2
    np.testing.assert_array_equal(trace.samples[1:3], table[1:3])


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all"])
def test_refuses_what_is_no_sound(tmp_path, content):
    path = tmp_path / "y.wav"
    path.write_bytes(content)
    with pytest.raises(TraceError, match=r"^the file is cut off or no \.wav file: .*\n  at   "):
        open_trace(path)


def test_refuses_a_truncated_file(tmp_path):
    path = tmp_path / "y.wav"
    path.write_bytes(_wav(16, bytes(600))[:-101])
    text = (
        "the file is cut off or no .wav file: mmap length is greater than file size\n"
        f"  at   {path}, 543 bytes\n"
        "  mend copy or record the file again"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path)


def test_refuses_truncated_24_bits(tmp_path):
    path = tmp_path / "y.wav"
    path.write_bytes(_wav(24, bytes(600))[:-102])
    text = (
        "the file is cut off or no .wav file: Reached EOF prematurely; finished at 542 bytes, "
        "expected 644 bytes from header\n"
        f"  at   {path}, 542 bytes\n"
        "  mend copy or record the file again"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path)


def _wav(bits: int, data: bytes) -> bytes:
    size = bits // 8
    head = struct.pack("<HHIIHH", 1, 1, 8000, 8000 * size, size, bits)
    body = (
        b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(data)) + data
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body
