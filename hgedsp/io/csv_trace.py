"""Tables of text, parsed as far as they are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.errors import TraceError
from hgedsp.io.csv_index import STRIDE, CsvIndex, holds_row, index_csv, is_number
from hgedsp.trace import Trace

_TIME_NAMES = {"time", "t", "time_s", "t_s", "time (s)", "t (s)", "time [s]", "t [s]"}


def open_csv(path: Path, column: int | str | None) -> Trace:
    """Open a .csv file; see `hgedsp.io.open_trace`."""
    table = _Table(path, index_csv(path))
    if not table.index.rows:
        raise TraceError(
            "the file has no rows of numbers", where=(str(path),), mend="record at least one sample"
        )
    names = table.index.names
    time = next((i for i, name in enumerate(names) if name.lower() in _TIME_NAMES), None)
    if column is None:
        columns = [i for i in range(table.index.width) if i != time]
    else:
        columns = [_find(path, table.index, column)]
    if not columns:
        raise TraceError(
            "the file has a column of times, but no samples",
            where=(str(path),),
            mend="add a column of samples",
        )
    clock = None if time is None else _Clock.of(table, time)
    named = f":{names[columns[0]]}" if names and len(columns) == 1 else ""
    rate = None if clock is None else clock.rate
    return Trace(CsvSamples(table, columns, clock), rate, f"{path}{named}")


def _find(path: Path, index: CsvIndex, column: int | str) -> int:
    if column in index.names:
        return index.names.index(str(column))
    if isinstance(column, int) and 0 <= column < index.width:
        return column
    names = f", named {', '.join(index.names)}" if index.names else ""
    raise TraceError(
        f"there is no column {column!r}",
        where=(str(path),),
        mend=f"the columns are 0 to {index.width - 1}{names}",
    )


class CsvSamples:
    """Columns of a table, cut like an array."""

    def __init__(self, table: _Table, columns: list[int], clock: _Clock | None) -> None:
        rows = table.index.rows
        self.shape: tuple[int, ...] = (rows,) if len(columns) == 1 else (rows, len(columns))
        self._table = table
        self._columns = columns
        self._clock = clock

    def __getitem__(self, cut: slice, /) -> FloatArray:
        start, stop, step = cut.indices(self.shape[0])
        rows = self._table.read(start, stop)
        if self._clock is not None:
            self._clock.check(rows, start)
        values: FloatArray = rows[::step, self._columns]
        return values[:, 0] if len(self._columns) == 1 else values


class _Table:
    """Rows of numbers in a file of text."""

    def __init__(self, path: Path, index: CsvIndex) -> None:
        self.path = path
        self.index = index

    def read(self, start: int, stop: int) -> FloatArray:
        """Return rows start to stop, all columns, shape (stop - start, width)."""
        if stop <= start:
            return np.zeros((0, self.index.width))
        lines = self._lines(start, stop)
        text = [line.decode("utf-8", errors="replace") for _, line in lines]
        # Never None, which would take blanks for delimiters.
        delimiter = self.index.delimiter or ","
        try:
            rows: FloatArray = np.loadtxt(text, delimiter=delimiter, comments=None, ndmin=2)
        except ValueError:
            raise self._no_number(lines) from None
        return rows

    def line(self, row: int) -> int:
        """Return the line number of a row, from 1."""
        return self._lines(row, row + 1)[0][0]

    def _lines(self, start: int, stop: int) -> list[tuple[int, bytes]]:
        first, last = start // STRIDE, -(-stop // STRIDE)
        (begin, number), (end, _) = self.index.marks[first], self.index.marks[last]
        with self.path.open("rb") as file:
            file.seek(begin)
            block = file.read(end - begin)
        lines = [(number + i, line) for i, line in enumerate(block.split(b"\n")) if holds_row(line)]
        return lines[start - first * STRIDE : stop - first * STRIDE]

    def _no_number(self, lines: list[tuple[int, bytes]]) -> TraceError:
        for number, line in lines:
            text = line.decode("utf-8", errors="replace").strip()
            for cell in text.split(self.index.delimiter or "\0"):
                if not is_number(cell):
                    return TraceError(
                        f"{cell.strip()!r} is not a number",
                        where=(f"{self.path}, line {number}",),
                        mend="write numbers as 1.5e-3, with a decimal point, and part columns by "
                        "comma, semicolon or tab",
                    )
        raise AssertionError("every cell is a number, yet the rows cannot be read")


class _Clock:
    """The column of times: evenly spaced, or it is no sample rate."""

    def __init__(self, table: _Table, column: int, first: float, rate: float) -> None:
        self._table = table
        self._column = column
        self._first = first
        self.rate = rate

    @classmethod
    def of(cls, table: _Table, column: int) -> _Clock | None:
        """Find the rate from the first and last time; None if there is but one."""
        rows = table.index.rows
        if rows < 2:
            return None
        first = float(table.read(0, 1)[0, column])
        seconds = float(table.read(rows - 1, rows)[0, column]) - first
        if not seconds > 0:
            raise TraceError(
                f"the times do not rise: the last is {seconds:g} s after the first",
                where=(f"{table.path}, line {table.line(rows - 1)}",),
                mend="give times in s that rise evenly, or rename the column",
            )
        return cls(table, column, first, _shortest((rows - 1) / seconds, rows))

    def check(self, rows: FloatArray, start: int) -> None:
        """Refuse a gap: a time more than half a sample from its place."""
        expected = self._first + np.arange(start, start + len(rows)) / self.rate
        late = ~(np.abs(rows[:, self._column] - expected) <= 0.5 / self.rate)
        if late.any():
            row = int(np.argmax(late))
            raise TraceError(
                f"the times are not evenly spaced: {rows[row, self._column]:.9g} s "
                f"where {expected[row]:.9g} s is due at {self.rate:g} Hz",
                where=(f"{self._table.path}, line {self._table.line(start + row)}",),
                mend="cut the trace at the gap, or resample it",
            )


def _shortest(rate: float, rows: int) -> float:
    """Return the shortest decimal number that puts the last sample right within 1 % of a sample.

    Times as written are rounded; 50000.00002 Hz would make no tone fit a window.
    """
    for digits in range(1, 17):
        candidate = float(f"{rate:.{digits}g}")
        if abs(candidate / rate - 1) * rows < 0.01:
            return candidate
    return rate
