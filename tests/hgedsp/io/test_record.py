"""Records on disk."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from hgedsp.errors import MissingExtraError, ParameterError, TraceError
from hgedsp.io import load_record, save_record, versions

ARRAYS = {"file": np.arange(6.0).reshape(3, 2), "n": np.int64(3), "names": np.array(["a", "ä"])}
CONFIG = {"seed": np.int64(7), "rates": np.array([0.1, 0.2]), "path": Path("x"), "versions": {}}


@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_gives_back_what_was_saved(tmp_path, ending):
    save_record(tmp_path / f"deep/r{ending}", ARRAYS, CONFIG)
    arrays, config = load_record(tmp_path / f"deep/r{ending}")
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, ARRAYS[name])
        assert array.dtype.kind == np.asarray(ARRAYS[name]).dtype.kind
    assert config == {"seed": 7, "rates": [0.1, 0.2], "path": "x", "versions": {}}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == [f"r{ending}"]


def test_equal_records_are_equal_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        save_record(tmp_path / name, ARRAYS, CONFIG)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_failed_write_leaves_the_old_record_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "r.npz"
    save_record(path, {"a": np.zeros(3)}, {})
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(np.lib.format, "write_array", fail)
    with pytest.raises(OSError, match=r"^disk full$"):
        save_record(path, {"a": np.ones(3)}, {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "arrays", "config", "text"),
    [
        (
            "r.txt",
            {},
            {},
            "a record is written to .npz or .h5, not to r.txt\n  mend name it r.npz",
        ),
        (
            "r.npz",
            {"config": 1},
            {},
            "array config is called config\n"
            "  mend give arrays of numbers or text, under other names",
        ),
        (
            "r.npz",
            {"a": [None]},
            {},
            "array a holds objects\n  mend give arrays of numbers or text, under other names",
        ),
        (
            "r.npz",
            {},
            {"a": {1, 2}},
            "JSON cannot hold the configuration: set {1, 2}\n"
            "  mend give numbers, text, lists and dicts of these",
        ),
    ],
)
def test_refuses_what_cannot_be_kept(tmp_path, name, arrays, config, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        save_record(tmp_path / name, arrays, config)


def test_names_the_extra_if_h5py_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    text = (
        "a record in a .h5 file needs the package h5py, which is not installed\n"
        '  mend type: pip install "hgedsp[hdf5]"'
    )
    with pytest.raises(MissingExtraError, match=f"^{re.escape(text)}$"):
        save_record(tmp_path / "r.h5", {}, {})


@pytest.mark.parametrize("content", [b"PK", None])
def test_refuses_a_file_that_is_no_record(tmp_path, content):
    path = tmp_path / "r.npz"
    if content is None:
        np.savez(path, a=1)
    else:
        path.write_bytes(content)
    begin = re.escape("the file is no record, or damaged: ")
    with pytest.raises(TraceError, match=rf"^{begin}.*\n  at   .*r\.npz\n  mend take a file"):
        load_record(path)


def test_refuses_a_missing_record(tmp_path):
    path = tmp_path / "r.npz"
    text = f"there is no such record\n  at   {path}\n  mend check the folder and the name"
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        load_record(path)


def test_versions_name_all_that_results_depend_on():
    assert set(versions()) == {"python", "numpy", "scipy", "numba", "hgedsp"}
    assert versions()["numpy"] == np.__version__
