"""Where the rows of a .csv file lie: one pass over the file, then any row is found at once."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from hgedsp.errors import TraceError

# One mark per so many rows: 16 bytes of memory for about 10 kB of text.
STRIDE = 1024
_DELIMITERS = ("\t", ";", ",")


@dataclass(frozen=True)
class CsvIndex:
    """Rows, columns and marks of a .csv file.

    Attributes
    ----------
    delimiter : str or None
        What parts the columns; None for a single column.
    names : tuple of str
        Names of the columns; empty if the file has none.
    width, rows : int
        Number of columns and rows.
    marks : list of (int, int)
        Byte and line number (from 1) of every STRIDE-th row, and those of the end.
    """

    delimiter: str | None
    names: tuple[str, ...]
    width: int
    rows: int
    marks: list[tuple[int, int]]


def index_csv(path: Path) -> CsvIndex:
    """Find all rows, and refuse a row with another number of columns than the first."""
    first = _first_line(path)
    delimiter = next((d for d in _DELIMITERS if d in first), None)
    cells = [cell.strip().strip('"') for cell in first.split(delimiter or "\0")]
    names = () if all(is_number(cell) for cell in cells) else tuple(cells)
    separator = (delimiter or "\0").encode()
    marks: list[tuple[int, int]] = []
    rows, byte, number, header = 0, 0, 0, bool(names)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if holds_row(line):
                if line.count(separator) != len(cells) - 1:
                    raise _uneven(path, number, line.count(separator) + 1, len(cells))
                if header:
                    header = False
                else:
                    if rows % STRIDE == 0:
                        marks.append((byte, number))
                    rows += 1
            byte += len(line)
    return CsvIndex(delimiter, names, len(cells), rows, [*marks, (byte, number + 1)])


def holds_row(line: bytes) -> bool:
    """Tell whether a line is neither blank nor a comment."""
    # Windows programs begin a text with a byte order mark.
    text = line.removeprefix(codecs.BOM_UTF8).strip()
    return bool(text) and not text.startswith(b"#")


def is_number(cell: str) -> bool:
    """Tell whether a cell reads as a number."""
    try:
        float(cell)
    except ValueError:
        return False
    # Python alone would take 1_000, and digits of other scripts.
    return cell.isascii() and "_" not in cell


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        for line in file:
            if holds_row(line):
                return line.decode("utf-8-sig", errors="replace").strip()
    return ""


def _uneven(path: Path, number: int, found: int, expected: int) -> TraceError:
    return TraceError(
        f"a row has {found} {'column' if found == 1 else 'columns'}, but the first has {expected}",
        where=(f"{path}, line {number}",),
        mend="mend this line; if it is the last one, the file was cut off: take it out",
    )
