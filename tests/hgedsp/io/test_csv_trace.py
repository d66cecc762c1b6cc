"""Tables of text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from hgedsp.errors import TraceError
from hgedsp.io import open_trace

TABLE = np.random.default_rng(3).standard_normal((4000, 2))


def write(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    return path


def table(rows: int, rate: float, header: str = "time,current_nA") -> str:
    return "\n".join([header, *(f"{n / rate!r},{float(np.sin(n))!r}" for n in range(rows))]) + "\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_finds_the_delimiter(tmp_path, delimiter):
    np.savetxt(tmp_path / "t.csv", TABLE, delimiter=delimiter)
    trace = open_trace(tmp_path / "t.csv")
    assert trace.lanes == 2
    assert trace.sample_rate is None
    np.testing.assert_array_equal(trace.samples[1000:3000], TABLE[1000:3000])


def test_skips_comments_and_blank_lines_anywhere(tmp_path):
    lines = [
        f"{x!r}\r\n" + "# remark\r\n\r\n" * (i % 3) for i, x in enumerate(TABLE[:, 0].tolist())
    ]
    path = tmp_path / "t.csv"
    path.write_bytes(("\ufeff# head\r\ncurrent\r\n" + "".join(lines)).encode())
    trace = open_trace(path)
    np.testing.assert_array_equal(trace.samples[1020:2060], TABLE[1020:2060, 0])
    assert trace.name == f"{path}:current"


def test_a_byte_order_mark_before_numbers_is_no_header(tmp_path):
    trace = open_trace(write(tmp_path, "\ufeff1.0\n2.0\n"))
    np.testing.assert_array_equal(trace.samples[:], [1.0, 2.0])


def test_a_last_line_without_end_counts(tmp_path):
    np.testing.assert_array_equal(open_trace(write(tmp_path, "1\n2")).samples[:], [1, 2])


@pytest.mark.parametrize("rate", [1000.0, 50000.0, 44100.0, 12345.678, 1e6])
@pytest.mark.parametrize("name", ["time", "t", "Time_s"])
def test_the_time_column_gives_the_rate_exactly(tmp_path, rate, name):
    trace = open_trace(write(tmp_path, table(3000, rate, f"{name},current_nA")))
    assert trace.sample_rate == rate
    assert trace.lanes == 1
    np.testing.assert_array_equal(trace.samples[:], np.sin(np.arange(3000)))


@pytest.mark.parametrize("form", ["%.6f", "%.18e", "%.9g"])
def test_rounded_times_still_give_the_rate(tmp_path, form):
    time = np.arange(30000) / 44100
    np.savetxt(tmp_path / "t.csv", np.c_[time, time], form, ",", header="time,y", comments="")
    assert open_trace(tmp_path / "t.csv").sample_rate == 44100


def test_columns_are_picked_by_name_or_number(tmp_path):
    path = write(tmp_path, "t,a,b\n0,1,2\n1,3,4\n")
    np.testing.assert_array_equal(open_trace(path, column="b").samples[:], [2, 4])
    np.testing.assert_array_equal(open_trace(path, column=1).samples[:], [1, 3])
    assert open_trace(path).lanes == 2


@pytest.mark.parametrize(
    ("content", "line", "what", "mend"),
    [
        (
            "a,b\n1,2\n# x\n3\n4,5\n",
            ", line 4",
            "a row has 1 column, but the first has 2",
            "mend this line; if it is the last one, the file was cut off: take it out",
        ),
        (
            "",
            "",
            "the file has no rows of numbers",
            "record at least one sample",
        ),
        (
            "time,current\n",
            "",
            "the file has no rows of numbers",
            "record at least one sample",
        ),
        (
            "time\n1\n2\n",
            "",
            "the file has a column of times, but no samples",
            "add a column of samples",
        ),
        (
            "time,y\n1,1\n1,2\n",
            ", line 3",
            "the times do not rise: the last is 0 s after the first",
            "give times in s that rise evenly, or rename the column",
        ),
    ],
)
def test_refuses_a_table_that_is_no_trace(tmp_path, content, line, what, mend):
    path = write(tmp_path, content)
    text = f"{what}\n  at   {path}{line}\n  mend {mend}"
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path)


@pytest.mark.parametrize(
    ("content", "line", "cell"),
    [
        ("1\n2\nx3\n", 3, "x3"),
        ("y\n1\n# a\n2_0\n", 4, "2_0"),
        ("1 2\n3 4\n", 2, "3 4"),
        ("1;2\n1,5;2\n", 2, "1,5"),
        ("1,2\n3,\n", 2, ""),
    ],
)
def test_names_the_line_of_what_is_no_number(tmp_path, content, line, cell):
    path = write(tmp_path, content)
    trace = open_trace(path)
    text = (
        f"{cell!r} is not a number\n"
        f"  at   {path}, line {line}\n"
        "  mend write numbers as 1.5e-3, with a decimal point, and part columns by comma, "
        "semicolon or tab"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        trace.samples[:]


def test_refuses_a_file_cut_off_in_its_last_line(tmp_path):
    text = table(2000, 1000.0)
    path = write(tmp_path, text[: text.rindex(",")])
    message = (
        "a row has 1 column, but the first has 2\n"
        f"  at   {path}, line 2001\n"
        "  mend mend this line; if it is the last one, the file was cut off: take it out"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(message)}$"):
        open_trace(path)


def test_names_the_line_of_a_gap_in_time(tmp_path):
    lines = table(2000, 1000.0).splitlines()
    del lines[1500:1510]
    path = write(tmp_path, "\n".join(lines))
    trace = open_trace(path)
    text = (
        "the times are not evenly spaced: 0.011 s after 1.498 s, but 0.00100503 s on average\n"
        f"  at   {path}, line 1501\n"
        "  mend cut the trace at the gap, or resample it"
    )
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        trace.samples[:]


def test_an_unknown_column_is_refused(tmp_path):
    path = write(tmp_path, "t,a\n0,1\n1,3\n")
    text = f"there is no column 'b'\n  at   {path}\n  mend the columns are 0 to 1, named t, a"
    with pytest.raises(TraceError, match=f"^{re.escape(text)}$"):
        open_trace(path, column="b")
