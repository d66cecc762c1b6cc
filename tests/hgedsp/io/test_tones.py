"""Tones in .json files."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hgedsp.errors import TraceError
from hgedsp.io import read_tones

EXAMPLE = '{"frequency_Hz": [1010, 1090], "amplitude_V": [0.005, 0.005]}'


def test_reads_arrays(tmp_path):
    path = tmp_path / "t.json"
    path.write_text(EXAMPLE)
    tones = read_tones(path)
    assert list(tones) == ["frequency_Hz", "amplitude_V"]
    np.testing.assert_array_equal(tones["frequency_Hz"], [1010.0, 1090.0])


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        ("{\n1", "the file is no JSON: Expecting property name enclosed in double quotes", 2),
        ("[1, 2]", "the file holds no names with numbers", None),
        ('{"frequency_Hz": ["a"]}', "frequency_Hz is not a number or a list of numbers", None),
    ],
)
def test_refuses_other_content(tmp_path, content, what, line):
    path = tmp_path / "t.json"
    path.write_text(content)
    place = f"{path}, line {line}" if line else f"{path}"
    text = f"{what}\n  at   {place}\n  mend write, for example, {EXAMPLE}"
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        read_tones(path)


def test_refuses_a_missing_file(tmp_path):
    path = tmp_path / "t.json"
    text = (
        "the tones cannot be read: No such file or directory\n"
        f"  at   {path}\n  mend check the folder and the name"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        read_tones(path)
