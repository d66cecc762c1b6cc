"""Arrays side by side in one file."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hgedsp.errors import TraceError
from hgedsp.io import open_trace

SAMPLES = np.random.default_rng(2).standard_normal((3000, 2))


def test_maps_stored_samples(tmp_path):
    np.savez(tmp_path / "t.npz", sample_rate_Hz=1000.0, output=SAMPLES[:, 0])
    trace = open_trace(tmp_path / "t.npz")
    assert isinstance(trace.samples, np.memmap)
    np.testing.assert_array_equal(trace.samples, SAMPLES[:, 0])


@pytest.mark.parametrize("order", ["C", "F"])
def test_unpacks_compressed_samples_as_they_are_asked_for(tmp_path, order):
    np.savez_compressed(tmp_path / "t.npz", output=np.asarray(SAMPLES, order=order))
    samples = open_trace(tmp_path / "t.npz").samples
    assert samples.shape == (3000, 2)
    for cut in (slice(100, 200), slice(2000, 3500), slice(0, 10), slice(5, 5)):
        np.testing.assert_array_equal(samples[cut], SAMPLES[cut])


def test_honours_sample_rate_and_keeps_all_other_arrays(tmp_path):
    np.savez(tmp_path / "t.npz", sample_rate_Hz=1e4, current_nA=SAMPLES[:, 0], frequency_Hz=[1, 2])
    trace = open_trace(tmp_path / "t.npz")
    assert trace.sample_rate == 1e4
    assert set(trace.extra) == {"sample_rate_Hz", "frequency_Hz"}
    assert trace.name == f"{tmp_path / 't.npz'}:current_nA"


def test_takes_keys_in_the_documented_order_unless_one_is_given(tmp_path):
    np.savez(tmp_path / "t.npz", data=[1.0], output=[2.0], current_nA=[3.0])
    assert open_trace(tmp_path / "t.npz").samples[:1] == 3.0
    assert open_trace(tmp_path / "t.npz", key="data").samples[:1] == 1.0


def test_takes_the_only_array_whatever_its_name(tmp_path):
    np.savez(tmp_path / "t.npz", anything=[1.0, 2.0])
    assert len(open_trace(tmp_path / "t.npz")) == 2


@pytest.mark.parametrize(
    ("key", "what", "mend"),
    [
        (
            None,
            "the file does not say which array is the trace: it holds a, b",
            "give its name as key, or call it current_nA, current_A, output, samples, signal, "
            "trace or data",
        ),
        ("c", "there is no array c, only a, b", "give one of these as key"),
        (
            "b",
            "b is complex (complex128)",
            "save its real part, or the real and imaginary parts as two traces",
        ),
    ],
)
def test_says_which_arrays_there_are(tmp_path, key, what, mend):
    path = tmp_path / "t.npz"
    np.savez(path, a=[1.0], b=[1j])
    text = f"{what}\n  at   {path}\n  mend {mend}"
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path, key=key)


def test_refuses_a_truncated_file(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, output=SAMPLES)
    path.write_bytes(path.read_bytes()[:20000])
    text = (
        "the file is cut off or damaged: file is not a zip file\n"
        f"  at   {path}, 20000 bytes\n"
        "  mend copy or record the file again"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path)


def test_refuses_damage_in_compressed_samples(tmp_path):
    path = tmp_path / "t.npz"
    np.savez_compressed(path, output=SAMPLES)
    content = bytearray(path.read_bytes())
    content[20000:20100] = bytes(100)
    path.write_bytes(content)
    trace = open_trace(path)
    with pytest.raises(TraceError, match=r"^the file is cut off or damaged: .*\n  at   .*t\.npz, "):
        trace.samples[:]


def test_refuses_a_sample_rate_of_zero_in_the_file(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, output=[1.0], sample_rate_Hz=0.0)
    text = (
        "the file says a sample rate of 0 Hz\n"
        f"  at   {path}\n"
        "  mend give sample_rate, samples per second, above 0"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path)
