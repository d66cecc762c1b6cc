"""The report: what a kernel is made of, how fast it is, and where the time goes."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hgedsp.graph.latency import FeedbackLoop
from hgedsp.units import format_quantity, format_rate

_WIDTH = 91  # characters of a line beside its label


@dataclass(frozen=True)
class BlockReport:
    """One block of a kernel.

    Attributes
    ----------
    name, kind, place : str
        Nested name, class, and the user's file and line.
    every : int
        Base samples per call of its step.
    lanes : int
        Over how many lanes the step is mapped; 1 for a step on arrays.
    alone_ns : float or None
        Time per base sample of a kernel made of this block only, ns; None if not measured.
    in_place_ns : float or None
        Time per base sample that it adds to the kernel, ns.
    shared : bool
        Whether the time in place is a share of that of several blocks.
    """

    name: str
    kind: str
    place: str
    every: int
    lanes: int
    alone_ns: float | None = None
    in_place_ns: float | None = None
    shared: bool = False


@dataclass(frozen=True)
class Report:
    """What `Kernel.report` found out; printed, it is a text of some lines.

    Attributes
    ----------
    name : str
        Name of the graph.
    sample_rate : float
        Base rate, Hz.
    asked_rate : float
        Rate that has to be kept up with, Hz.
    samples_per_second : float or None
        Base samples that `Kernel.process` works through in a second; None if not measured.
    blocks : tuple of BlockReport
        In the order of the kernel.
    loops : tuple of FeedbackLoop
        With their delays, the fastest first.
    compile_seconds : dict of str to float
        Time of each stage of the compiler, s.
    cache_hit : bool
    why_missed : str
        Why machine code did not come from the cache, if it did not.
    memory_bytes : dict of str to int
        Of states, coefficients and wires.
    file : str
        The emitted source.
    windows : str
        What is worked out in whole windows, or why nothing is.
    """

    name: str
    sample_rate: float
    asked_rate: float
    samples_per_second: float | None
    blocks: tuple[BlockReport, ...]
    loops: tuple[FeedbackLoop, ...]
    compile_seconds: Mapping[str, float]
    cache_hit: bool
    why_missed: str
    memory_bytes: Mapping[str, int]
    file: str
    windows: str

    @property
    def margin(self) -> float | None:
        """How many times as fast as the rate asked for; below 1 it cannot be kept up with."""
        speed = self.samples_per_second
        return None if speed is None else speed / self.asked_rate

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as what JSON can hold."""
        loops = [
            {**dataclasses.asdict(loop), "seconds": loop.samples / self.sample_rate}
            for loop in self.loops
        ]
        return {**dataclasses.asdict(self), "loops": loops, "margin": self.margin}

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        count = len(self.blocks)
        plural = "" if count == 1 else "s"
        yield f"{self.name}: {count} block{plural} at {format_rate(self.sample_rate)}"
        if self.samples_per_second is not None:
            yield _line("speed", self._speed(self.samples_per_second))
        yield _line("windows", self.windows)
        for loop in self.loops:
            yield _line("loop", self._loop(loop))
        yield _line("memory", ", ".join(f"{k} {_size(v)}" for k, v in self.memory_bytes.items()))
        total = sum(self.compile_seconds.values())
        stages = ", ".join(f"{k} {_seconds(v)}" for k, v in self.compile_seconds.items())
        yield _line("compile", f"{_seconds(total)}: {stages}")
        yield _line("cache", "hit" if self.cache_hit else f"missed: {self.why_missed}")
        yield _line("kernel", self.file)
        yield ""
        yield from self._table()

    def _speed(self, speed: float) -> str:
        times = speed / self.asked_rate
        verdict = f"{times:.3g} x real time" if times >= 1 else f"only {times:.3g} of real time"
        return (
            f"{speed / 1e6:.3g} million samples/s, {verdict} at {format_rate(self.asked_rate)}: "
            f"{format_quantity(1 / speed, 's', 3)} of {format_quantity(1 / self.asked_rate, 's')} "
            f"per sample"
        )

    def _loop(self, loop: FeedbackLoop) -> str:
        plural = "" if loop.samples == 1 else "s"
        time = format_quantity(loop.samples / self.sample_rate, "s")
        return f"{loop.samples} sample{plural}, {time}: {' -> '.join(loop.wires)}"

    def _table(self) -> Iterator[str]:
        measured = any(block.alone_ns is not None for block in self.blocks)
        head = ["block", "kind", "made at", "every", "lanes", *["alone", "in place"] * measured]
        rows = [_row(block, measured) for block in self.blocks]
        if measured:
            total = sum(block.in_place_ns or 0.0 for block in self.blocks)
            rows.append(["", "", "", "", "", "", f"{total:.1f} "])
            yield "times in ns per base sample; ~ is a share of the time of several blocks"
        yield from _columns(head, rows, left=3)


def _row(block: BlockReport, measured: bool) -> list[str]:
    row = [block.name, block.kind, block.place, str(block.every), str(block.lanes)]
    if measured:
        row.append("" if block.alone_ns is None else f"{block.alone_ns:.1f}")
        mark = "~" if block.shared else " "
        row.append("" if block.in_place_ns is None else f"{block.in_place_ns:.1f}{mark}")
    return row


def _columns(head: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> Iterator[str]:
    """Rows as lines, the first columns flush left and the others flush right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    for row in (head, *rows):
        cells = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _line(label: str, text: str) -> str:
    """A label, and text broken into lines beside it."""
    lines = [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False)
    ]
    return "\n".join(f"{label if i == 0 else '':<8} {line}" for i, line in enumerate(lines))


def _size(count: int) -> str:
    return f"{count} B" if count < 10_000 else format_quantity(count, "B", 3)


def _seconds(value: float) -> str:
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s"
