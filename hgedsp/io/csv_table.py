"""Rows of numbers in a file of text, parsed where they are asked for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.errors import TraceError
from hgedsp.io.csv_index import STRIDE, CsvIndex, holds_row, is_number

ROWS_FOR_DIGITS = 64


class Table:
    """Rows of numbers in a file of text."""

    def __init__(self, path: Path, index: CsvIndex) -> None:
        self.path = path
        self.index = index

    def read(self, start: int, stop: int) -> FloatArray:
        """Return rows start to stop, all columns, shape (stop - start, width)."""
        if stop <= start:
            return np.zeros((0, self.index.width))
        lines = self._lines(start, stop)
        text = [line.decode("utf-8-sig", errors="replace") for _, line in lines]
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

    def last_digit(self, column: int) -> float:
        """Return what one unit of the last digit is worth in the last rows of a column."""
        rows = self.index.rows
        # Several rows, for 0.25 among 0.249998 and 0.250002 is not rounded to 0.01.
        lines = self._lines(max(0, rows - ROWS_FOR_DIGITS), rows)
        cells = [line.decode().split(self.index.delimiter or "\0")[column] for _, line in lines]
        exponents = [Decimal(cell.strip()).as_tuple().exponent for cell in cells]
        return 10.0 ** min(e for e in exponents if isinstance(e, int))

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
            text = line.decode("utf-8-sig", errors="replace").strip()
            for cell in text.split(self.index.delimiter or "\0"):
                if not is_number(cell):
                    return TraceError(
                        f"{cell.strip()!r} is not a number",
                        where=(f"{self.path}, line {number}",),
                        mend="write numbers as 1.5e-3, with a decimal point, and part columns by "
                        "comma, semicolon or tab",
                    )
        raise AssertionError("every cell is a number, yet the rows cannot be read")
