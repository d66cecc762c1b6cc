"""Tables of text, parsed as far as they are asked for."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.errors import TraceError
from hgedsp.io.csv_index import CsvIndex, index_csv
from hgedsp.io.csv_table import ROWS_FOR_DIGITS, Table
from hgedsp.trace import Trace

_ROWS_AT_ONCE = 1 << 16
# Rates that differ by less than this are the same, as in `Kernel.run`.
_SAME_RATE = 1e-9
_TIME_NAMES = {"time", "t", "time_s", "t_s", "time (s)", "t (s)", "time [s]", "t [s]"}


def open_csv(path: Path, column: int | str | None) -> Trace:
    """Open a .csv file; see `hgedsp.io.open_trace`."""
    table = Table(path, index_csv(path))
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

    def __init__(self, table: Table, columns: list[int], clock: _Clock | None) -> None:
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


class _Clock:
    """The column of times: evenly spaced, or it is no sample rate."""

    def __init__(self, table: Table, column: int, first: float, rate: float) -> None:
        self._table = table
        self._column = column
        self._first = first
        self.rate = rate

    @classmethod
    def of(cls, table: Table, column: int) -> _Clock | None:
        """Find the rate from the first and last time; None if there is but one."""
        rows = table.index.rows
        if rows < 2:
            return None
        first = float(table.read(0, 1)[0, column])
        seconds = float(table.read(max(0, rows - ROWS_FOR_DIGITS), rows)[-1, column]) - first
        if not 0 < seconds < math.inf:
            raise TraceError(
                f"the times do not rise: the last is {seconds:g} s after the first",
                where=(f"{table.path}, line {table.line(rows - 1)}",),
                mend="give times in s that rise evenly, or rename the column",
            )
        # Half a unit of the last digit at either end.
        rounding = table.last_digit(column) / seconds
        rate = _shortest((rows - 1) / seconds, _SAME_RATE + rounding)
        return cls(table, column, first, rate)

    def check(self, rows: FloatArray, start: int) -> None:
        """Refuse a gap: a time more than half a sample from its place."""
        expected = self._first + np.arange(start, start + len(rows)) / self.rate
        if not np.all(np.abs(rows[:, self._column] - expected) <= 0.5 / self.rate):
            raise self._uneven()

    def _uneven(self) -> TraceError:
        """Make the error that names the most uneven step of the whole file."""
        table, rows, step = self._table, self._table.index.rows, 1 / self.rate
        worst = (0.0, 0.0, 0.0, 0)
        for start in range(0, rows - 1, _ROWS_AT_ONCE):
            time = table.read(start, min(start + _ROWS_AT_ONCE + 1, rows))[:, self._column]
            steps = np.diff(time)
            off = np.nan_to_num(np.abs(steps - step), nan=np.inf)
            i = int(np.argmax(off))
            worst = max(worst, (off[i], time[i], steps[i], start + i + 1))
        _, time_before, found, row = worst
        return TraceError(
            f"the times are not evenly spaced: {found:.6g} s after {time_before:.9g} s, "
            f"but {step:.6g} s on average",
            where=(f"{table.path}, line {table.line(row)}",),
            mend="cut the trace at the gap, or resample it",
        )


def _shortest(rate: float, tolerance: float) -> float:
    """Return the shortest decimal number within a relative tolerance.

    Times as written are rounded: 50000.00002 Hz for 50 kHz would make no tone fit a window.
    """
    for digits in range(1, 17):
        candidate = float(f"{rate:.{digits}g}")
        if abs(candidate / rate - 1) < tolerance:
            return candidate
    return rate
