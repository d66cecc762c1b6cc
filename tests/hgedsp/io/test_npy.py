"""Arrays on disk."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hgedsp.errors import TraceError
from hgedsp.io import open_trace


def test_is_mapped_not_loaded(tmp_path):
    np.save(tmp_path / "y.npy", np.arange(10.0))
    assert isinstance(open_trace(tmp_path / "y.npy").samples, np.memmap)


@pytest.mark.parametrize("order", ["C", "F"])
def test_keeps_rows_as_samples_in_either_order(tmp_path, order):
    table = np.arange(12, dtype=np.int16).reshape(6, 2)
    np.save(tmp_path / "y.npy", np.asarray(table, order=order))
    np.testing.assert_array_equal(open_trace(tmp_path / "y.npy").samples[2:5], table[2:5])


@pytest.mark.parametrize(
    ("array", "what", "mend"),
    [
        (
            np.zeros(3, dtype=np.complex128),
            "the array is complex (complex128)",
            "save its real part, or the real and imaginary parts as two traces",
        ),
        (
            np.array(["a", "b"]),
            "the array holds no numbers, but <U1",
            "save an array of real numbers, such as float64",
        ),
        (
            np.array([None, 1], dtype=object),
            "the array holds no numbers, but object",
            "save an array of real numbers, such as float64",
        ),
        (
            np.zeros((2, 3, 4)),
            "the array has 3 dimensions, shape (2, 3, 4)",
            "save one row per sample: shape (N,) or (N, lanes)",
        ),
        (
            np.float64(1.0),
            "the array has 0 dimensions, shape ()",
            "save one row per sample: shape (N,) or (N, lanes)",
        ),
        (
            np.zeros(0),
            "the array has no samples, shape (0,)",
            "record at least one sample",
        ),
    ],
)
def test_refuses_what_is_no_trace(tmp_path, array, what, mend):
    path = tmp_path / "y.npy"
    np.save(path, array, allow_pickle=True)
    text = f"{what}\n  at   {path}\n  mend {mend}"
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path)


def test_says_how_many_samples_a_truncated_file_holds(tmp_path):
    path = tmp_path / "y.npy"
    np.save(path, np.zeros(100))
    path.write_bytes(path.read_bytes()[:-401])
    text = (
        "the file is cut off: it holds 49 samples of the array, but should hold 100\n"
        f"  at   {path}\n"
        "  mend copy or record the file again"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "EOF: reading magic string, expected 8 bytes got 0"),
        (
            b"not a numpy file",
            r"the magic string is not correct; expected b'\x93NUMPY', got b'not a '",
        ),
    ],
)
def test_refuses_another_beginning(tmp_path, content, reason):
    path = tmp_path / "y.npy"
    path.write_bytes(content)
    text = (
        f"the array does not begin as a .npy file does: {reason}\n"
        f"  at   {path}, byte 0\n"
        "  mend write it with numpy.save, and copy it whole"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path)
