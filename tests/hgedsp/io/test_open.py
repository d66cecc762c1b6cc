"""What holds for all formats, and what the run makes of a trace."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import wavfile

import hgedsp as hg
from hgedsp.errors import ParameterError, SampleError, TraceError
from hgedsp.io import open_trace

SAMPLES = np.random.default_rng(1).standard_normal(5000)


def write(folder: Path, ending: str, samples: np.ndarray = SAMPLES) -> Path:
    path = folder / f"trace{ending}"
    if ending == ".npy":
        np.save(path, samples)
    elif ending == ".npz":
        np.savez(path, samples=samples)
    elif ending == ".wav":
        wavfile.write(path, 48000, samples)
    else:
        np.savetxt(path, samples)
    return path


@pytest.mark.parametrize("ending", [".npy", ".npz", ".wav", ".csv"])
def test_every_format_gives_back_what_was_written(tmp_path, ending):
    trace = open_trace(write(tmp_path, ending))
    assert len(trace) == 5000
    assert trace.lanes == 1
    np.testing.assert_array_equal(trace.samples[:], SAMPLES)


@pytest.mark.parametrize("ending", [".npy", ".npz", ".wav", ".csv"])
def test_any_cut_equals_that_of_the_array(tmp_path, ending):
    trace = open_trace(write(tmp_path, ending))

    @settings(deadline=None, max_examples=20)
    @given(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 5))
    def check(start: int, stop: int, step: int) -> None:
        cut = slice(start, stop, step)
        np.testing.assert_array_equal(trace.samples[cut], SAMPLES[cut])

    check()


def test_a_given_sample_rate_counts_more_than_the_file(tmp_path):
    path = write(tmp_path, ".wav")
    assert open_trace(path).sample_rate == 48000
    assert open_trace(path, sample_rate=96000.0).sample_rate == 96000


def test_one_column_of_several_is_picked(tmp_path):
    table = SAMPLES.reshape(-1, 2)
    path = write(tmp_path, ".npy", table)
    assert open_trace(path).lanes == 2
    trace = open_trace(path, column=1)
    assert trace.lanes == 1
    np.testing.assert_array_equal(trace.samples[10:20], table[10:20, 1])


@pytest.mark.parametrize(
    ("name", "options", "what", "mend"),
    [
        ("none.npy", {}, "there is no such file", "check the folder and the name"),
        (
            "trace.mat",
            {},
            "no trace is read from files ending in .mat",
            "convert it to one of .npy, .npz, .wav, .csv",
        ),
        (
            "trace.npy",
            {"key": "y"},
            "key 'y' is given, but only .npz files have keys",
            "leave key out",
        ),
        (
            "trace.npy",
            {"column": "y"},
            "column 'y' is a name, but only .csv files name their columns",
            "give the number of the column, from 0",
        ),
        (
            "trace.npy",
            {"column": 1},
            "there is no column 1, only 1",
            "give a column from 0 to 0",
        ),
    ],
)
def test_refuses_what_it_cannot_open(tmp_path, name, options, what, mend):
    write(tmp_path, ".npy")
    (tmp_path / "trace.mat").write_bytes(b"MATLAB")
    text = f"{what}\n  at   {tmp_path / name}\n  mend {mend}"
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(tmp_path / name, **options)


def test_refuses_a_sample_rate_of_zero(tmp_path):
    text = (
        "open_trace needs sample_rate above 0 Hz, got 0.0 Hz\n"
        "  mend give sample_rate a positive number in Hz"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        open_trace(write(tmp_path, ".npy"), sample_rate=0.0)


@pytest.mark.parametrize("ending", [".npy", ".npz", ".wav", ".csv"])
def test_a_run_refuses_nan_and_names_file_and_sample(tmp_path, ending):
    samples = SAMPLES.copy()
    samples[[3210, 3215]] = np.nan
    trace = open_trace(write(tmp_path, ending, samples))
    kernel = hg.Graph(48000.0, {"y": hg.LowPass(0.01)(hg.Input("x"))}).compile()
    text = (
        "input x is nan at sample 3210 and 1 more\n"
        f"  at   {trace.name}\n"
        "  mend cut these samples out or fill them in: a filter would carry them on for ever"
    )
    assert str(tmp_path / f"trace{ending}") in trace.name
    with pytest.raises(SampleError, match=f"^{re.escape(text)}$"):
        kernel.run(trace, progress=False, chunk=4000)
